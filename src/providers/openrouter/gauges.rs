//! Readings of now: the credit that is left, today's spend and the limits of keys.

use async_trait::async_trait;
use chrono::{DateTime, Datelike, Utc};
use rust_decimal::Decimal;

use super::api::{Credits, Key};
use super::desk::Desk;
use crate::domain::money::{Currency, Money};
use crate::domain::period::Day;
use crate::domain::snapshot::{Reading, Snapshot};
use crate::providers::feed::{FetchError, Gauge};
use crate::providers::http::Ask;

/// The scope of what was spent today, of which the activity tells nothing yet.
const TODAY: &str = "today";
/// The scope of the requests that a day may send to free models.
const FREE_MODELS: &str = "free models";

/// `balance`: credit that was bought and not used.
pub(super) struct Balance {
    pub(super) desk: Desk,
}

#[async_trait]
impl Gauge for Balance {
    async fn read(&self) -> Result<Vec<Snapshot>, FetchError> {
        let credits: Credits = self.desk.data(&Ask::get("credits")).await?;
        let left = Money::usd(credits.total_credits.0 - credits.total_usage.0);
        Ok(vec![Snapshot { scope: String::new(), reading: Reading::Balance(left) }])
    }
}

/// `limits`: of all keys, or of the one key that can tell of no others.
pub(super) struct Limits {
    pub(super) desk: Desk,
}

#[async_trait]
impl Gauge for Limits {
    async fn read(&self) -> Result<Vec<Snapshot>, FetchError> {
        let own: Key = self.desk.data(&Ask::get("key")).await?;
        let keys = if own.is_management() { self.desk.keys().await? } else { Vec::new() };
        Ok(readings(&own, &keys, self.desk.today()))
    }
}

/// A management key spends nothing itself, so its `others` are all that there is.
pub(super) fn readings(own: &Key, others: &[Key], today: Day) -> Vec<Snapshot> {
    let keys: Vec<&Key> = if own.is_management() { others.iter().collect() } else { vec![own] };
    let spent: Decimal = keys.iter().filter_map(|key| key.usage_daily).map(|usage| usage.0).sum();
    let mut readings = vec![quota(TODAY, dollars(), spent, None, Some(today.end()))];
    readings.extend(keys.iter().filter_map(|key| limit(key, &keys, today)));
    readings.extend(own.free_model_daily_requests.as_ref().map(|requests| {
        let limit = requests.limit.map(|limit| limit.0);
        quota(FREE_MODELS, "requests".to_owned(), requests.used.0, limit, Some(today.end()))
    }));
    readings
}

/// `None` for a key without a limit. What is used is what the limit lacks: the key's use is of all time.
fn limit(key: &Key, all: &[&Key], today: Day) -> Option<Snapshot> {
    let (limit, left) = (key.limit?.0, key.limit_remaining?.0);
    let name = key.name.as_deref().or(key.label.as_deref());
    let is_shared = all.iter().filter(|other| other.name.as_deref().or(other.label.as_deref()) == name).count() > 1;
    let scope = name.filter(|_| !is_shared).or(key.hash.as_deref()).unwrap_or_default();
    Some(quota(scope, dollars(), limit - left, Some(limit), resets_at(key.limit_reset.as_deref(), today)))
}

/// The vendor's periods are UTC; its week begins on Monday.
fn resets_at(every: Option<&str>, today: Day) -> Option<DateTime<Utc>> {
    let day = match every? {
        "daily" => today.next(),
        "weekly" => today.plus(7 - today.date().weekday().num_days_from_monday()),
        "monthly" => today.plus_months(1),
        _ => return None,
    };
    Some(day.start())
}

fn dollars() -> String {
    Currency::USD.to_string()
}

fn quota(
    scope: &str,
    unit: String,
    used: Decimal,
    limit: Option<Decimal>,
    resets_at: Option<DateTime<Utc>>,
) -> Snapshot {
    Snapshot { scope: scope.to_owned(), reading: Reading::Quota { unit, used, limit, resets_at } }
}
