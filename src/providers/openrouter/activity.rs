//! The feeds of days: `costs` and `usage…`, all from the activity of completed days.

use async_trait::async_trait;

use super::api::Activity;
use super::convert::{self, Payer};
use super::desk::{Desk, HISTORY_DAYS};
use crate::domain::cost::CostRecord;
use crate::domain::period::{Day, Window};
use crate::domain::usage::UsageRecord;
use crate::providers::feed::{Feed, FeedPolicy, FetchError};
use crate::providers::statement::Statement;

#[async_trait]
impl Statement for Desk {
    type Line = (Day, Activity);

    /// One answer holds all days that there are, and today has none yet.
    fn policy(&self) -> FeedPolicy {
        FeedPolicy { days_per_fetch: HISTORY_DAYS + 1, history_days: Some(HISTORY_DAYS), ..FeedPolicy::USUAL }
    }

    async fn lines(&self, window: Window) -> Result<Vec<(Day, Activity)>, FetchError> {
        self.activity(window, None).await
    }
}

/// `costs`: what OpenRouter charges, and beside it what others charge for inference with their own keys.
pub(super) fn costs(desk: &Desk) -> impl Feed<CostRecord> + use<> {
    desk.feed(|rows| Ok(rows.iter().flat_map(|(day, row)| convert::costs(*day, row)).collect()))
}

/// `usage` and `usage.byok`: the tokens and requests of one payer.
pub(super) fn usage(desk: &Desk, payer: Payer) -> impl Feed<UsageRecord> + use<> {
    desk.feed(move |rows| {
        let wanted = rows.iter().filter(|(_, row)| convert::payer(row) == payer);
        Ok(wanted.flat_map(|(day, row)| convert::usage(*day, row, None)).collect())
    })
}

/// `usage.keys`: what OpenRouter charges for, once more by key, which it only tells key by key.
pub(super) struct Keys {
    pub(super) desk: Desk,
}

#[async_trait]
impl Feed<UsageRecord> for Keys {
    fn policy(&self) -> FeedPolicy {
        self.desk.policy()
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
