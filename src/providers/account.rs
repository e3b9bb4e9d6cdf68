//! What an account at a vendor is to the rest of the house: settings that lead to feeds.

use std::path::Path;

use async_trait::async_trait;
use secrecy::SecretString;

use super::feed::{FetchError, NamedFeed};
use super::http::{CredentialError, SetupError, Wire};

/// The settings of an account that is asked over HTTP.
pub trait Account: Send + Sync {
    /// What of the settings is secret: all of it is checked before anything starts.
    fn secrets(&self) -> Vec<SecretSetting<'_>>;

    /// Connects without asking anything yet.
    ///
    /// # Errors
    ///
    /// Settings that cannot be used, in words for a person.
    fn open(&self, wire: &Wire) -> Result<Opened, OpenError>;
}

/// A secret that stands in the configuration, or in a file of its own under `<key>_file`.
#[derive(Debug, Clone, Copy)]
pub struct SecretSetting<'a> {
    /// Its key within the account, such as `api_key`.
    pub key: &'static str,
    pub value: Option<&'a SecretString>,
    pub file: Option<&'a Path>,
    /// False where the account works without it.
    pub required: bool,
}

impl<'a> SecretSetting<'a> {
    /// One that the account cannot do without.
    #[must_use]
    pub fn required(key: &'static str, value: Option<&'a SecretString>, file: Option<&'a Path>) -> Self {
        Self { key, value, file, required: true }
    }
}

/// An account that is ready to be asked.
pub struct Opened {
    /// `None` where the vendor does not tell whose account it is.
    pub identity: Option<Box<dyn Identity>>,
    pub feeds: Vec<NamedFeed>,
}

/// Whose account it is, as the vendor knows it: two connections to the same one are one account.
#[async_trait]
pub trait Identity: Send + Sync {
    /// The vendor's own ids of what is billed: an organisation, or the subscriptions of a cloud. They never change.
    async fn ids(&self) -> Result<Vec<String>, FetchError>;
}

/// Why an account cannot be used as it is configured.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Credential(#[from] CredentialError),
    #[error(transparent)]
    Setup(#[from] SetupError),
    #[error("{0}")]
    Setting(String),
}
