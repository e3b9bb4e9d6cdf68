//! Taking keys out of what vendors say: some echo the key that they refuse.

use secrecy::{ExposeSecret, SecretString};

const MASK: &str = "***";

/// `text` without `secrets` and without anything that looks like an `sk-…` key, masked by the vendor or not.
pub(super) fn scrub(text: &str, secrets: &[SecretString]) -> String {
    let secrets = secrets.iter().map(ExposeSecret::expose_secret).filter(|secret| !secret.is_empty());
    let text = secrets.fold(text.to_owned(), |text, secret| text.replace(secret, MASK));
    let mut clean = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(start) = find_key(rest) {
        let key = &rest[start..];
        let end = key.find(|c: char| !is_key_character(c)).unwrap_or(key.len());
        clean.push_str(&rest[..start]);
        clean.push_str("sk-");
        clean.push_str(MASK);
        rest = &key[end..];
    }
    clean + rest
}

/// Where a word starts with `sk-`.
fn find_key(text: &str) -> Option<usize> {
    let starts = text.match_indices("sk-").map(|(start, _)| start);
    starts.into_iter().find(|start| !text[..*start].ends_with(char::is_alphanumeric))
}

fn is_key_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '*' | '.' | '…' | '•')
}

/// At most `bytes` bytes of `text`, cut between characters.
pub(super) fn shorten(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let mut short = text[..text.floor_char_boundary(bytes)].to_owned();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_masked_and_words_are_not() {
        let secret = SecretString::from("tok/9+en");
        for (text, expected) in [
            ("Incorrect API key provided: sk-ad***9Q. You can", "Incorrect API key provided: sk-*** You can"),
            ("key tok/9+en is revoked", "key *** is revoked"),
            ("(sk-ant-admin01-AbC_d)", "(sk-***)"),
            ("the task-force left the desk-top", "the task-force left the desk-top"),
            ("sk-a and sk-b", "sk-*** and sk-***"),
        ] {
            assert_eq!(scrub(text, std::slice::from_ref(&secret)), expected);
        }
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(shorten("äöü", 3), "ä…");
        assert_eq!(shorten("abc", 3), "abc");
    }
}
