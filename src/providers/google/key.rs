//! The key of a service account, and the signed word with which it asks for a token (RFC 7523).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::providers::feed::FetchError;

/// What llmtally does: run queries, and read what was measured.
pub(super) const SCOPES: &str =
    "https://www.googleapis.com/auth/bigquery https://www.googleapis.com/auth/monitoring.read";

/// App Optimize knows no smaller one; what the service account may do is up to its roles.
pub(super) const WIDE_SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

/// The longest that Google takes.
const LIFE: TimeDelta = TimeDelta::hours(1);

/// The file that Google hands out once, when the key is made.
#[derive(Debug, Deserialize)]
pub(super) struct ServiceAccount {
    client_email: String,
    private_key_id: Option<String>,
    private_key: SecretString,
    #[serde(default = "token_uri")]
    pub(super) token_uri: String,
}

fn token_uri() -> String {
    "https://oauth2.googleapis.com/token".to_owned()
}

/// Why a key cannot be used; nothing of the key itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum KeyError {
    #[error("service account key is of type `{0}`, and must be of type `service_account`")]
    Type(String),
    #[error("service account key is not the JSON that google hands out, see line {line}, column {column}")]
    Json { line: usize, column: usize },
    #[error("private_key of the service account key is no RSA key in PKCS#8")]
    PrivateKey,
}

impl From<KeyError> for FetchError {
    fn from(error: KeyError) -> Self {
        Self::Unauthorized(error.to_string())
    }
}

impl ServiceAccount {
    pub(super) fn parse(text: &SecretString) -> Result<Self, KeyError> {
        // The library's own words may quote what it read.
        let wrong = |error: serde_json::Error| KeyError::Json { line: error.line(), column: error.column() };
        #[derive(Deserialize)]
        struct Kind {
            r#type: String,
        }
        let kind: Kind = serde_json::from_str(text.expose_secret()).map_err(wrong)?;
        if kind.r#type != "service_account" {
            return Err(KeyError::Type(kind.r#type));
        }
        serde_json::from_str(text.expose_secret()).map_err(wrong)
    }

    /// The signed word for a token of `scopes`, good for an hour from `now`.
    pub(super) fn assertion(&self, scopes: &str, now: DateTime<Utc>) -> Result<SecretString, KeyError> {
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": self.private_key_id });
        let claims = json!({
            "iss": self.client_email,
            "scope": scopes,
            "aud": self.token_uri,
            "iat": now.timestamp(),
            "exp": (now + LIFE).timestamp(),
        });
        let encoded = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let text = format!("{}.{}", encoded(&header), encoded(&claims));
        let signature = self.sign(text.as_bytes())?;
        Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
    }

    fn sign(&self, text: &[u8]) -> Result<Vec<u8>, KeyError> {
        let der = der(self.private_key.expose_secret()).ok_or(KeyError::PrivateKey)?;
        let pair = RsaKeyPair::from_pkcs8(&der).map_err(|_| KeyError::PrivateKey)?;
        let mut signature = vec![0; pair.public().modulus_len()];
        let signed = pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature);
        signed.map_err(|_| KeyError::PrivateKey).map(|()| signature)
    }
}

/// The bytes between the lines that frame a PEM.
fn der(pem: &str) -> Option<Vec<u8>> {
    let body = pem.split_once("-----BEGIN PRIVATE KEY-----")?.1.split_once("-----END PRIVATE KEY-----")?.0;
    STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}
