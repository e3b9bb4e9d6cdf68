//! Messages of one signal to a collector, for who does not go through the SDK: sent when asked to, and never again.

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, StatusCode};

use super::endpoint::{Endpoint, Otlp};
use super::exchange::{causes, exchange};

/// The way of one signal.
#[derive(Debug, Clone)]
pub struct Post {
    client: Client,
    endpoint: Endpoint,
    signal: &'static str,
    /// Marked as sensitive, so that nothing prints them.
    headers: HeaderMap,
}

/// Why a collector has not taken a message. Never what it wrote, which might be what we sent.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("status {}", .0.as_u16())]
    Status(StatusCode),
    #[error("{0}")]
    Unreachable(String),
}

impl Post {
    /// `signal` is a part of the path, such as `metrics`.
    #[must_use]
    pub fn new(otlp: &Otlp, signal: &'static str) -> Self {
        let mut headers = otlp.headers.clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        Self { client: otlp.client.clone(), endpoint: otlp.endpoint.clone(), signal, headers }
    }

    /// Where the collector is, for people.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Sends one message and returns what the collector answers. Takes a few seconds at most.
    ///
    /// # Errors
    ///
    /// Everything but a status of success.
    pub async fn send(&self, message: Vec<u8>) -> Result<Bytes, Refusal> {
        let unreachable = |error: reqwest::Error| Refusal::Unreachable(causes(&error.without_url()));
        let request = self.client.post(self.endpoint.of(self.signal)).headers(self.headers.clone()).body(message);
        let answer = exchange(self.client.clone(), request.build().map_err(unreachable)?).await.map_err(unreachable)?;
        if answer.status().is_success() { Ok(answer.into_body()) } else { Err(Refusal::Status(answer.status())) }
    }
}
