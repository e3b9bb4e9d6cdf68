//! What a vendor says when it refuses, whatever shape it says it in.

use secrecy::SecretString;
use serde_json::Value;

use super::scrub::{scrub, shorten};

const MESSAGE_BYTES: usize = 500;
const EXCERPT_BYTES: usize = 200;

/// What the caller can do about a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Wait.
    RateLimited,
    /// Try again later.
    Unavailable,
    /// Have the key changed.
    Unauthorized,
    /// Nothing: it would be refused again.
    Rejected,
}

/// Sorts a refusal by its status and body.
pub type Judge = fn(status: u16, body: &[u8]) -> Verdict;

/// What a refusal means to a vendor that keeps to the meanings of statuses; 529 is Anthropic's "overloaded".
#[must_use]
pub fn by_status(status: u16, _body: &[u8]) -> Verdict {
    match status {
        429 => Verdict::RateLimited,
        401 | 403 => Verdict::Unauthorized,
        408 | 425 | 500.. => Verdict::Unavailable,
        _ => Verdict::Rejected,
    }
}

/// The vendor's own message, else the start of what it sent as plain text; one line without keys.
pub(super) fn message(body: &[u8], secrets: &[SecretString]) -> String {
    let said = serde_json::from_slice::<Value>(body).ok().and_then(|json| from_json(&json));
    // The mask goes on before the cut, or half a key would pass for none.
    match said {
        Some(said) => shorten(&scrub(&one_line(&said), secrets), MESSAGE_BYTES),
        None => shorten(&scrub(&one_line(&strip_tags(&String::from_utf8_lossy(body))), secrets), EXCERPT_BYTES),
    }
}

/// `{"error": {"message": …}}`, `{"error_description": …}` (RFC 6749), `{"error": "…"}`, `{"message": …}`, and the same under
/// `detail`, which may be a list of them. Amazon names the kind of error beside it, in `__type`, and sometimes says no more.
fn from_json(json: &Value) -> Option<String> {
    let error = json.get("error");
    let described = json.get("error_description").filter(|described| described.is_string());
    let message =
        described.or_else(|| error.and_then(|error| error.get("message"))).or(error.filter(|error| error.is_string()));
    let message = message.or_else(|| json.get("message")).or_else(|| json.get("Message")).or_else(|| {
        let detail = json.get("detail")?;
        let first = detail.get(0).unwrap_or(detail);
        first.get("message").or_else(|| first.get("msg")).or(Some(first))
    });
    let message = message.and_then(Value::as_str);
    let kind = json.get("__type").and_then(Value::as_str).map(|kind| kind.rsplit('#').next().unwrap_or(kind));
    match (kind, message) {
        (Some(kind), Some(message)) => Some(format!("{kind}: {message}")),
        (kind, message) => kind.or(message).map(str::to_owned),
    }
}

fn strip_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut in_tag = false;
    for c in text.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                plain.push(' ');
            }
            _ if in_tag => {}
            c => plain.push(c),
        }
    }
    plain
}

fn one_line(text: &str) -> String {
    let printable = text.replace(char::is_control, " ");
    printable.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_yields_its_message() {
        let secret = SecretString::from("very-secret");
        let long = "x".repeat(300);
        for (body, expected) in [
            (r#"{"type":"error","error":{"type":"t","message":"invalid\nx-api-key"}}"#, "invalid x-api-key"),
            (r#"{"message":"no"}"#, "no"),
            (r#"{"error":"expired"}"#, "expired"),
            (r#"{"error":"invalid_grant","error_description":"Invalid JWT Signature."}"#, "Invalid JWT Signature."),
            (r#"{"detail":{"status":"missing_permissions","message":"not yours"}}"#, "not yours"),
            (r#"{"detail":[{"loc":["query","month"],"msg":"no number"}]}"#, "no number"),
            (r#"{"detail":"Unauthorized"}"#, "Unauthorized"),
            (r#"{"__type":"com.amazonaws#AccessDeniedException","Message":"no"}"#, "AccessDeniedException: no"),
            (r#"{"__type":"ThrottlingException"}"#, "ThrottlingException"),
            (r#"{"other":1}"#, r#"{"other":1}"#),
            ("<html><h1>502</h1>\n<p>Bad gateway</p></html>", "502 Bad gateway"),
            ("refused very-secret", "refused ***"),
            ("", ""),
            (long.as_str(), &format!("{}…", "x".repeat(200))),
        ] {
            assert_eq!(message(body.as_bytes(), std::slice::from_ref(&secret)), expected);
        }
    }
}
