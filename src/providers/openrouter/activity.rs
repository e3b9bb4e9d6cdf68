//! The feeds of days: `costs` and `usage…`, all from the activity of completed days.

use async_trait::async_trait;

use super::convert::{self, Payer};
use super::desk::{Desk, HISTORY_DAYS};
use crate::domain::cost::CostRecord;
use crate::domain::period::Window;
use crate::domain::usage::UsageRecord;
use crate::providers::feed::{Feed, FeedPolicy, FetchError, Grain};

/// One answer holds all days that there are, and today has none yet.
fn policy() -> FeedPolicy {
    FeedPolicy {
        grain: Grain::Day,
        days_per_fetch: HISTORY_DAYS + 1,
        settles_after_days: 3,
        history_days: Some(HISTORY_DAYS),
        second_look: true,
        leaves_out: [].into(),
    }
}

/// `costs`: what OpenRouter charges, and beside it what others charge for inference with their own keys.
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
        let rows = self.desk.activity(window, None).await?;
        Ok(rows.iter().flat_map(|(day, row)| convert::costs(*day, row)).collect())
    }
}

/// `usage` and `usage.byok`: the tokens and requests of one payer.
pub(super) struct Usage {
    desk: Desk,
    policy: FeedPolicy,
    payer: Payer,
}

impl Usage {
    pub(super) fn new(desk: Desk, payer: Payer) -> Self {
        Self { desk, policy: policy(), payer }
    }
}

#[async_trait]
impl Feed<UsageRecord> for Usage {
    fn policy(&self) -> &FeedPolicy {
        &self.policy
    }

    async fn fetch(&self, window: Window) -> Result<Vec<UsageRecord>, FetchError> {
        let rows = self.desk.activity(window, None).await?;
        let wanted = rows.iter().filter(|(_, row)| convert::payer(row) == self.payer);
        Ok(wanted.flat_map(|(day, row)| convert::usage(*day, row, None)).collect())
    }
}

/// `usage.keys`: what OpenRouter charges for, once more by key, which it only tells key by key.
pub(super) struct Keys {
    desk: Desk,
    policy: FeedPolicy,
}

impl Keys {
    pub(super) fn new(desk: Desk) -> Self {
        Self { desk, policy: policy() }
    }
}

#[async_trait]
impl Feed<UsageRecord> for Keys {
    fn policy(&self) -> &FeedPolicy {
        &self.policy
    }

    async fn fetch(&self, window: Window) -> Result<Vec<UsageRecord>, FetchError> {
        let mut records = Vec::new();
        for hash in self.desk.keys().await?.into_iter().filter_map(|key| key.hash) {
            let rows = self.desk.activity(window, Some(&hash)).await?;
            let wanted = rows.iter().filter(|(_, row)| convert::payer(row) == Payer::OpenRouter);
            records.extend(wanted.flat_map(|(day, row)| convert::usage(*day, row, Some(&hash))));
        }
        Ok(records)
    }
}
