//! The feed `costs`: what is billed, by day, project, line item and API key.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::admin::{self, Admin};
use super::api::CostResult;
use super::{buckets, convert};
use crate::domain::cost::CostRecord;
use crate::domain::period::{Day, Window};
use crate::providers::feed::{Feed, FeedPolicy, FetchError, Grain};

/// Midnight of 2025-12-06: the vendor groups cost by API key only in windows that begin then or later.
const API_KEYS_SINCE: i64 = 1_764_979_200;

pub(super) struct Costs {
    pub(super) admin: Admin,
}

impl Costs {
    /// Asks again without API keys where the vendor refuses to group by them: an attribution less, not a bill less.
    async fn part(&self, window: Window, by_key: bool) -> Result<Vec<CostRecord>, FetchError> {
        match self.ask(window, by_key).await {
            Err(FetchError::Rejected { status: 400, message }) if by_key => {
                tracing::info!(%window, message, "openai refuses to group cost by api key, asking without");
                self.ask(window, false).await
            }
            answer => answer,
        }
    }

    async fn ask(&self, window: Window, by_key: bool) -> Result<Vec<CostRecord>, FetchError> {
        let groups: &[&str] =
            if by_key { &["project_id", "line_item", "api_key_id"] } else { &["project_id", "line_item"] };
        let query = admin::bucket_query(window, "1d", 180, groups);
        let pages = self.admin.buckets::<CostResult>("v1/organization/costs", query).await?;
        let results = buckets::results(pages, window, Grain::Day)?;
        // A row may lack its amount. Where none of several has one, it has another name by now, and is not zero.
        if results.len() > 1 && !results.iter().any(|(_, result)| result.has_amount()) {
            return Err(FetchError::Malformed("no row of costs has an amount".to_owned()));
        }
        results.into_iter().filter_map(|(at, result)| convert::cost(at, result).transpose()).collect()
    }
}

#[async_trait]
impl Feed<CostRecord> for Costs {
    fn policy(&self) -> FeedPolicy {
        FeedPolicy { days_per_fetch: 30, ..FeedPolicy::USUAL }
    }

    async fn fetch(&self, window: Window) -> Result<Vec<CostRecord>, FetchError> {
        let mut records = Vec::new();
        for (part, by_key) in parts(window) {
            records.extend(self.part(part, by_key).await?);
        }
        Ok(records)
    }
}

/// `window` cut at the first day that can be grouped by API key, and whether each part can.
fn parts(window: Window) -> Vec<(Window, bool)> {
    let since = DateTime::<Utc>::from_timestamp(API_KEYS_SINCE, 0).map_or(window.first(), Day::of);
    let before = Window::new(window.first(), window.end().min(since));
    let after = Window::new(window.first().max(since), window.end());
    before.map(|part| (part, false)).into_iter().chain(after.map(|part| (part, true))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_cut_where_api_keys_begin() {
        let parts = |first: &str, end: &str| {
            let window = Window::new(first.parse().unwrap(), end.parse().unwrap()).unwrap();
            parts(window).into_iter().map(|(part, by_key)| (part.to_string(), by_key)).collect::<Vec<_>>()
        };
        assert_eq!(parts("2025-11-01", "2025-12-06"), [("2025-11-01..2025-12-05".to_owned(), false)]);
        assert_eq!(
            parts("2025-12-05", "2025-12-08"),
            [("2025-12-05".to_owned(), false), ("2025-12-06..2025-12-07".to_owned(), true)]
        );
        assert_eq!(parts("2025-12-06", "2025-12-08"), [("2025-12-06..2025-12-07".to_owned(), true)]);
    }
}
