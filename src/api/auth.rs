//! Who may do more than read.

use axum::http::{HeaderMap, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::error::ApiError;

/// Lets pass who sends `authorization: Bearer` with the configured token; without one nobody passes.
pub(super) fn require(token: Option<&SecretString>, headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(token) = token else {
        let error = ApiError::new(StatusCode::FORBIDDEN, "forbidden", "no API token is configured");
        return Err(error.hint("set one in the configuration to allow it"));
    };
    let sent = headers.get(header::AUTHORIZATION).map(|value| value.as_bytes()).unwrap_or_default();
    let sent = match sent.split_at_checked(7) {
        Some((scheme, sent)) if scheme.eq_ignore_ascii_case(b"bearer ") => sent,
        _ => b"",
    };
    if same(sent, token.expose_secret().as_bytes()) {
        return Ok(());
    }
    let error = ApiError::new(StatusCode::UNAUTHORIZED, "unauthorized", "the token is missing or wrong");
    Err(error.hint("send `authorization: Bearer …`"))
}

/// Takes the same time wherever the first difference is: digests are compared, and to their ends.
fn same(sent: &[u8], wanted: &[u8]) -> bool {
    let differences = Sha256::digest(sent).iter().zip(Sha256::digest(wanted)).fold(0, |sum, (a, b)| sum | (a ^ b));
    differences == 0 && !wanted.is_empty()
}
