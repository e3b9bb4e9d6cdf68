//! How a batch gets to the collector: with our own HTTP client, on a runtime that nothing else waits for.

use std::error::Error;
use std::iter;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use reqwest::header::HeaderMap;
use tokio::runtime::Handle;

use super::trouble::Trouble;

/// For one request; a batch that takes longer is lost.
pub(super) const TIMEOUT: Duration = Duration::from_secs(5);
/// A collector has nothing to say that is longer.
const MAX_BODY: usize = 64 << 10;

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
        let mut request = reqwest::Request::try_from(request)?;
        *request.timeout_mut() = Some(TIMEOUT);
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

async fn exchange(client: reqwest::Client, request: reqwest::Request) -> Result<Response<Bytes>, reqwest::Error> {
    let mut response = client.execute(request).await.map_err(reqwest::Error::without_url)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(reqwest::Error::without_url)? {
        body.extend_from_slice(&chunk[..chunk.len().min(MAX_BODY - body.len())]);
        if body.len() == MAX_BODY {
            break;
        }
    }
    let mut answer = Response::new(body.into());
    *answer.status_mut() = response.status();
    *answer.headers_mut() = response.headers().clone();
    Ok(answer)
}

/// An error and what caused it in one line.
fn causes(error: &reqwest::Error) -> String {
    let chain = iter::successors(Some(error as &dyn Error), |error| (*error).source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
