//! `subscription`: how much of the plan's credits is used, and what was used beyond them.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::DateTime;
use rust_decimal::prelude::ToPrimitive;

use super::api::Subscription;
use crate::domain::snapshot::{Reading, Snapshot};
use crate::providers::feed::{FetchError, Gauge};
use crate::providers::http::{Ask, Http};

pub(super) struct Quota {
    pub(super) http: Arc<Http>,
}

#[async_trait]
impl Gauge for Quota {
    async fn read(&self) -> Result<Vec<Snapshot>, FetchError> {
        let ask = Ask::get("v1/user/subscription");
        let subscription: Subscription = self.http.json(&ask).await?;
        Ok(readings(subscription))
    }
}

fn readings(subscription: Subscription) -> Vec<Snapshot> {
    let reset = subscription.next_character_count_reset_unix;
    let resets_at = reset.and_then(|seconds| DateTime::from_timestamp(seconds.0.to_i64()?, 0));
    let characters = Reading::Quota {
        unit: "characters".to_owned(),
        used: subscription.character_count.0,
        limit: Some(subscription.character_limit.0),
        resets_at,
    };
    let overage = subscription.current_overage.map(|overage| Snapshot {
        scope: "overage".to_owned(),
        reading: Reading::Quota { unit: overage.currency.to_string(), used: overage.amount.0, limit: None, resets_at },
    });
    [Snapshot { scope: String::new(), reading: characters }].into_iter().chain(overage).collect()
}
