//! What the daemon answers over HTTP: the page for Prometheus, health, spend, status, and "refresh now".

pub mod readiness;
pub mod serve;

mod auth;
mod error;
mod guard;
mod health;
mod home;
mod metrics;
mod params;
mod spend;
mod sync;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use secrecy::SecretString;

use crate::domain::clock::Clock;
use crate::metrics::Publisher;
use crate::store::Store;
use crate::sync::handle::Handle;

pub use readiness::Readiness;
pub use serve::serve;

/// What the routes need.
#[derive(Clone)]
pub struct ApiState {
    pub store: Store,
    pub publisher: Arc<Publisher>,
    pub readiness: Readiness,
    pub sync: Handle,
    pub clock: Clock,
    /// What "refresh now" asks for; without one nobody may.
    pub token: Option<Arc<SecretString>>,
    /// After this long a request is answered with an error.
    pub timeout: Duration,
}

/// Every route, with errors of one shape and headers that keep browsers from guessing.
pub fn router(state: ApiState) -> Router {
    Router::new()
        .route("/", get(home::page))
        .route("/metrics", get(metrics::scrape))
        .route("/-/healthy", get(health::healthy))
        .route("/-/ready", get(health::ready))
        .route("/api/v1/spend", get(spend::spend))
        .route("/api/v1/sync", get(sync::status).post(sync::refresh))
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(from_fn_with_state(state.timeout, guard::time_limit))
        .layer(from_fn(guard::headers))
        .with_state(state)
}

#[cfg(test)]
mod tests;
