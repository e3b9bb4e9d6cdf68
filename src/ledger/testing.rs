//! Short words for tests.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::money::Money;
use crate::domain::names::Billing;
use crate::domain::period::Day;
use crate::domain::spend::{Bill, BilledCost, DayFacts, Price, PricedUsage, SpendRow};
use crate::domain::usage::{Dimensions, Meter};

pub(crate) fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(crate) fn day() -> Day {
    "2026-11-20".parse().unwrap()
}

pub(crate) fn dims(project: &str, model: &str) -> Dimensions {
    Dimensions { project: Some(project.to_owned()), model: Some(model.to_owned()), ..Dimensions::default() }
}

/// Metered use with its list price in US dollars.
pub(crate) fn usage(project: &str, model: &str, meter: Meter, quantity: &str, usd: &str) -> PricedUsage {
    PricedUsage {
        dims: dims(project, model),
        model: Some(model.to_owned()),
        meter,
        quantity: dec(quantity),
        price: Price::Rated(dec(usd)),
        billing: Billing::Metered,
    }
}

/// A line of a bill in US dollars.
pub(crate) fn line(project: &str, model: &str, meter: Meter, amount: &str) -> BilledCost {
    BilledCost {
        record: CostRecord {
            at: day().start(),
            dims: dims(project, model),
            meter: Some(meter),
            line_item: Some(format!("{model}, {meter}")),
            category: ChargeCategory::Usage,
            amount: Money::usd(dec(amount)),
            quantity: None,
            unit: None,
        },
        model: Some(model.to_owned()),
    }
}

pub(crate) fn facts(bill: Bill, usage: Vec<PricedUsage>) -> DayFacts {
    DayFacts {
        day: day(),
        bill,
        usage,
        attribution: Vec::new(),
        leaves_out: BTreeSet::new(),
        usd_rates: BTreeMap::new(),
    }
}

/// `key|user|model|meter basis amount quantity estimated`, one text a row, for readable expectations.
pub(crate) fn show(rows: &[SpendRow]) -> Vec<String> {
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    rows.iter()
        .map(|row| {
            let meter = row.meter.map_or("-", Meter::as_str);
            let who = format!("{} {} {} {meter}", text(&row.dims.project), text(&row.dims.api_key), text(&row.model));
            let estimated = row.estimated.map_or("?".to_owned(), |usd| usd.normalize().to_string());
            let (amount, quantity) = (row.amount.normalize(), row.quantity.normalize());
            format!("{who}: {} {amount} for {quantity}, list {estimated}", row.basis.as_str())
        })
        .collect()
}
