//! One request to a collector, which is not waited for longer than it is worth.

use std::error::Error;
use std::iter;
use std::time::Duration;

use opentelemetry_http::{Bytes, Response};

/// For one request; what takes longer is lost.
pub(super) const TIMEOUT: Duration = Duration::from_secs(5);
/// How long the end of the process waits for what is sent last, of each signal.
pub const FLUSH: Duration = Duration::from_secs(3);
/// A collector has nothing to say that is longer.
const MAX_BODY: usize = 64 << 10;

pub(super) async fn exchange(
    client: reqwest::Client,
    mut request: reqwest::Request,
) -> Result<Response<Bytes>, reqwest::Error> {
    *request.timeout_mut() = Some(TIMEOUT);
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
pub(super) fn causes(error: &reqwest::Error) -> String {
    let chain = iter::successors(Some(error as &dyn Error), |error| (*error).source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
