//! Their sums as our records: three units of money become dollars, and no digit is lost.

use rust_decimal::Decimal;

use super::api::{Inference, Jobs};
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::money::Money;
use crate::domain::period::Day;
use crate::domain::usage::Dimensions;
use crate::providers::number::Number;

/// A unit of money of the vendor's.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unit {
    Nano,
    Micro,
    Cent,
}

impl Unit {
    /// US dollars.
    pub(super) fn dollars(self, number: Number) -> Decimal {
        let scale = match self {
            Self::Nano => 9,
            Self::Micro => 6,
            Self::Cent => 2,
        };
        (number.0 * Decimal::new(1, scale)).normalize()
    }
}

/// The included credit of a month, which the first use takes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Credit {
    /// US dollars of inference that this month has had.
    used: Decimal,
}

impl Credit {
    pub(super) fn after(used: Decimal) -> Self {
        Self { used }
    }

    /// How much of the credit goes into `more` use, in US dollars.
    pub(super) fn take(&mut self, more: Decimal, included: Decimal) -> Decimal {
        let before = self.used.min(included);
        self.used += more;
        self.used.min(included) - before
    }
}

/// The charges of a day's inference, provider by provider, less what `credit` has for them.
pub(super) fn inference(day: Day, inference: &Inference, credit: &mut Credit) -> Vec<CostRecord> {
    let used = Unit::Nano.dollars(inference.used_nano_usd);
    let mut records = Vec::new();
    let mut rest = used;
    for detail in inference.provider_details.iter().flatten() {
        let Some(cost) = detail.total_cost_nano_usd.map(|nano| Unit::Nano.dollars(nano)) else { continue };
        rest -= cost;
        let name = detail.provider_name.as_deref().unwrap_or("unknown");
        let requests = detail.num_requests.map(|requests| (requests.0, "requests"));
        records.push(record(day, &format!("inference providers: {name}"), cost, requests));
    }
    let alone = inference.num_requests.filter(|_| records.is_empty()).map(|requests| (requests.0, "requests"));
    records.push(record(day, "inference providers", rest, alone));
    let included = inference.included_nano_usd.map(|nano| Unit::Nano.dollars(nano)).unwrap_or_default();
    let given = record(day, "included inference credit", -credit.take(used, included), None);
    records.push(CostRecord { category: ChargeCategory::Credit, ..given });
    records.retain(|record| !record.amount.amount.is_zero());
    records
}

/// The charge of a day's jobs; `None` where there was none.
pub(super) fn jobs(day: Day, jobs: &Jobs) -> Option<CostRecord> {
    let minutes = jobs.total_minutes.map(|minutes| (minutes.0, "minutes"));
    let cost = Unit::Micro.dollars(jobs.used_micro_usd);
    (!cost.is_zero()).then(|| record(day, "jobs", cost, minutes))
}

fn record(day: Day, line_item: &str, amount: Decimal, quantity: Option<(Decimal, &str)>) -> CostRecord {
    CostRecord {
        at: day.start(),
        dims: Dimensions::default(),
        meter: None,
        line_item: Some(line_item.to_owned()),
        category: ChargeCategory::Usage,
        amount: Money::usd(amount),
        quantity: quantity.map(|(quantity, _)| quantity),
        unit: quantity.map(|(_, unit)| unit.to_owned()),
    }
}
