//! Use of a made-up account, as much as a large one has, and how it is stored.

use chrono::{DateTime, TimeDelta, Utc};
use llmtally::domain::period::{Day, Grain, Window};
use llmtally::domain::usage::{Dimensions, Meter, UsageRecord, UsageRole};
use llmtally::store::facts::{Answer, Falls, Stored};
use llmtally::store::lease::Fence;
use llmtally::store::record::{Record, UsageFact};
use rust_decimal::Decimal;

use crate::database::{Result, Scratch};

pub(crate) const METERS: [Meter; 4] = [Meter::Input, Meter::CacheRead, Meter::Output, Meter::Requests];
pub(crate) const MODELS: [&str; 2] = ["gpt-5-2025-08-07", "gpt-4.1-mini-2025-04-14"];

/// A day of hourly use: `keys` keys, each with both models and all meters.
pub(crate) fn used(day: Day, keys: u32) -> impl Iterator<Item = UsageFact> {
    let hours = (0..24).map(move |hour| day.start() + TimeDelta::hours(hour));
    hours.flat_map(move |at| {
        (0..keys).flat_map(move |key| {
            MODELS.into_iter().flat_map(move |model| {
                METERS.into_iter().map(move |meter| {
                    let quantity = Decimal::from(10_007 * (key + 1));
                    let record = UsageRecord { at, dims: dims(Some(key), key % 5, model), meter, quantity };
                    UsageFact { role: UsageRole::Measured, record }
                })
            })
        })
    })
}

pub(crate) fn dims(key: Option<u32>, project: u32, model: &str) -> Dimensions {
    Dimensions {
        project: Some(format!("proj_Zk1example{project}")),
        api_key: key.map(|key| format!("key_Q7example{key:04}")),
        user: key.map(|key| format!("user-R3example{key:04}")),
        model: Some(model.to_owned()),
        ..Dimensions::default()
    }
}

/// What a provider answers for the window at `now`.
pub(crate) async fn replace<R: Record>(
    scratch: &Scratch,
    fence: &Fence,
    window: Window,
    records: &[R],
    now: DateTime<Utc>,
) -> Result<Stored> {
    let falls = Falls { keep_ratio: Decimal::new(5, 1), min_amount: Decimal::ONE, confirm_after: TimeDelta::hours(6) };
    let answer = Answer { fence, grain: Grain::Hour, window, records, settles_after_days: 3, falls, now };
    Ok(scratch.store.replace(&answer).await?)
}
