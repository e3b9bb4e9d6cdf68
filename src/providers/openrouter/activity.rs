//! The feeds of days: `costs` and `usage…`, all from the activity of completed days.

use async_trait::async_trait;

use super::convert::{self, Payer};
use super::desk::{Desk, HISTORY_DAYS};
use crate::domain::cost::CostRecord;
use crate::domain::period::Window;
use crate::domain::usage::UsageRecord;
use crate::providers::feed::{Feed, FeedPolicy, FetchError};

/// One answer holds all days that there are, and today has none yet.
fn policy() -> FeedPolicy {
    FeedPolicy { days_per_fetch: HISTORY_DAYS + 1, history_days: Some(HISTORY_DAYS), ..FeedPolicy::USUAL }
}

/// `costs`: what OpenRouter charges, and beside it what others charge for inference with their own keys.
pub(super) struct Costs {
    pub(super) desk: Desk,
}

#[async_trait]
impl Feed<CostRecord> for Costs {
    fn policy(&self) -> FeedPolicy {
        policy()
    }

    async fn fetch(&self, window: Window) -> Result<Vec<CostRecord>, FetchError> {
        let rows = self.desk.activity(window, None).await?;
        Ok(rows.iter().flat_map(|(day, row)| convert::costs(*day, row)).collect())
    }
}

/// `usage` and `usage.byok`: the tokens and requests of one payer.
pub(super) struct Usage {
    pub(super) desk: Desk,
    pub(super) payer: Payer,
}

#[async_trait]
impl Feed<UsageRecord> for Usage {
    fn policy(&self) -> FeedPolicy {
        policy()
    }

    async fn fetch(&self, window: Window) -> Result<Vec<UsageRecord>, FetchError> {
        let rows = self.desk.activity(window, None).await?;
        let wanted = rows.iter().filter(|(_, row)| convert::payer(row) == self.payer);
        Ok(wanted.flat_map(|(day, row)| convert::usage(*day, row, None)).collect())
    }
}

/// `usage.keys`: what OpenRouter charges for, once more by key, which it only tells key by key.
pub(super) struct Keys {
    pub(super) desk: Desk,
}

#[async_trait]
impl Feed<UsageRecord> for Keys {
    fn policy(&self) -> FeedPolicy {
        policy()
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
