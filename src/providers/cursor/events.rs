//! The feeds of days, `costs` and `usage`: both add up the same events.

use async_trait::async_trait;

use super::convert::{self, INCLUDED};
use super::desk::Desk;
use crate::domain::cost::CostRecord;
use crate::domain::period::Window;
use crate::domain::usage::UsageRecord;
use crate::providers::feed::{Feed, FeedPolicy, FetchError, Grain};

fn policy() -> FeedPolicy {
    FeedPolicy {
        grain: Grain::Day,
        // Cursor takes 30; a large team has hundreds of pages a week, and one that fails fails the window.
        days_per_fetch: 7,
        settles_after_days: 3,
        history_days: None,
        second_look: true,
        leaves_out: [INCLUDED.to_owned()].into(),
    }
}

/// `costs`: what is charged beyond the seats.
pub(super) struct Costs {
    desk: Desk,
    policy: FeedPolicy,
}

impl Costs {
    pub(super) fn new(desk: Desk) -> Self {
        Self { desk, policy: policy() }
    }
}

#[async_trait]
impl Feed<CostRecord> for Costs {
    fn policy(&self) -> &FeedPolicy {
        &self.policy
    }

    async fn fetch(&self, window: Window) -> Result<Vec<CostRecord>, FetchError> {
        convert::costs(&self.desk.events(window).await?)
    }
}

/// `usage`: tokens and requests, whoever pays for them.
pub(super) struct Usage {
    desk: Desk,
    policy: FeedPolicy,
}

impl Usage {
    pub(super) fn new(desk: Desk) -> Self {
        Self { desk, policy: policy() }
    }
}

#[async_trait]
impl Feed<UsageRecord> for Usage {
    fn policy(&self) -> &FeedPolicy {
        &self.policy
    }

    async fn fetch(&self, window: Window) -> Result<Vec<UsageRecord>, FetchError> {
        Ok(convert::usage(&self.desk.events(window).await?))
    }
}
