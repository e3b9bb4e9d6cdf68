//! A public file, such as a price table: no key, no pacing, but the same limits.

use std::time::Duration;

use super::client::{causes, shared_client};
use crate::providers::feed::FetchError;

const TIMEOUT: Duration = Duration::from_secs(60);

/// The body of a public file.
///
/// # Errors
///
/// Unavailable or too large; texts do not hold the address.
pub async fn download(url: &str, max_bytes: usize) -> Result<Vec<u8>, FetchError> {
    let client = shared_client().map_err(|error| FetchError::Unavailable(error.to_string()))?;
    let unavailable = |error: reqwest::Error| FetchError::Unavailable(causes(error));
    let request = client.get(url).timeout(TIMEOUT);
    let mut response = request.send().await.and_then(reqwest::Response::error_for_status).map_err(unavailable)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unavailable)? {
        if body.len() + chunk.len() > max_bytes {
            return Err(FetchError::Malformed(format!("the file has more than {max_bytes} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn why_nothing_came_is_told_without_the_address() {
        let closed = {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            listener.local_addr().unwrap()
        };
        let error = download(&format!("http://{closed}/secret-path"), 1).await.unwrap_err().to_string();
        assert!(error.contains("Connection refused") && !error.contains("secret-path"), "{error}");
    }
}
