//! Keys: given inline, or in a file that is read again when it changes.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use crate::providers::feed::FetchError;

/// A key, or where to find it.
pub struct Credential(Source);

enum Source {
    Inline(SecretString),
    File { path: PathBuf, last: Mutex<Option<Reading>> },
}

#[derive(Clone)]
struct Reading {
    stamp: Stamp,
    secret: SecretString,
}

/// What of a file changes when its content does.
#[derive(Clone, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    size: u64,
}

/// Why there is no key to use.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    #[error("neither api_key nor api_key_file is set")]
    Missing,
    #[error("both api_key and api_key_file are set")]
    Ambiguous,
    #[error("key is empty")]
    Empty,
    #[error("key file `{}` is empty", .0.display())]
    EmptyFile(PathBuf),
    #[error("key file `{}` cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
}

impl From<CredentialError> for FetchError {
    fn from(error: CredentialError) -> Self {
        Self::Unauthorized(error.to_string())
    }
}

impl Credential {
    #[must_use]
    pub fn inline(secret: SecretString) -> Self {
        Self(Source::Inline(secret))
    }

    #[must_use]
    pub fn file(path: PathBuf) -> Self {
        Self(Source::File { path, last: Mutex::new(None) })
    }

    /// The one of both that is set, as configurations have them.
    ///
    /// # Errors
    ///
    /// None or both are set, or the key is empty.
    pub fn from_config(key: Option<&SecretString>, file: Option<&Path>) -> Result<Self, CredentialError> {
        match (key, file) {
            (Some(_), Some(_)) => Err(CredentialError::Ambiguous),
            (None, None) => Err(CredentialError::Missing),
            (Some(key), None) if key.expose_secret().trim().is_empty() => Err(CredentialError::Empty),
            (Some(key), None) => Ok(Self::inline(key.expose_secret().trim().into())),
            (None, Some(file)) => Ok(Self::file(file.to_owned())),
        }
    }

    /// The key as it is now.
    pub(in crate::providers) async fn current(&self) -> Result<SecretString, CredentialError> {
        match &self.0 {
            Source::Inline(secret) => Ok(secret.clone()),
            Source::File { path, last } => {
                let mut last = last.lock().await;
                let stamp = stamp(path).await?;
                if let Some(reading) = last.as_ref().filter(|reading| reading.stamp == stamp) {
                    return Ok(reading.secret.clone());
                }
                let secret = read(path).await?;
                *last = Some(Reading { stamp, secret: secret.clone() });
                Ok(secret)
            }
        }
    }

    /// Reads a file once more, whatever its times say: does it hold another key than `used`?
    pub(super) async fn has_changed(&self, used: &SecretString) -> bool {
        if let Source::File { last, .. } = &self.0 {
            *last.lock().await = None;
        }
        self.current().await.is_ok_and(|secret| secret.expose_secret() != used.expose_secret())
    }
}

async fn stamp(path: &Path) -> Result<Stamp, CredentialError> {
    let metadata = tokio::fs::metadata(path).await.map_err(|source| unreadable(path, source))?;
    Ok(Stamp { modified: metadata.modified().ok(), size: metadata.len() })
}

async fn read(path: &Path) -> Result<SecretString, CredentialError> {
    let text: SecretString = tokio::fs::read_to_string(path).await.map_err(|source| unreadable(path, source))?.into();
    match text.expose_secret().trim() {
        "" => Err(CredentialError::EmptyFile(path.to_owned())),
        secret => Ok(secret.into()),
    }
}

fn unreadable(path: &Path, source: std::io::Error) -> CredentialError {
    CredentialError::Unreadable { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_rotated_file_is_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        std::fs::write(&path, "first\r\n").unwrap();
        let credential = Credential::file(path.clone());
        let first = credential.current().await.unwrap();
        assert_eq!(first.expose_secret(), "first");
        assert!(!credential.has_changed(&first).await);

        std::fs::write(&path, "second-key\n").unwrap();
        assert_eq!(credential.current().await.unwrap().expose_secret(), "second-key");
        assert!(credential.has_changed(&first).await);
    }

    #[tokio::test]
    async fn a_refused_key_is_looked_for_whatever_the_times_of_its_file_say() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        std::fs::write(&path, "key-1").unwrap();
        let credential = Credential::file(path.clone());
        let first = credential.current().await.unwrap();
        let modified = std::fs::metadata(&path).unwrap().modified().unwrap();
        std::fs::write(&path, "key-2").unwrap();
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
        assert!(credential.has_changed(&first).await);
        assert_eq!(credential.current().await.unwrap().expose_secret(), "key-2");
    }

    #[tokio::test]
    async fn an_unusable_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        let credential = Credential::file(path.clone());
        let missing = credential.current().await.unwrap_err().to_string();
        assert!(missing.starts_with(&format!("key file `{}` cannot be read", path.display())), "{missing}");

        std::fs::write(&path, "\n").unwrap();
        let empty = credential.current().await.unwrap_err().to_string();
        assert_eq!(empty, format!("key file `{}` is empty", path.display()));
    }

    #[test]
    fn exactly_one_source_is_wanted() {
        let key = SecretString::from("k");
        assert!(Credential::from_config(Some(&key), None).is_ok());
        assert!(Credential::from_config(None, Some(Path::new("/run/secrets/key"))).is_ok());
        for (key, file) in [(None, None), (Some(&key), Some(Path::new("f"))), (Some(&" ".into()), None)] {
            assert!(Credential::from_config(key, file).is_err());
        }
    }
}
