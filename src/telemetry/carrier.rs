//! How a batch gets to the collector: with our own HTTP client, on a runtime that nothing else waits for.

use std::sync::Arc;

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use reqwest::header::HeaderMap;
use tokio::runtime::Handle;

use super::exchange::{causes, exchange};
use super::trouble::Trouble;

#[derive(Debug)]
pub(super) struct Carrier {
    pub(super) client: reqwest::Client,
    /// Marked as sensitive, so that nothing prints them.
    pub(super) headers: HeaderMap,
    pub(super) runtime: Handle,
    pub(super) trouble: Arc<Trouble>,
}

#[async_trait]
impl HttpClient for Carrier {
    async fn send_bytes(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        request.headers_mut().extend(self.headers.clone());
        let request = reqwest::Request::try_from(request)?;
        // The thread that makes batches knows no reactor: it only waits for the task.
        let answer = self.runtime.spawn(exchange(self.client.clone(), request)).await?;
        match &answer {
            Ok(answer) if answer.status().is_success() => {}
            Ok(answer) => self.trouble.because(format!("status {}", answer.status().as_u16())),
            Err(error) => self.trouble.because(causes(error)),
        }
        Ok(answer?)
    }
}
