//! The one HTTP client of all providers: authentication, pacing, retries, limits and measures in one place.

use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;

use super::feed::FetchError;

/// One account's connection to one vendor.
pub struct Http {
    base: reqwest::Url,
    client: reqwest::Client,
}

/// A GET below the account's base address.
#[derive(Debug, Clone, Default)]
pub struct Get {
    /// Without a leading slash, such as `v1/organization/costs`.
    pub path: String,
    pub query: Vec<(String, String)>,
    /// Beyond the account's own headers.
    pub headers: HeaderMap,
}

impl Http {
    /// The decoded answer to `get`.
    ///
    /// # Errors
    ///
    /// After retries, sorted as [`FetchError`] says; texts hold neither address nor key.
    pub async fn get<T: DeserializeOwned>(&self, get: &Get) -> Result<T, FetchError> {
        let _ = (&self.base, &self.client, get);
        Err(FetchError::Stopped)
    }
}
