//! What a client shows of itself.

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The digest of the token that came with a request, and with `Basic` the name beside it.
pub(super) struct Sent {
    pub(super) name: Option<String>,
    pub(super) digest: [u8; 32],
}

impl Sent {
    /// `None` where nothing was sent that a token could be in.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(header::AUTHORIZATION)?.as_bytes();
        let (scheme, value) = value.split_at_checked(value.iter().position(|byte| *byte == b' ')?)?;
        let value = value.trim_ascii();
        if scheme.eq_ignore_ascii_case(b"bearer") {
            return Some(Self { name: None, digest: Sha256::digest(value).into() });
        }
        if !scheme.eq_ignore_ascii_case(b"basic") {
            return None;
        }
        let pair = STANDARD.decode(value).ok()?;
        let colon = pair.iter().position(|byte| *byte == b':')?;
        let name = std::str::from_utf8(&pair[..colon]).ok()?.to_owned();
        Some(Self { name: Some(name), digest: Sha256::digest(&pair[colon + 1..]).into() })
    }
}
