//! Whose bill it is, and `period`: what the current billing period comes to so far.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::api::{CurrentPeriod, Inference, Item};
use super::billing::Billing;
use super::convert::Unit;
use crate::domain::money::Currency;
use crate::domain::period::Day;
use crate::domain::snapshot::{Reading, Snapshot};
use crate::providers::account::Identity;
use crate::providers::feed::{FetchError, Gauge};

/// The user or organisation that the bill is sent to.
pub(super) struct Entity {
    pub(super) billing: Billing,
}

#[async_trait]
impl Identity for Entity {
    async fn ids(&self) -> Result<Vec<String>, FetchError> {
        Ok(vec![self.billing.period().await?.period.entity_id])
    }
}

pub(super) struct Period {
    pub(super) billing: Billing,
}

#[async_trait]
impl Gauge for Period {
    async fn read(&self) -> Result<Vec<Snapshot>, FetchError> {
        let now = self.billing.now();
        let month = Day::of(now).month_start();
        let sums = self.billing.sums(month.start(), now).await?;
        let current = self.billing.period().await?;
        let mut readings: Vec<Snapshot> = Vec::new();
        readings.extend(sums.inference_providers.iter().flat_map(|used| inference(used, month.plus_months(1).start())));
        readings.extend(compute(&current)?);
        let due = current.period.invoice.as_ref().and_then(|invoice| invoice.amount_due_cents);
        let due = due.map(|cents| quota("invoice", Unit::Cent.dollars(cents), None, current.period.period_end));
        readings.extend(due);
        Ok(readings)
    }
}

/// Inference against its limit, and against the credit that is included.
fn inference(used: &Inference, resets_at: DateTime<Utc>) -> Vec<Snapshot> {
    let positive =
        |nano: Option<_>| nano.map(|nano| Unit::Nano.dollars(nano)).filter(|dollars| *dollars > Decimal::ZERO);
    let dollars = Unit::Nano.dollars(used.used_nano_usd);
    let limit = quota("inference", dollars, positive(used.limit_nano_usd), Some(resets_at));
    let credit = positive(used.included_nano_usd)
        .map(|included| quota("included inference credit", dollars.min(included), Some(included), Some(resets_at)));
    [limit].into_iter().chain(credit).collect()
}

/// What each category of compute and storage comes to, without gifts.
fn compute(current: &CurrentPeriod) -> Result<Vec<Snapshot>, FetchError> {
    let lists = current.usage.iter().filter_map(|(category, items)| Some((category, items.as_array()?)));
    lists
        .map(|(category, items)| {
            let items: Result<Vec<Item>, _> = items.iter().map(Item::deserialize).collect();
            let items = items.map_err(|error| {
                FetchError::Malformed(format!("billing usage of {category} is not as documented: {error}"))
            })?;
            let paid = items.iter().filter(|item| item.free_grant != Some(true));
            let sum = paid.map(|item| Unit::Micro.dollars(item.total_cost_micro_usd)).sum();
            Ok(quota(category, sum, None, current.period.period_end))
        })
        .collect()
}

fn quota(scope: &str, used: Decimal, limit: Option<Decimal>, resets_at: Option<DateTime<Utc>>) -> Snapshot {
    let unit = Currency::USD.to_string();
    Snapshot { scope: scope.to_owned(), reading: Reading::Quota { unit, used, limit, resets_at } }
}
