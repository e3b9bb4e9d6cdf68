//! Secrets of the daemon itself: given inline, or as a file such as a Docker secret.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

/// A secret and where it came from.
#[derive(Debug, Clone)]
pub struct Secret;

impl Secret {
    /// The one of both that is set; `Ok(None)` where neither is.
    ///
    /// # Errors
    ///
    /// Both are set, the file cannot be read, or there is nothing in it.
    pub fn resolve(
        value: Option<&SecretString>,
        file: Option<&Path>,
    ) -> Result<Option<SecretString>, (&'static str, String)> {
        match (value, file) {
            (Some(_), Some(_)) => Err(("_file", "give the value or the file, not both".to_owned())),
            (Some(value), None) if value.expose_secret().trim().is_empty() => Err(("", "is empty".to_owned())),
            (Some(value), None) => Ok(Some(value.expose_secret().trim().into())),
            (None, Some(file)) => read(file).map(Some).map_err(|message| ("_file", message)),
            (None, None) => Ok(None),
        }
    }
}

/// The trimmed content of a secret's file.
fn read(file: &Path) -> Result<SecretString, String> {
    let text = std::fs::read_to_string(file).map(SecretString::from);
    let text = text.map_err(|error| format!("cannot read `{}`: {error}", file.display()))?;
    match text.expose_secret().trim() {
        "" => Err(format!("`{}` is empty", file.display())),
        trimmed => Ok(trimmed.into()),
    }
}
