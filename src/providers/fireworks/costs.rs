//! The feed `costs`: a summary of each day of each account.

use async_trait::async_trait;

use super::accounts::Accounts;
use super::api::Summary;
use super::convert;
use crate::domain::cost::CostRecord;
use crate::domain::period::{Day, Window};
use crate::providers::feed::{Feed, FeedPolicy, FetchError};
use crate::providers::http::Ask;

pub(super) struct Costs {
    pub(super) accounts: Accounts,
}

impl Costs {
    /// Lines are sums of the whole range and do not say of which day, so a range is a day.
    async fn summary(&self, slug: &str, day: Day) -> Result<Summary, FetchError> {
        let midnight = |day: Day| format!("{day}T00:00:00Z");
        let ask = Ask::get(format!("v1/accounts/{slug}/billing/summary"))
            .with("startTime", midnight(day))
            .with("endTime", midnight(day.next()));
        self.accounts.http.json(&Ask { name: Some("billing/summary"), ..ask }).await
    }
}

#[async_trait]
impl Feed<CostRecord> for Costs {
    /// Nothing says when a day is final.
    fn policy(&self) -> FeedPolicy {
        FeedPolicy { days_per_fetch: 7, ..FeedPolicy::USUAL }
    }

    async fn fetch(&self, window: Window) -> Result<Vec<CostRecord>, FetchError> {
        let mut records = Vec::new();
        for (slug, _) in self.accounts.list().await? {
            for day in window.days() {
                let summary = self.summary(&slug, day).await?;
                records.extend(convert::costs(&slug, day, &summary.line_items)?);
            }
        }
        Ok(records)
    }
}
