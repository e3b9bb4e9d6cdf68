//! What the calls of a day come to, log by log.

use std::collections::{BTreeMap, HashMap, HashSet};

use rust_decimal::Decimal;

use super::listing::Object;
use super::record::Call;
use crate::domain::period::Day;
use crate::domain::usage::{Dimensions, Meter, UsageRecord};

/// The calls of one day. It grows with the day: a log is read once, and a call that stands in several counts once.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// The tags of what was read, by key.
    read: HashMap<String, String>,
    calls: HashSet<u64>,
    sums: BTreeMap<(Dimensions, Meter), Decimal>,
}

impl Tally {
    pub(super) fn knows(&self, object: &Object) -> bool {
        self.read.get(&object.key) == Some(&object.tag)
    }

    /// Nothing was read yet.
    pub(super) fn is_empty(&self) -> bool {
        self.read.is_empty()
    }

    /// Takes in those of a log's calls that were made on `day`; they ran in `region` unless they tell another.
    pub(super) fn add(&mut self, object: Object, region: &str, day: Day, calls: Vec<Call>) {
        for call in calls.into_iter().filter(|call| Day::of(call.at) == day) {
            if !self.calls.insert(call.id) {
                continue;
            }
            let region = Some(call.region.unwrap_or_else(|| region.to_owned()));
            let dims = Dimensions { user: call.user, model: Some(call.model), region, ..Dimensions::default() };
            for (meter, count) in call.counts {
                let sum = self.sums.entry((dims.clone(), meter)).or_default();
                *sum = sum.saturating_add(count);
            }
        }
        self.read.insert(object.key, object.tag);
    }

    pub(super) fn records(&self, day: Day) -> Vec<UsageRecord> {
        let record = |((dims, meter), quantity): (&(Dimensions, Meter), &Decimal)| UsageRecord {
            at: day.start(),
            dims: dims.clone(),
            meter: *meter,
            quantity: *quantity,
        };
        self.sums.iter().map(record).collect()
    }
}
