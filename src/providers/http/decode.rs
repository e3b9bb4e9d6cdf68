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
        let near = excerpt(body, error.line(), error.column(), secrets);
        let detail = shorten(&scrub(&error.to_string(), secrets), DETAIL_BYTES);
        FetchError::Malformed(format!("answer of {path} is not as documented: {detail}, after `{near}`"))
    })
}

/// The few bytes that lead up to a position.
fn excerpt(body: &[u8], line: usize, column: usize, secrets: &[SecretString]) -> String {
    let text = body.split(|byte| *byte == b'\n').nth(line.saturating_sub(1)).unwrap_or_default();
    let before = &text[..column.min(text.len())];
    // The mask goes on before the cut, or half a key would pass for none.
    let clean = scrub(&String::from_utf8_lossy(before), secrets);
    clean[clean.ceil_char_boundary(clean.len().saturating_sub(EXCERPT_BYTES))..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_reaches_into_the_excerpt_is_masked_as_a_whole() {
        // Longer than what is shown of it.
        let secret = "9f".repeat(EXCERPT_BYTES);
        for body in [format!(r#"{{"token":"{secret}" oops"#), format!("[\"é\",\n\"{secret}\" \"{}", "é".repeat(70))] {
            let error = json::<serde_json::Value>("v1/costs", body.as_bytes(), &[SecretString::from(secret.as_str())]);
            let told = error.unwrap_err().to_string();
            assert!(told.contains("not as documented") && !told.contains("9f9f"), "{told}");
        }
    }
}
