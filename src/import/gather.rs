//! Adding up what says the same, so that a million lines of calls are a few charges a day.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::line::Charge;
use super::period::{self, Reach};
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::money::{Currency, Money};
use crate::domain::names::{DirectoryEntry, DirectoryKind};
use crate::domain::period::Day;
use crate::domain::usage::{Dimensions, Meter};

/// What makes two lines the same charge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    day: Day,
    dims: Dimensions,
    meter: Option<Meter>,
    line_item: Option<String>,
    category: ChargeCategory,
    currency: Currency,
    unit: Option<String>,
}

/// The charges so far.
#[derive(Default)]
pub(super) struct Gatherer {
    sums: BTreeMap<Key, (Decimal, Option<Decimal>)>,
    /// Charges that cannot be added to the others without losing digits.
    apart: Vec<CostRecord>,
    /// The last name of each id.
    names: BTreeMap<(DirectoryKind, String), String>,
    reach: Reach,
}

/// What the lines came to.
pub(super) struct Gathered {
    /// In the order of days.
    pub(super) records: Vec<CostRecord>,
    pub(super) names: Vec<DirectoryEntry>,
    /// Days that the lines begin or end in the middle of.
    pub(super) partly: BTreeSet<Day>,
}

impl Gatherer {
    pub(super) fn add(&mut self, charge: Charge) {
        let Charge { record, end, names } = charge;
        self.reach.add(record.at, end);
        self.names.extend(names.into_iter().map(|entry| ((entry.kind, entry.id), entry.name)));
        let days = period::days(record.at, end);
        let amounts = period::shares(record.amount.amount, &days);
        let quantities = record.quantity.map(|quantity| period::shares(quantity, &days));
        for (index, ((day, _), amount)) in days.into_iter().zip(amounts).enumerate() {
            let quantity = quantities.as_ref().and_then(|parts| parts.get(index).copied());
            self.put(key(&record, day), amount, quantity);
        }
    }

    fn put(&mut self, key: Key, amount: Decimal, quantity: Option<Decimal>) {
        let Some((sum, units)) = self.sums.get_mut(&key) else {
            self.sums.insert(key, (amount, quantity));
            return;
        };
        match exact_sum(*sum, amount) {
            Some(total) => {
                *sum = total;
                *units = units.map_or(quantity, |units| Some(units.saturating_add(quantity.unwrap_or_default())));
            }
            None => self.apart.push(record(key, amount, quantity)),
        }
    }

    pub(super) fn finish(self) -> Gathered {
        let partly = self.reach.partly();
        let sums = self.sums.into_iter().map(|(key, (amount, quantity))| record(key, amount, quantity));
        let mut records: Vec<CostRecord> = sums.chain(self.apart).collect();
        records.sort_by_key(|record| record.at);
        let names = self.names.into_iter().map(|((kind, id), name)| DirectoryEntry { kind, id, name });
        Gathered { records, names: names.collect(), partly }
    }
}

fn key(record: &CostRecord, day: Day) -> Key {
    Key {
        day,
        dims: record.dims.clone(),
        meter: record.meter,
        line_item: record.line_item.clone(),
        category: record.category,
        currency: record.amount.currency,
        unit: record.unit.clone(),
    }
}

fn record(key: Key, amount: Decimal, quantity: Option<Decimal>) -> CostRecord {
    CostRecord {
        at: key.day.start(),
        dims: key.dims,
        meter: key.meter,
        line_item: key.line_item,
        category: key.category,
        amount: Money::new(amount, key.currency),
        quantity,
        unit: key.unit,
    }
}

/// The sum, where a decimal has room for all its digits.
fn exact_sum(a: Decimal, b: Decimal) -> Option<Decimal> {
    let sum = a.checked_add(b)?;
    (sum.checked_sub(a)? == b && sum.checked_sub(b)? == a).then(|| sum.normalize())
}
