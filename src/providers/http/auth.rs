//! How requests prove who asks.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};

use super::credential::Credential;
use crate::providers::feed::FetchError;

/// A request as it will be sent, but for its proof.
pub struct Outgoing<'a> {
    pub method: &'a Method,
    pub url: &'a Url,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
}

/// What a request carries to prove who asks.
pub struct Proof {
    pub headers: HeaderMap,
    /// What stands in them and no text may repeat.
    pub secrets: Vec<SecretString>,
}

/// A way to prove who asks.
#[async_trait]
pub trait Authenticate: Send + Sync {
    /// The proof for `request` as of now.
    async fn prove(&self, request: &Outgoing<'_>) -> Result<Proof, FetchError>;

    /// Whether there is another proof by now than `refused`, which the vendor answered with 401.
    async fn has_another(&self, refused: &Proof) -> bool;
}

/// The way of one connection.
pub struct Auth(Box<dyn Authenticate>);

impl Auth {
    /// `Authorization: Bearer <key>`.
    #[must_use]
    pub fn bearer(credential: Credential) -> Self {
        Self::of(Key { credential, headers: vec![(AUTHORIZATION, as_bearer)] })
    }

    /// Both [`Self::bearer`] and [`Self::header`], for a vendor whose documents disagree.
    #[must_use]
    pub fn bearer_and_header(name: HeaderName, credential: Credential) -> Self {
        Self::of(Key { credential, headers: vec![(AUTHORIZATION, as_bearer), (name, str::to_owned)] })
    }

    /// The bare key in a header of the vendor's own, such as `x-api-key`.
    #[must_use]
    pub fn header(name: HeaderName, credential: Credential) -> Self {
        Self::of(Key { credential, headers: vec![(name, str::to_owned)] })
    }

    /// `Authorization: Basic …` with the key as the user's name and no password.
    #[must_use]
    pub fn basic(credential: Credential) -> Self {
        let write: Write = |key| format!("Basic {}", STANDARD.encode(format!("{key}:")));
        Self::of(Key { credential, headers: vec![(AUTHORIZATION, write)] })
    }

    /// No proof: what is asked for is public, or the proof is in the body.
    #[must_use]
    pub fn none() -> Self {
        Self::of(Nobody)
    }

    /// A way of the vendor's own, such as signed requests.
    #[must_use]
    pub fn of(way: impl Authenticate + 'static) -> Self {
        Self(Box::new(way))
    }

    pub(super) async fn prove(&self, request: &Outgoing<'_>) -> Result<Proof, FetchError> {
        self.0.prove(request).await
    }

    pub(super) async fn has_another(&self, refused: &Proof) -> bool {
        self.0.has_another(refused).await
    }
}

/// A header's value that nothing logs.
///
/// # Errors
///
/// Characters that no header takes.
pub fn secret_header(text: &str) -> Result<HeaderValue, FetchError> {
    let value = HeaderValue::from_str(text);
    let mut value = value.map_err(|_| {
        FetchError::Unauthorized("key holds characters that no key has, such as a line break".to_owned())
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// One proof for several connections.
#[async_trait]
impl<T: Authenticate + ?Sized> Authenticate for Arc<T> {
    async fn prove(&self, request: &Outgoing<'_>) -> Result<Proof, FetchError> {
        self.as_ref().prove(request).await
    }

    async fn has_another(&self, refused: &Proof) -> bool {
        self.as_ref().has_another(refused).await
    }
}

/// How a header shows a key.
type Write = fn(&str) -> String;

fn as_bearer(key: &str) -> String {
    format!("Bearer {key}")
}

/// The same key in the same headers of every request.
struct Key {
    credential: Credential,
    headers: Vec<(HeaderName, Write)>,
}

#[async_trait]
impl Authenticate for Key {
    async fn prove(&self, _request: &Outgoing<'_>) -> Result<Proof, FetchError> {
        let secret = self.credential.current().await?;
        let mut proof = Proof { headers: HeaderMap::new(), secrets: vec![secret.clone()] };
        for (name, write) in &self.headers {
            let written = write(secret.expose_secret());
            proof.headers.insert(name.clone(), secret_header(&written)?);
            // A vendor that repeats the header must not give away the key in another notation.
            proof.secrets.extend(
                written.rsplit(' ').next().filter(|shown| *shown != secret.expose_secret()).map(SecretString::from),
            );
        }
        Ok(proof)
    }

    async fn has_another(&self, refused: &Proof) -> bool {
        match refused.secrets.first() {
            Some(secret) => self.credential.has_changed(secret).await,
            None => false,
        }
    }
}

struct Nobody;

#[async_trait]
impl Authenticate for Nobody {
    async fn prove(&self, _request: &Outgoing<'_>) -> Result<Proof, FetchError> {
        Ok(Proof { headers: HeaderMap::new(), secrets: Vec::new() })
    }

    async fn has_another(&self, _refused: &Proof) -> bool {
        false
    }
}
