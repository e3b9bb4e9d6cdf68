//! Asking for the bill of one user or organisation.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::api::{CurrentPeriod, Summary, Sums};
use crate::providers::feed::FetchError;
use crate::providers::http::{Ask, Http};

#[derive(Clone)]
pub(super) struct Billing {
    http: Arc<Http>,
    path: String,
}

impl Billing {
    /// The bill of `organization`, or of the user.
    pub(super) fn new(http: Arc<Http>, organization: Option<&str>) -> Self {
        let path = match organization {
            Some(name) => format!("api/organizations/{name}/billing"),
            None => "api/settings/billing".to_owned(),
        };
        Self { http, path }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.http.clock().now()
    }

    /// What was used from `start` to `end`, which must lie in one billing period.
    pub(super) async fn sums(&self, start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Sums, FetchError> {
        let ask = Ask::get(format!("{}/usage-v2", self.path))
            .with("startDate", start.timestamp().to_string())
            .with("endDate", end.timestamp().to_string());
        Ok(self.http.json::<Summary>(&ask).await?.usage)
    }

    /// The billing period that runs now.
    pub(super) async fn period(&self) -> Result<CurrentPeriod, FetchError> {
        self.http.json(&Ask::get(format!("{}/usage", self.path))).await
    }
}
