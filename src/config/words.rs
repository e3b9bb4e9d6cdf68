//! What is wrong with a value, in words that need no knowledge of how the daemon is written.

use figment::Error;
use figment::error::Kind;

use super::mask::is_secret;

/// What `error` says of a value that came from `source`; a secret is never repeated.
pub(super) fn message(error: &Error, source: &str) -> String {
    let secret = error.path.last().is_some_and(|key| is_secret(key));
    match &error.kind {
        Kind::UnknownField(_, []) => "unknown key".to_owned(),
        Kind::UnknownField(_, allowed) => format!("unknown key; allowed here: {}", allowed.join(", ")),
        Kind::MissingField(name) => format!("`{name}` is missing"),
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) if secret => {
            format!("must be {}; write it in quotes", plain(expected))
        }
        Kind::InvalidType(actual, expected) | Kind::InvalidValue(actual, expected) => {
            let list = plain(expected) == LIST && source.starts_with("environment variable");
            let hint = if list { "; lists are set in a file" } else { "" };
            format!("must be {}, is {actual}{hint}", plain(expected))
        }
        Kind::UnknownVariant(actual, allowed) => format!("`{actual}` is none of: {}", allowed.join(", ")),
        _ if secret => "is not usable".to_owned(),
        other => other.to_string(),
    }
}

const LIST: &str = "a list";

/// What a type is called in a file.
fn plain(expected: &str) -> &str {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number",
        "a Decimal type representing a fixed-point number" => "a number",
        "a sequence" | "sequence" => LIST,
        "a map" | "map" => "a table",
        text if text.starts_with("struct ") => "a table",
        other => other,
    }
}
