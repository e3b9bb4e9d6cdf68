//! Keys and headers, as the vendors check them.

use axum::http::{HeaderMap, StatusCode};

use super::company::Vendor;
use super::refusal::Refusal;

/// Opens nothing but a sandbox.
pub(super) const OPENAI_KEY: &str = "sk-admin-sandbox-000000000000";
/// Another key to the same organization.
pub(super) const OPENAI_SECOND_KEY: &str = "sk-admin-sandbox-111111111111";
/// Opens nothing but a sandbox.
pub(super) const ANTHROPIC_KEY: &str = "sk-ant-admin01-sandbox-000000000000";

pub(super) fn check(vendor: Vendor, headers: &HeaderMap) -> Result<(), Refusal> {
    match vendor {
        Vendor::OpenAi => openai(headers),
        Vendor::Anthropic => anthropic(headers),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The token that a request shows.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    text(headers, "authorization")?.strip_prefix("Bearer ")
}

fn openai(headers: &HeaderMap) -> Result<(), Refusal> {
    match bearer(headers) {
        Some(OPENAI_KEY | OPENAI_SECOND_KEY) => Ok(()),
        Some(key) if key.starts_with("sk-proj-") || key.starts_with("sk-svcacct-") => {
            let message = "insufficient permissions for this operation. Missing scopes: api.usage.read.";
            Err(Refusal::new(StatusCode::FORBIDDEN, message))
        }
        _ => Err(Refusal::wrong_key(Vendor::OpenAi)),
    }
}

fn anthropic(headers: &HeaderMap) -> Result<(), Refusal> {
    match text(headers, "x-api-key") {
        Some(ANTHROPIC_KEY) => {}
        _ => return Err(Refusal::wrong_key(Vendor::Anthropic)),
    }
    match text(headers, "anthropic-version") {
        Some("2023-06-01") => Ok(()),
        Some(other) => Err(Refusal::bad("anthropic-version", format!("'{other}' is not a valid version"))),
        None => Err(Refusal::bad("anthropic-version", "header is required")),
    }
}
