//! One request and its answer.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use super::scrub::scrub;
use super::{Get, Http, client, refusal, retry};
use crate::providers::feed::FetchError;

/// More of an error page tells nobody anything.
const MAX_ERROR_BODY: usize = 64 << 10;

/// Why an attempt brought no body.
pub(super) enum Failure {
    /// The vendor answered, with something else than success.
    Refused(Refusal),
    Timeout,
    /// No answer, or half of one.
    Network(String),
    /// More bytes than this.
    TooLarge(usize),
    /// The key has characters that no header takes.
    UnusableKey,
}

/// An answer that is no success.
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) message: String,
    /// How long the vendor wants to be left alone.
    pub(super) asked_wait: Option<Duration>,
    /// `x-should-retry`.
    pub(super) should_retry: Option<bool>,
}

impl Http {
    pub(super) async fn exchange(&self, get: &Get, secret: &SecretString) -> Result<Vec<u8>, Failure> {
        let mut url =
            self.base.join(get.path.trim_start_matches('/')).map_err(|error| Failure::Network(error.to_string()))?;
        if !get.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&get.query);
        }
        let key = format!("{}{}", self.auth.prefix, secret.expose_secret());
        let mut key = HeaderValue::from_str(&key).map_err(|_| Failure::UnusableKey)?;
        key.set_sensitive(true);

        let request = self.client.get(url).timeout(self.limits.timeout).headers(self.headers.clone());
        let request = request.headers(get.headers.clone()).header(&self.auth.header, key);
        let mut response = request.send().await.map_err(|error| network(error, secret))?;
        if response.status().is_success() {
            return read(&mut response, self.limits.max_body, secret).await;
        }
        let status = response.status().as_u16();
        let asked_wait = retry::asked_wait(response.headers(), self.clock.now());
        let should_retry = retry::should_retry(response.headers());
        // The status says enough where the text does not arrive.
        let body = read(&mut response, self.limits.max_body.min(MAX_ERROR_BODY), secret).await.unwrap_or_default();
        Err(Failure::Refused(Refusal { status, message: refusal::message(&body, secret), asked_wait, should_retry }))
    }
}

/// The decompressed body, as long as it stays within `limit` bytes.
async fn read(response: &mut reqwest::Response, limit: usize, secret: &SecretString) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| network(error, secret))? {
        if body.len() + chunk.len() > limit {
            return Err(Failure::TooLarge(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn network(error: reqwest::Error, secret: &SecretString) -> Failure {
    if error.is_timeout() { Failure::Timeout } else { Failure::Network(scrub(&client::causes(error), secret)) }
}

/// The label `code`: a status, or why there is none.
pub(super) fn code(result: &Result<Vec<u8>, Failure>) -> String {
    match result {
        Ok(_) => "200".to_owned(),
        Err(Failure::Refused(refusal)) => refusal.status.to_string(),
        Err(Failure::Timeout) => "timeout".to_owned(),
        Err(Failure::Network(_)) => "network".to_owned(),
        Err(Failure::TooLarge(_)) => "too_large".to_owned(),
        Err(Failure::UnusableKey) => "unusable_key".to_owned(),
    }
}

impl Failure {
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(refusal) => Some(refusal.status),
            _ => None,
        }
    }

    pub(super) fn is_rate_limit(&self) -> bool {
        self.status() == Some(429)
    }

    /// What the caller gets to know after `attempts` attempts at `path`.
    pub(super) fn into_error(self, path: &str, attempts: u32, now: DateTime<Utc>, usual_wait: Duration) -> FetchError {
        match self {
            Self::Refused(refusal) => match refusal.status {
                429 => FetchError::RateLimited { until: now + refusal.asked_wait.unwrap_or(usual_wait) },
                401 | 403 => FetchError::Unauthorized(refusal.to_string()),
                408 | 425 | 500.. => FetchError::Unavailable(format!("{path}, attempt {attempts}: {refusal}")),
                300..=399 => FetchError::Rejected {
                    status: refusal.status,
                    message: "redirects elsewhere, which is not followed".to_owned(),
                },
                status => FetchError::Rejected { status, message: refusal.message },
            },
            Self::TooLarge(_) => FetchError::Malformed(format!("{path}: {self}")),
            Self::UnusableKey => FetchError::Unauthorized(self.to_string()),
            Self::Timeout | Self::Network(_) => FetchError::Unavailable(format!("{path}, attempt {attempts}: {self}")),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Timeout => f.write_str("no answer in time"),
            Self::Network(text) => f.write_str(text),
            Self::TooLarge(limit) => write!(f, "answer is longer than {limit} bytes"),
            Self::UnusableKey => f.write_str("key holds characters that no key has, such as a line break"),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message.as_str() {
            "" => write!(f, "status {}", self.status),
            message => write!(f, "status {}: {message}", self.status),
        }
    }
}
