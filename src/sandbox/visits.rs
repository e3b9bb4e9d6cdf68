//! Who asks for what how often, so that tests can count.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State as Shared};
use axum::middleware::Next;
use axum::response::Response;

/// How often each path and query was asked for, faults included; its clones are the same one.
#[derive(Debug, Clone, Default)]
pub(super) struct Visits(Arc<Mutex<BTreeMap<String, u32>>>);

impl Visits {
    pub(super) fn counted(&self) -> BTreeMap<String, u32> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The middleware in front of all others.
pub(super) async fn count(Shared(visits): Shared<Visits>, request: Request, next: Next) -> Response {
    *visits.0.lock().unwrap_or_else(PoisonError::into_inner).entry(request.uri().to_string()).or_default() += 1;
    next.run(request).await
}
