//! The feeds of days, `costs` and `usage`: both add up the same events.

use async_trait::async_trait;

use super::convert::{self, INCLUDED};
use super::desk::Desk;
use crate::domain::cost::CostRecord;
use crate::domain::period::Window;
use crate::domain::usage::UsageRecord;
use crate::providers::feed::{Feed, FeedPolicy, FetchError};

fn policy() -> FeedPolicy {
    FeedPolicy {
        // Cursor takes 30; a large team has hundreds of pages a week, and one that fails fails the window.
        days_per_fetch: 7,
        leaves_out: &[INCLUDED],
        ..FeedPolicy::USUAL
    }
}

/// `costs`: what is charged beyond the seats.
pub(super) struct Costs {
    pub(super) desk: Desk,
}

#[async_trait]
impl Feed<CostRecord> for Costs {
    fn policy(&self) -> FeedPolicy {
        policy()
    }

    async fn fetch(&self, window: Window) -> Result<Vec<CostRecord>, FetchError> {
        convert::costs(&self.desk.events(window).await?)
    }
}

/// `usage`: tokens and requests, whoever pays for them.
pub(super) struct Usage {
    pub(super) desk: Desk,
}

#[async_trait]
impl Feed<UsageRecord> for Usage {
    fn policy(&self) -> FeedPolicy {
        policy()
    }

    async fn fetch(&self, window: Window) -> Result<Vec<UsageRecord>, FetchError> {
        Ok(convert::usage(&self.desk.events(window).await?))
    }
}
