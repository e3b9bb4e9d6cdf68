//! `usage` and `usage.users`: credits by day, broken down by one thing at a time.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::api::CharacterStats;
use crate::domain::period::{Day, Window};
use crate::domain::usage::{Dimensions, Meter, UsageRecord};
use crate::providers::feed::{Feed, FeedPolicy, FetchError};
use crate::providers::http::{Ask, Http};
use crate::providers::number::Number;

/// What the vendor is asked to tell apart: it takes one thing a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Model,
    User,
}

impl By {
    fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::User => "user",
        }
    }

    fn dims(self, name: String) -> Dimensions {
        match self {
            Self::Model => Dimensions { model: Some(name), ..Dimensions::default() },
            Self::User => Dimensions { user: Some(name), ..Dimensions::default() },
        }
    }
}

pub(super) struct Stats {
    pub(super) http: Arc<Http>,
    pub(super) by: By,
}

#[async_trait]
impl Feed<UsageRecord> for Stats {
    fn policy(&self) -> FeedPolicy {
        FeedPolicy::USUAL
    }

    async fn fetch(&self, window: Window) -> Result<Vec<UsageRecord>, FetchError> {
        // The last second of the last day: the end is a part of what is asked for.
        let end = window.end().start().timestamp_millis() - 1_000;
        let ask = Ask::get("v1/usage/character-stats")
            .with("start_unix", window.first().start().timestamp_millis().to_string())
            .with("end_unix", end.to_string())
            .with("include_workspace_metrics", "true")
            .with("breakdown_type", self.by.as_str())
            .with("aggregation_interval", "day")
            .with("metric", "credits");
        let stats: CharacterStats = self.http.json(&ask).await?;
        records(stats, self.by, window)
    }
}

/// A record for each value that is not zero.
///
/// # Errors
///
/// Times that are no days of `window`, and values that belong to no time.
fn records(stats: CharacterStats, by: By, window: Window) -> Result<Vec<UsageRecord>, FetchError> {
    let times: Vec<DateTime<Utc>> = stats.time.iter().map(|time| day_start(*time, window)).collect::<Result<_, _>>()?;
    let mut records = Vec::new();
    for (name, values) in stats.usage {
        if values.len() != times.len() {
            let text = format!("character stats have {} values for {} times", values.len(), times.len());
            return Err(FetchError::Malformed(text));
        }
        let dims = by.dims(name);
        let used = times.iter().zip(values).filter(|(_, value)| value.0 != Decimal::ZERO);
        records.extend(used.map(|(&at, value)| UsageRecord {
            at,
            dims: dims.clone(),
            meter: Meter::Characters,
            quantity: value.0,
        }));
    }
    Ok(records)
}

fn day_start(time: Number, window: Window) -> Result<DateTime<Utc>, FetchError> {
    let at = time.0.to_i64().and_then(DateTime::from_timestamp_millis);
    let is_asked_for = |at: &DateTime<Utc>| Day::of(*at).start() == *at && window.contains(Day::of(*at));
    at.filter(is_asked_for)
        .ok_or_else(|| FetchError::Malformed(format!("character stats are of {}, which is no day of {window}", time.0)))
}
