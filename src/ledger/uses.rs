//! The use of a day, attributed, hours added up.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::attribution;
use crate::domain::names::Billing;
use crate::domain::spend::{DayFacts, Price, PricedUsage};

/// One combination's use of one meter.
#[derive(Debug, Clone)]
pub(crate) struct Use {
    pub usage: PricedUsage,
    /// The bill is meant to charge for it.
    pub covered: bool,
}

impl Use {
    /// US dollars at list price; nothing where the list does not know.
    pub(crate) fn list_price(&self) -> Decimal {
        match self.usage.price {
            Price::Rated(usd) => usd,
            Price::Free | Price::Unpriced => Decimal::ZERO,
        }
    }

    pub(crate) fn is_rated(&self) -> bool {
        matches!(self.usage.price, Price::Rated(_))
    }

    pub(crate) fn is_unpriced(&self) -> bool {
        self.usage.price == Price::Unpriced
    }
}

/// One element a combination, in an order that does not depend on the order of the records.
pub(crate) fn of_day(facts: &DayFacts) -> Vec<Use> {
    let usage = merge(attribution::attribute(merge(facts.usage.clone()), &facts.attribution));
    let covered = |usage: &PricedUsage| {
        let left_out = usage.dims.service_tier.as_ref().is_some_and(|tier| facts.leaves_out.contains(tier));
        usage.billing == Billing::Metered && !left_out
    };
    usage.into_iter().map(|usage| Use { covered: covered(&usage), usage }).collect()
}

fn merge(mut usage: Vec<PricedUsage>) -> Vec<PricedUsage> {
    usage.sort_by(order);
    usage.dedup_by(|next, kept| {
        let same = order(next, kept).is_eq();
        if same {
            kept.quantity = kept.quantity.saturating_add(next.quantity);
            if let (Price::Rated(sum), Price::Rated(more)) = (&mut kept.price, next.price) {
                *sum = sum.saturating_add(more);
            }
        }
        same
    });
    usage
}

/// What one list knows and another does not stays apart, so that a sum never hides unpriced use.
fn order(a: &PricedUsage, b: &PricedUsage) -> Ordering {
    let kind = |usage: &PricedUsage| match usage.price {
        Price::Rated(_) => 0_u8,
        Price::Free => 1,
        Price::Unpriced => 2,
    };
    a.dims
        .cmp(&b.dims)
        .then_with(|| a.model.cmp(&b.model))
        .then_with(|| a.meter.cmp(&b.meter))
        .then_with(|| a.billing.cmp(&b.billing))
        .then_with(|| kind(a).cmp(&kind(b)))
}
