//! Whose bill it is: an enterprise's has those of its organisations in it.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::Datelike;

use super::api::{Owned, Report};
use super::{ENTERPRISES, ORGANIZATIONS, Payer};
use crate::providers::account::Identity;
use crate::providers::feed::FetchError;
use crate::providers::http::{Ask, Http};

/// So long after a day its bill has a line for whoever has seats.
const BILLED_AFTER_DAYS: u32 = 3;

pub(super) struct Claimed {
    pub(super) http: Arc<Http>,
    pub(super) payer: Payer,
}

#[async_trait]
impl Identity for Claimed {
    async fn ids(&self) -> Result<Vec<String>, FetchError> {
        let own = id(self.payer.kind, &self.payer.name);
        if self.payer.kind != ENTERPRISES {
            return Ok(vec![own]);
        }
        match self.organizations().await {
            Ok(organizations) => Ok(organizations.into_iter().chain([own]).collect()),
            // The feed says so itself, and the enterprise is known by its name all the same.
            Err(FetchError::Unauthorized(_) | FetchError::Rejected { .. } | FetchError::Malformed(_)) => Ok(vec![own]),
            Err(error) => Err(error),
        }
    }
}

impl Claimed {
    /// The organisations on the bill of the latest month that has one.
    async fn organizations(&self) -> Result<BTreeSet<String>, FetchError> {
        let date = self.http.clock().today().minus(BILLED_AFTER_DAYS).date();
        let ask = Ask::get(self.payer.path("usage"))
            .with("year", date.year().to_string())
            .with("month", date.month().to_string());
        let report: Report<Owned> = self.http.json(&ask).await?;
        let names = report.usage_items.into_iter().filter_map(|item| item.organization_name);
        Ok(names.filter(|name| !name.is_empty()).map(|name| id(ORGANIZATIONS, &name)).collect())
    }
}

/// Names are unique at GitHub, whatever their case.
fn id(kind: &str, name: &str) -> String {
    format!("{kind}/{}", name.to_ascii_lowercase())
}
