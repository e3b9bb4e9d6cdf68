//! The feed `costs`: credits and premium requests by model, seats and whatever else the bill has for Copilot.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::Datelike;
use serde::de::DeserializeOwned;

use super::api::{Line, Metered, Report};
use super::{Payer, convert};
use crate::domain::cost::CostRecord;
use crate::domain::period::{Day, Window};
use crate::providers::feed::{Feed, FeedPolicy, FetchError};
use crate::providers::http::{Ask, Http};

pub(super) struct Costs {
    pub(super) http: Arc<Http>,
    pub(super) payer: Payer,
}

impl Costs {
    async fn items<T: DeserializeOwned>(&self, report: &str, day: Day) -> Result<Vec<T>, FetchError> {
        let date = day.date();
        let ask = Ask::get(self.payer.path(report))
            .with("year", date.year().to_string())
            .with("month", date.month().to_string())
            .with("day", date.day().to_string());
        let report: Report<T> = self.http.json(&ask).await.map_err(explain)?;
        Ok(report.usage_items)
    }

    async fn day(&self, day: Day) -> Result<Vec<CostRecord>, FetchError> {
        let mut metered: Vec<Metered> = self.items("ai_credit/usage", day).await?;
        metered.extend(self.items::<Metered>("premium_request/usage", day).await?);
        let lines: Vec<Line> = self.items("usage", day).await?;
        convert::costs(day, metered, lines)
    }
}

#[async_trait]
impl Feed<CostRecord> for Costs {
    /// Nothing says when a day is final; the bill is made once a month.
    fn policy(&self) -> FeedPolicy {
        FeedPolicy { days_per_fetch: 5, settles_after_days: 5, history_days: Some(720), ..FeedPolicy::USUAL }
    }

    async fn fetch(&self, window: Window) -> Result<Vec<CostRecord>, FetchError> {
        let mut records = Vec::new();
        for day in window.days() {
            records.extend(self.day(day).await?);
        }
        Ok(records)
    }
}

fn explain(error: FetchError) -> FetchError {
    match error {
        FetchError::Rejected { status: 404, message } => FetchError::Rejected {
            status: 404,
            message: format!("{message}; the name is wrong, or the token does not see its billing"),
        },
        other => other,
    }
}
