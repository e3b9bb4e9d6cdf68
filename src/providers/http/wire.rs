//! What all connections of an account have in common.

use reqwest::header::HeaderMap;
use tokio_util::sync::CancellationToken;

use super::{Auth, HttpConfig, HttpMetrics, Limits, refusal};
use crate::domain::clock::Clock;
use crate::domain::names::AccountName;

/// The makings of an account's connections: most vendors need one, clouds several.
#[derive(Clone)]
pub struct Wire {
    /// From [`super::shared_client`]; accounts share one.
    pub client: reqwest::Client,
    /// Whom logs and metrics name.
    pub account: AccountName,
    pub limits: Limits,
    pub clock: Clock,
    /// Ends every wait with [`crate::providers::feed::FetchError::Stopped`].
    pub stop: CancellationToken,
    pub metrics: HttpMetrics,
}

impl Wire {
    /// A plain connection to the server at `base_url`, for [`super::Http::new`].
    #[must_use]
    pub fn to(&self, base_url: &str, auth: Auth) -> HttpConfig {
        HttpConfig {
            wire: self.clone(),
            base_url: base_url.to_owned(),
            auth,
            headers: HeaderMap::new(),
            judge: refusal::by_status,
            key_help: None,
        }
    }
}
