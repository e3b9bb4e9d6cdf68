//! Their rows as our records: the vendor gives units and prices, and no amounts.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::api::{Month, Price, Row};
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::money::{Currency, Money};
use crate::domain::period::Day;
use crate::domain::usage::{Dimensions, Meter, UsageRecord};
use crate::providers::feed::FetchError;

/// What stands behind the text of a charge whose amount is not zero but unknown.
const UNPRICED: &str = " (without a price)";

/// The texts of charges whose price the month does not tell.
pub(super) fn unpriced(month: &Month, rows: &[(Day, Row)]) -> BTreeSet<String> {
    let paid = rows.iter().map(|(_, row)| row).filter(|row| !paid_units(row).is_zero());
    paid.filter(|row| price(&month.prices, row).is_none()).map(line_item).collect()
}

/// The records of a month's rows.
///
/// # Errors
///
/// [`FetchError::Malformed`] where rows cost something in a currency that the month does not name.
pub(super) fn costs(month: &Month, rows: &[(Day, Row)]) -> Result<Vec<CostRecord>, FetchError> {
    let paid = rows.iter().filter(|(_, row)| !paid_units(row).is_zero());
    paid.map(|(day, row)| {
        let unnamed = || FetchError::Malformed(format!("usage of {day} is paid for in no currency"));
        cost(*day, row, price(&month.prices, row), month.currency.ok_or_else(unnamed)?)
    })
    .collect()
}

fn cost(day: Day, row: &Row, price: Option<Decimal>, currency: Currency) -> Result<CostRecord, FetchError> {
    let units = paid_units(row);
    let unpriced = if price.is_none() { UNPRICED } else { "" };
    let amount = units.checked_mul(price.unwrap_or_default());
    let amount = amount.ok_or_else(|| FetchError::Malformed(format!("cost of {day} is beyond all bounds")))?;
    Ok(CostRecord {
        at: day.start(),
        dims: dims(row),
        meter: meter(row),
        line_item: Some(line_item(row) + unpriced),
        category: if amount < Decimal::ZERO { ChargeCategory::Credit } else { ChargeCategory::Usage },
        amount: Money::new(amount.normalize(), currency),
        quantity: Some(units),
        unit: row.event_type.clone(),
    })
}

/// The price of a row's unit: metric and group must agree, and whatever else both name. The one that names most wins.
fn price(prices: &[Price], row: &Row) -> Option<Decimal> {
    let candidates = prices.iter().filter(|price| {
        price.billing_metric == row.billing_metric
            && price.billing_group == row.billing_group
            && agreed(price, row).is_some()
    });
    candidates.max_by_key(|price| agreed(price, row)).map(|price| price.price.0)
}

/// How many of the further names price and row have in common; `None` where they contradict each other.
fn agreed(price: &Price, row: &Row) -> Option<usize> {
    let names = [
        (&price.event_type, &row.event_type),
        (&price.api_zone, &row.api_zone),
        (&price.service_tier, &row.service_tier),
    ];
    let told: Vec<_> = names.into_iter().filter_map(|(price, row)| price.as_ref().zip(row.as_ref())).collect();
    told.iter().all(|(price, row)| price == row).then_some(told.len())
}

/// The record of a row whose units llmtally has a meter for.
pub(super) fn usage(day: Day, row: &Row, workspace: Option<&str>) -> Option<UsageRecord> {
    let dims = Dimensions { project: workspace.map(str::to_owned), ..dims(row) };
    let record = UsageRecord { at: day.start(), dims, meter: meter(row)?, quantity: row.value.0 };
    (!record.quantity.is_zero()).then_some(record)
}

fn paid_units(row: &Row) -> Decimal {
    row.value_paid.unwrap_or(row.value).0
}

fn meter(row: &Row) -> Option<Meter> {
    let kind = row.event_type.as_deref().unwrap_or("api_tokens");
    if kind.ends_with("_tokens") {
        return match row.billing_group.as_deref()? {
            "input" => Some(Meter::Input),
            "cached" => Some(Meter::CacheRead),
            "output" => Some(Meter::Output),
            _ => None,
        };
    }
    match kind {
        "api_audio_seconds" | "vibe_audio_seconds" | "api_libraries_audio" => Some(Meter::Seconds),
        "api_audio_characters" | "vibe_audio_characters" => Some(Meter::Characters),
        _ => None,
    }
}

fn dims(row: &Row) -> Dimensions {
    let unless = |text: &Option<String>, usual: &str| text.clone().filter(|text| text != usual);
    Dimensions {
        model: Some(row.billing_metric.clone()),
        service_tier: unless(&row.service_tier, "standard"),
        region: unless(&row.api_zone, "global"),
        ..Dimensions::default()
    }
}

/// The vendor has no text for a charge: what was counted, of which model, and for what.
fn line_item(row: &Row) -> String {
    let kind = row.event_type.as_deref().unwrap_or("unknown");
    let model = row.billing_display_name.as_deref().unwrap_or(&row.billing_metric);
    let group = row.billing_group.as_deref().unwrap_or("all");
    format!("{kind}: {model}, {group}")
}
