//! The feeds of days, `costs` and `usage`, both from the daily activity.

use async_trait::async_trait;

use super::convert;
use super::desk::Desk;
use crate::domain::cost::CostRecord;
use crate::domain::period::Window;
use crate::domain::usage::UsageRecord;
use crate::providers::feed::{Feed, FeedPolicy, FetchError};

fn policy() -> FeedPolicy {
    FeedPolicy {
        // A request counts for the day on which it began, and is written down when it is over.
        settles_after_days: 2,
        // What a proxy has counted it never corrects.
        second_look: false,
        ..FeedPolicy::USUAL
    }
}

/// `costs`: what the proxy reckons.
pub(super) struct Costs {
    pub(super) desk: Desk,
}

#[async_trait]
impl Feed<CostRecord> for Costs {
    fn policy(&self) -> FeedPolicy {
        policy()
    }

    async fn fetch(&self, window: Window) -> Result<Vec<CostRecord>, FetchError> {
        Ok(convert::costs(&self.desk.activity(window).await?))
    }
}

/// `usage`: tokens and requests.
pub(super) struct Usage {
    pub(super) desk: Desk,
}

#[async_trait]
impl Feed<UsageRecord> for Usage {
    fn policy(&self) -> FeedPolicy {
        policy()
    }

    async fn fetch(&self, window: Window) -> Result<Vec<UsageRecord>, FetchError> {
        Ok(convert::usage(&self.desk.activity(window).await?))
    }
}
