//! The feeds `costs` and `usage`, both from the lines of the bill.

use async_trait::async_trait;

use super::convert;
use super::reports::Reports;
use crate::domain::cost::CostRecord;
use crate::domain::period::Window;
use crate::domain::usage::UsageRecord;
use crate::providers::feed::{Feed, FeedPolicy, FetchError};

pub(super) struct Costs {
    pub(super) reports: Reports,
}

#[async_trait]
impl Feed<CostRecord> for Costs {
    /// One question is for a month. Days are told once they are over; whether they stay as they are nobody says.
    fn policy(&self) -> FeedPolicy {
        FeedPolicy::USUAL
    }

    async fn fetch(&self, window: Window) -> Result<Vec<CostRecord>, FetchError> {
        Ok(self.reports.charges(window).await?.iter().flat_map(convert::costs).collect())
    }
}

pub(super) struct Usage {
    pub(super) reports: Reports,
}

#[async_trait]
impl Feed<UsageRecord> for Usage {
    fn policy(&self) -> FeedPolicy {
        FeedPolicy::USUAL
    }

    async fn fetch(&self, window: Window) -> Result<Vec<UsageRecord>, FetchError> {
        Ok(self.reports.charges(window).await?.iter().filter_map(convert::usage).collect())
    }
}
