//! The configuration as people may see it.

use figment::value::{Dict, Value};

/// Is a key of this name a secret?
pub(super) fn is_secret(key: &str) -> bool {
    ["key", "secret", "token", "password", "database_url", "otlp_headers"].iter().any(|end| key.ends_with(end))
}

/// The same values, secrets covered.
#[must_use]
pub fn masked(dict: &Dict) -> Dict {
    let cover = |(key, value): (&String, &Value)| {
        let value = match value {
            _ if is_secret(key) => Value::from("***"),
            other => masked_value(other),
        };
        (key.clone(), value)
    };
    dict.iter().map(cover).collect()
}

fn masked_value(value: &Value) -> Value {
    match value {
        Value::Dict(tag, inner) => Value::Dict(*tag, masked(inner)),
        Value::Array(tag, items) => Value::Array(*tag, items.iter().map(masked_value).collect()),
        Value::String(tag, text) => Value::String(*tag, without_user(text)),
        plain => plain.clone(),
    }
}

/// An address without the user and password that may stand in it.
fn without_user(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let authority = rest.find(['/', '?', '#']).map_or(rest, |end| &rest[..end]);
    match authority.rfind('@') {
        Some(at) => format!("{scheme}://***{}", &rest[at..]),
        None => text.to_owned(),
    }
}
