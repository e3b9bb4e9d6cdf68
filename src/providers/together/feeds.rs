//! The feeds `costs` and `usage`, both from the lines of the bill.

use async_trait::async_trait;

use super::convert;
use super::reports::Reports;
use crate::domain::cost::CostRecord;
use crate::domain::period::{Grain, Window};
use crate::domain::usage::UsageRecord;
use crate::providers::feed::{Feed, FeedPolicy, FetchError};

/// One question is for a month. Nothing says when a day is final.
fn policy() -> FeedPolicy {
    FeedPolicy {
        grain: Grain::Day,
        days_per_fetch: 31,
        settles_after_days: 3,
        history_days: None,
        second_look: true,
        leaves_out: [].into(),
    }
}

pub(super) struct Costs {
    reports: Reports,
    policy: FeedPolicy,
}

impl Costs {
    pub(super) fn new(reports: Reports) -> Self {
        Self { reports, policy: policy() }
    }
}

#[async_trait]
impl Feed<CostRecord> for Costs {
    fn policy(&self) -> &FeedPolicy {
        &self.policy
    }

    async fn fetch(&self, window: Window) -> Result<Vec<CostRecord>, FetchError> {
        Ok(self.reports.charges(window).await?.iter().flat_map(convert::costs).collect())
    }
}

pub(super) struct Usage {
    reports: Reports,
    policy: FeedPolicy,
}

impl Usage {
    pub(super) fn new(reports: Reports) -> Self {
        Self { reports, policy: policy() }
    }
}

#[async_trait]
impl Feed<UsageRecord> for Usage {
    fn policy(&self) -> &FeedPolicy {
        &self.policy
    }

    async fn fetch(&self, window: Window) -> Result<Vec<UsageRecord>, FetchError> {
        Ok(self.reports.charges(window).await?.iter().filter_map(convert::usage).collect())
    }
}
