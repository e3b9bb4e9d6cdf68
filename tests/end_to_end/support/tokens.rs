//! Entries of a file of tokens.

use std::fmt::Write;

use sha2::{Digest, Sha256};

pub(crate) fn sha256(token: &str) -> String {
    Sha256::digest(token).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a text");
        text
    })
}

/// One token that opens one scope.
pub(crate) fn entry(name: &str, token: &str, scope: &str) -> String {
    format!("[{name}]\nsha256 = '{}'\nscopes = ['{scope}']\n", sha256(token))
}
