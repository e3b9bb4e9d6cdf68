//! Asking the resource manager: lists, questions, and refusals that say which role is missing.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::api::{List, QueryAnswer, Row};
use crate::providers::feed::FetchError;
use crate::providers::http::{Ask, Body, Http};

/// What a caller has to be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    CostManagementReader,
    MonitoringReader,
    Reader,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::CostManagementReader => "Cost Management Reader",
            Self::MonitoringReader => "Monitoring Reader",
            Self::Reader => "Reader",
        }
    }
}

/// One account's view of the resource manager.
#[derive(Clone)]
pub(super) struct Arm {
    http: Arc<Http>,
}

impl Arm {
    pub(super) fn new(http: Arc<Http>) -> Self {
        Self { http }
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, ask: &Ask, role: Role) -> Result<T, FetchError> {
        self.http.json(ask).await.map_err(|error| explain(error, role))
    }

    /// The items of all pages, each of which names the address of the next.
    pub(super) async fn list<T: DeserializeOwned>(&self, path: &str, version: &str) -> Result<Vec<T>, FetchError> {
        let first = Ask::get(path).with("api-version", version);
        self.http.pages_by::<List<T>>(&first, Ask::get).await.map_err(|error| explain(error, Role::Reader))
    }

    /// The rows of all pages: the same body is posted to the address of each.
    pub(super) async fn query(&self, first: &Ask, body: &Body) -> Result<Vec<Row>, FetchError> {
        let rows = self.http.pages_by::<QueryAnswer>(first, |address| Ask::post(address, body.clone())).await;
        rows.map_err(|error| explain(error, Role::CostManagementReader))
    }
}

fn explain(error: FetchError, role: Role) -> FetchError {
    match error {
        FetchError::Unauthorized(said) => FetchError::Unauthorized(format!(
            "{said}; azure needs an app registration (entra.microsoft.com → App registrations) with a client secret that has \
             not expired, and with the role {} on each subscription (portal.azure.com → Subscriptions → Access control (IAM))",
            role.name()
        )),
        other => other,
    }
}
