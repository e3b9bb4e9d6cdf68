//! `usage.claude_code`: tokens that Claude Code used, by user.

use std::sync::Arc;

use async_trait::async_trait;

use super::{policy, query};
use crate::domain::period::{Day, Window};
use crate::domain::usage::UsageRecord;
use crate::providers::anthropic::api::{ClaudeCodeUsage, Report};
use crate::providers::anthropic::convert;
use crate::providers::feed::{Feed, FeedPolicy, FetchError, Grain};
use crate::providers::http::{Ask, Http};

/// A report that answers for one day a call.
pub(crate) struct ClaudeCode {
    pub(crate) http: Arc<Http>,
}

impl ClaudeCode {
    async fn day(&self, day: Day) -> Result<Vec<UsageRecord>, FetchError> {
        let ask = Ask {
            path: "v1/organizations/usage_report/claude_code".to_owned(),
            query: query(&[("starting_at", &day.to_string()), ("limit", "1000")]),
            ..Ask::default()
        };
        let records = self.http.pages::<Report<ClaudeCodeUsage>>(&ask, "page").await?;
        match records.iter().find(|record| Day::of(record.date) != day) {
            Some(other) => Err(FetchError::Malformed(format!("record of {} in the answer for {day}", other.date))),
            None => Ok(convert::claude_code(day, records)),
        }
    }
}

#[async_trait]
impl Feed<UsageRecord> for ClaudeCode {
    fn policy(&self) -> FeedPolicy {
        policy(Grain::Day, 7)
    }

    async fn fetch(&self, window: Window) -> Result<Vec<UsageRecord>, FetchError> {
        let mut records = Vec::new();
        for day in window.days() {
            records.extend(self.day(day).await?);
        }
        Ok(records)
    }
}
