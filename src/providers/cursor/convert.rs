//! From Cursor's single events to our records of days.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::api::Event;
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::money::Money;
use crate::domain::period::Day;
use crate::domain::usage::{Dimensions, Meter, UsageRecord};
use crate::providers::feed::FetchError;
use crate::providers::number::Number;

/// The tier of use that the seats' fees pay for: no event charges for it.
pub(super) const INCLUDED: &str = "included";

/// What is charged for each day, by user, model and the way in which it is paid for.
///
/// # Errors
///
/// `Malformed` for an event that is charged and does not say how much.
pub(super) fn costs(events: &[(Day, Event)]) -> Result<Vec<CostRecord>, FetchError> {
    let mut sums: BTreeMap<(Day, Dimensions, Option<&str>), (Decimal, u32)> = BTreeMap::new();
    for (day, event) in events.iter().filter(|(_, event)| is_charged(event)) {
        let (cents, count) = sums.entry((*day, dims(event), event.kind.as_deref())).or_default();
        *cents += charge(event)?;
        *count += 1;
    }
    let records = sums.into_iter().filter(|(_, (cents, _))| !cents.is_zero());
    let record = |((day, dims, kind), (cents, count)): ((Day, Dimensions, Option<&str>), (Decimal, u32))| CostRecord {
        at: day.start(),
        dims,
        meter: None,
        line_item: kind.map(str::to_owned),
        category: ChargeCategory::Usage,
        amount: Money::usd(cents * Decimal::new(1, 2)),
        quantity: Some(count.into()),
        unit: Some("requests".to_owned()),
    };
    Ok(records.map(record).collect())
}

/// Tokens and requests of each day, by user and model.
pub(super) fn usage(events: &[(Day, Event)]) -> Vec<UsageRecord> {
    let mut sums: BTreeMap<(Day, Dimensions, Meter), Decimal> = BTreeMap::new();
    for (day, event) in events {
        for (meter, quantity) in quantities(event).into_iter().filter(|(_, quantity)| !quantity.is_zero()) {
            *sums.entry((*day, dims(event), meter)).or_default() += quantity;
        }
    }
    let record = |((day, dims, meter), quantity): ((Day, Dimensions, Meter), Decimal)| UsageRecord {
        at: day.start(),
        dims,
        meter,
        quantity,
    };
    sums.into_iter().map(record).collect()
}

fn quantities(event: &Event) -> [(Meter, Decimal); 5] {
    let count = |number: Option<Number>| number.map_or(Decimal::ZERO, |number| number.0);
    let tokens = event.token_usage.as_ref();
    [
        (Meter::Input, count(tokens.and_then(|tokens| tokens.input_tokens))),
        (Meter::CacheRead, count(tokens.and_then(|tokens| tokens.cache_read_tokens))),
        (Meter::CacheWrite, count(tokens.and_then(|tokens| tokens.cache_write_tokens))),
        (Meter::Output, count(tokens.and_then(|tokens| tokens.output_tokens))),
        (Meter::Requests, Decimal::ONE),
    ]
}

fn dims(event: &Event) -> Dimensions {
    Dimensions {
        user: event.user_email.clone(),
        model: event.model.clone(),
        service_tier: (!is_charged(event)).then(|| INCLUDED.to_owned()),
        ..Dimensions::default()
    }
}

/// Older answers only tell in words that the plan pays.
fn is_charged(event: &Event) -> bool {
    let included = || event.kind.as_ref().is_some_and(|kind| kind.to_lowercase().starts_with("included"));
    event.is_chargeable.unwrap_or_else(|| !included() && event.is_free_bugbot != Some(true))
}

/// Cents; older answers only tell the parts.
fn charge(event: &Event) -> Result<Decimal, FetchError> {
    let parts = || {
        let model = event.token_usage.as_ref()?.total_cents?;
        Some(model.0 + event.cursor_token_fee.map_or(Decimal::ZERO, |fee| fee.0))
    };
    let told = event.charged_cents.map(|cents| cents.0).or_else(parts);
    let fail =
        || FetchError::Malformed(format!("the usage event at {} is charged, and has no amount", event.timestamp.0));
    told.ok_or_else(fail)
}
