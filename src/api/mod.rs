//! What the daemon answers over HTTP: the page for Prometheus, health, spend, status, and "refresh now".

pub mod readiness;
mod seats;
pub mod serve;

mod auth;
mod connection;
mod error;
mod guard;
mod health;
mod home;
mod limits;
mod metrics;
mod params;
mod spend;
mod sync;
mod tls;
mod watched;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};

use self::auth::{Scope, guarded};
use crate::domain::clock::Clock;
use crate::metrics::Publisher;
use crate::store::Store;
use crate::sync::handle::Handle;

pub use auth::Keys;
pub use limits::Limits;
pub use readiness::Readiness;
pub use serve::{Door, serve};
pub use tls::Tls;
pub use watched::FileProblem;

/// What the routes need.
#[derive(Clone)]
pub struct ApiState {
    pub store: Store,
    pub publisher: Arc<Publisher>,
    pub readiness: Readiness,
    pub sync: Handle,
    pub clock: Clock,
    /// Who may do what.
    pub keys: Keys,
    /// Are all answers sent by TLS?
    pub tls: bool,
    /// After this long a request is answered with an error.
    pub timeout: Duration,
}

/// Every route, with errors of one shape and headers that keep browsers from guessing.
pub fn router(state: ApiState) -> Router {
    let keys = &state.keys;
    let sync = guarded(keys, Scope::Read, get(sync::status)).merge(guarded(keys, Scope::Sync, post(sync::refresh)));
    Router::new()
        .route("/", guarded(keys, Scope::Read, get(home::page)))
        .route("/metrics", guarded(keys, Scope::Metrics, get(metrics::scrape)))
        // Open, since who asks them has no token to show; they tell nothing of spend.
        .route("/-/healthy", get(health::healthy))
        .route("/-/ready", get(health::ready))
        .route("/api/v1/spend", guarded(keys, Scope::Read, get(spend::spend)))
        .route("/api/v1/sync", sync)
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(from_fn(guard::body_limit))
        .layer(from_fn_with_state(state.timeout, guard::time_limit))
        .layer(from_fn_with_state(state.tls, guard::headers))
        .with_state(state)
}

#[cfg(test)]
mod tests;
