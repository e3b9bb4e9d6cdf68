//! Keys that last an hour: asked for with a longer one, kept until shortly before they expire.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::AUTHORIZATION;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use super::auth::{Authenticate, Outgoing, Proof, secret_header};
use crate::domain::clock::Clock;
use crate::providers::feed::FetchError;

/// A token is renewed this long before its end, so that none expires on its way.
const MARGIN: TimeDelta = TimeDelta::minutes(5);

#[derive(Clone)]
pub struct Token {
    pub secret: SecretString,
    pub expires_at: DateTime<Utc>,
}

/// Who gives out tokens.
#[async_trait]
pub trait Issuer: Send + Sync {
    async fn issue(&self) -> Result<Token, FetchError>;
}

/// `Authorization: Bearer <token>`. Requests that come while one is issued wait for it: the issuer is asked once.
pub struct Tokens<I> {
    issuer: I,
    clock: Clock,
    last: Mutex<Option<Token>>,
}

impl<I: Issuer> Tokens<I> {
    #[must_use]
    pub fn new(issuer: I, clock: Clock) -> Self {
        Self { issuer, clock, last: Mutex::new(None) }
    }

    async fn current(&self) -> Result<SecretString, FetchError> {
        let mut last = self.last.lock().await;
        let now = self.clock.now();
        if let Some(token) = last.as_ref().filter(|token| now < token.expires_at - MARGIN) {
            return Ok(token.secret.clone());
        }
        let token = self.issuer.issue().await?;
        let secret = token.secret.clone();
        *last = Some(token);
        Ok(secret)
    }
}

#[async_trait]
impl<I: Issuer> Authenticate for Tokens<I> {
    async fn prove(&self, _request: &Outgoing<'_>) -> Result<Proof, FetchError> {
        let secret = self.current().await?;
        let value = secret_header(&format!("Bearer {}", secret.expose_secret()))?;
        Ok(Proof { headers: [(AUTHORIZATION, value)].into_iter().collect(), secrets: vec![secret] })
    }

    /// A refused token may have been withdrawn early: a new one is worth one more attempt.
    async fn has_another(&self, refused: &Proof) -> bool {
        let mut last = self.last.lock().await;
        let Some(secret) = refused.secrets.first() else { return false };
        if last.as_ref().is_some_and(|token| token.secret.expose_secret() == secret.expose_secret()) {
            *last = None;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use reqwest::header::HeaderMap;
    use reqwest::{Method, Url};

    use super::*;

    struct Counting(Clock, AtomicU32);

    #[async_trait]
    impl Issuer for Counting {
        async fn issue(&self) -> Result<Token, FetchError> {
            let number = self.1.fetch_add(1, Ordering::Relaxed);
            Ok(Token { secret: format!("token-{number}").into(), expires_at: self.0.now() + TimeDelta::hours(1) })
        }
    }

    async fn proof(tokens: &Tokens<Counting>) -> Proof {
        let url = Url::parse("http://localhost/").unwrap();
        let headers = HeaderMap::new();
        tokens.prove(&Outgoing { method: &Method::GET, url: &url, headers: &headers, body: &[] }).await.unwrap()
    }

    #[tokio::test]
    async fn a_token_is_kept_until_it_is_refused() {
        let clock = Clock::fixed("2026-11-22T14:05:00Z".parse().unwrap());
        let tokens = Tokens::new(Counting(clock.clone(), AtomicU32::new(0)), clock);
        let (first, second) = (proof(&tokens).await, proof(&tokens).await);
        assert_eq!(first.headers, second.headers);
        assert!(tokens.has_another(&second).await);
        let third = proof(&tokens).await;
        assert_ne!(first.headers, third.headers);
        // A late refusal of the first token leaves the new one alone.
        assert!(tokens.has_another(&first).await);
        assert_eq!(proof(&tokens).await.headers, third.headers);
    }
}
