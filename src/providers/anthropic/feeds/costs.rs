//! `costs`: what Anthropic charges, by day.

use std::sync::Arc;

use async_trait::async_trait;

use super::{beta, policy, report_query};
use crate::domain::cost::CostRecord;
use crate::domain::period::{Day, Window};
use crate::providers::anthropic::api::{AnalyticsCost, Bucket, Cost, Report};
use crate::providers::anthropic::{buckets, convert};
use crate::providers::feed::{Feed, FeedPolicy, FetchError, Grain};
use crate::providers::http::{Ask, Http};

const ANALYTICS_BETA: &str = "analytics-usage-cost-2026-08-24";

/// From the classic report, or from the analytics report with the classic one behind it.
pub(crate) struct Costs {
    pub(crate) http: Arc<Http>,
    pub(crate) analytics: bool,
}

impl Costs {
    async fn classic(&self, window: Window) -> Result<Vec<CostRecord>, FetchError> {
        let ask = Ask {
            path: "v1/organizations/cost_report".to_owned(),
            query: report_query(window, &[("bucket_width", "1d"), ("limit", "31")], &["workspace_id", "description"]),
            ..Ask::default()
        };
        let answer = self.http.pages::<Report<Bucket<Cost>>>(&ask, "page").await?;
        let rows = buckets::rows(answer, window, &self.policy(), self.http.clock().now())?;
        let rows = rows.into_iter().flat_map(|(at, rows)| rows.into_iter().map(move |row| convert::cost(at, row)));
        rows.collect()
    }

    async fn analytics(&self, window: Window) -> Result<Vec<CostRecord>, FetchError> {
        let dimensions = ["workspace_id", "api_key_id", "model", "service_tier", "product"];
        let ask = Ask {
            path: "v1/organizations/analytics/cost".to_owned(),
            query: report_query(window, &[("time_bucket_width", "1d"), ("limit", "1000")], &dimensions),
            headers: beta(ANALYTICS_BETA),
            ..Ask::default()
        };
        let answer = self.http.pages::<Report<AnalyticsCost>>(&ask, "page").await?;
        // A day without cost has no row here: only the rows can tell whether the right days came.
        let is_asked_for = |row: &AnalyticsCost| {
            let day = Day::of(row.starting_at);
            window.contains(day) && row.starting_at == day.start() && row.ending_at <= day.end()
        };
        if let Some(row) = answer.iter().find(|row| !is_asked_for(row)) {
            let text = format!("row from {} to {} is no day of {window}", row.starting_at, row.ending_at);
            return Err(FetchError::Malformed(text));
        }
        answer.into_iter().map(convert::analytics_cost).collect()
    }
}

#[async_trait]
impl Feed<CostRecord> for Costs {
    /// Priority Tier is a commitment that is billed apart; its use is in the usage report all the same.
    fn policy(&self) -> FeedPolicy {
        FeedPolicy { leaves_out: &["priority"], ..policy(Grain::Day, 31) }
    }

    async fn fetch(&self, window: Window) -> Result<Vec<CostRecord>, FetchError> {
        if !self.analytics {
            return self.classic(window).await;
        }
        match self.analytics(window).await {
            // Not everyone has the beta, and it does not go back as far.
            Err(refused @ (FetchError::Rejected { .. } | FetchError::Unauthorized(_))) => {
                tracing::info!("falling back to the classic cost report for {window}: {refused}");
                self.classic(window).await
            }
            answer => answer,
        }
    }
}
