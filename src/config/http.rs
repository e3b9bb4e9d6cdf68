//! The listener's section: where it is, what it shows and who may ask.

use std::net::SocketAddr;
use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de};

use super::secret::Secret;
use crate::api::{FileProblem, Keys, Tls};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSection {
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    /// Whoever shows it may ask for a sync.
    pub token: Option<SecretString>,
    pub token_file: Option<PathBuf>,
    pub tls: Option<TlsSection>,
    pub auth: Option<AuthSection>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSection {
    /// The chain in PEM, the daemon's own certificate first.
    pub cert_file: PathBuf,
    pub key_file: PathBuf,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthSection {
    /// Who may do what, see docs/listener.md.
    pub tokens_file: PathBuf,
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    let wrong = || format!("`{text}` is no address and port, as in `127.0.0.1:9847` or `[::]:9847`");
    text.parse().map_err(|_| de::Error::custom(wrong()))
}

impl HttpSection {
    /// The certificate and its key, if there are any.
    ///
    /// # Errors
    ///
    /// What is wrong with their files.
    pub fn tls(&self) -> Result<Option<Tls>, FileProblem> {
        self.tls.as_ref().map(|tls| Tls::open(&tls.cert_file, &tls.key_file)).transpose()
    }

    /// Who may do what.
    ///
    /// # Errors
    ///
    /// What is wrong with the tokens or their files.
    pub fn keys(&self) -> Result<Keys, FileProblem> {
        self.refreshing(self.named(Keys::default())?)
    }

    fn named(&self, keys: Keys) -> Result<Keys, FileProblem> {
        match &self.auth {
            Some(auth) => keys.with_tokens_file(&auth.tokens_file),
            None => Ok(keys),
        }
    }

    fn refreshing(&self, keys: Keys) -> Result<Keys, FileProblem> {
        let (token, file) = (self.token.clone(), self.token_file.clone());
        if token.is_none() && file.is_none() {
            return Ok(keys);
        }
        keys.with_refresh(file.clone(), move || {
            let resolved = Secret::resolve(token.as_ref(), file.as_deref());
            let (suffix, message) = match resolved {
                Ok(Some(token)) => return Ok(token),
                Ok(None) => ("", "is missing".to_owned()),
                Err(problem) => problem,
            };
            Err(FileProblem { key: if suffix.is_empty() { "http.token" } else { "http.token_file" }, message })
        })
    }

    pub(super) fn problems(&self) -> Vec<(String, String)> {
        let keys = [self.named(Keys::default()).err(), self.refreshing(Keys::default()).err()];
        let problems = std::iter::once(self.tls().err()).chain(keys);
        problems.flatten().map(|problem| (problem.key.to_owned(), problem.message)).collect()
    }
}
