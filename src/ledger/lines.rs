//! The lines of a bill, hours and pages added up.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::domain::cost::ChargeCategory;
use crate::domain::money::Currency;
use crate::domain::spend::BilledCost;
use crate::domain::usage::{Dimensions, Meter};

/// What makes two records of a bill the same charge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Charge {
    pub category: ChargeCategory,
    pub currency: Currency,
    pub dims: Dimensions,
    pub model: Option<String>,
    pub meter: Option<Meter>,
    pub line_item: Option<String>,
}

impl Charge {
    pub(crate) fn tells_model(&self) -> bool {
        self.model.is_some() || self.dims.model.is_some()
    }

    /// A charge that says neither which model nor what was counted.
    pub(crate) fn is_lump(&self) -> bool {
        !self.tells_model() && self.meter.is_none()
    }
}

/// A charge and its sum for the day.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub charge: Charge,
    pub amount: Decimal,
}

/// One line a charge, in an order that does not depend on the order of the records.
pub(crate) fn merge(costs: &[BilledCost]) -> Vec<Line> {
    let mut lines: BTreeMap<Charge, Decimal> = BTreeMap::new();
    for BilledCost { record, model } in costs {
        let charge = Charge {
            category: record.category,
            currency: record.amount.currency,
            dims: record.dims.clone(),
            model: model.clone(),
            meter: record.meter,
            line_item: record.line_item.clone(),
        };
        let amount = lines.entry(charge).or_default();
        *amount = amount.saturating_add(record.amount.amount);
    }
    lines.into_iter().map(|(charge, amount)| Line { charge, amount }).collect()
}
