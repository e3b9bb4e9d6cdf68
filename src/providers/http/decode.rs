//! From bytes to the caller's type, or a text that says where they part.

use secrecy::SecretString;
use serde::de::DeserializeOwned;

use super::scrub::{scrub, shorten};
use crate::providers::feed::FetchError;

const EXCERPT_BYTES: usize = 60;
const DETAIL_BYTES: usize = 160;

/// Decodes the answer to `path`.
pub(super) fn json<T: DeserializeOwned>(path: &str, body: &[u8], secrets: &[SecretString]) -> Result<T, FetchError> {
    serde_json::from_slice(body).map_err(|error| {
        let near = excerpt(body, error.line(), error.column());
        let detail = shorten(&scrub(&error.to_string(), secrets), DETAIL_BYTES);
        FetchError::Malformed(format!(
            "answer of {path} is not as documented: {detail}, after `{}`",
            scrub(&near, secrets)
        ))
    })
}

/// The few bytes that lead up to a position.
fn excerpt(body: &[u8], line: usize, column: usize) -> String {
    let text = body.split(|byte| *byte == b'\n').nth(line.saturating_sub(1)).unwrap_or_default();
    let end = column.min(text.len());
    String::from_utf8_lossy(&text[end.saturating_sub(EXCERPT_BYTES)..end]).into_owned()
}
