//! A family of series between the ledger and the page: still decimal, so that adding and folding are exact.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::catalogue::Spec;

/// Label values in the order of [`Spec::labels`].
pub type Labels = Vec<Arc<str>>;

/// A value and what it weighs when the smallest have to go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Point {
    pub value: Decimal,
    /// Never negative. The same in all families of a combination, so that they fold alike and do not churn at midnight.
    pub weight: Decimal,
}

/// The series of one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    pub spec: &'static Spec,
    pub series: BTreeMap<Labels, Point>,
}

impl Family {
    #[must_use]
    pub fn new(spec: &'static Spec) -> Self {
        Self { spec, series: BTreeMap::new() }
    }

    /// Adds to the series with these labels; there is never a second one.
    pub fn add(&mut self, labels: Labels, point: Point) {
        debug_assert_eq!(labels.len(), self.spec.labels.len(), "{}", self.spec.stem);
        let held = self.series.entry(labels).or_default();
        held.value = held.value.saturating_add(point.value);
        held.weight = held.weight.saturating_add(point.weight);
    }

    /// Adds a value that never folds.
    pub fn set<const N: usize>(&mut self, labels: [&str; N], value: Decimal) {
        self.add(labels.into_iter().map(Arc::from).collect(), Point { value, weight: Decimal::ZERO });
    }
}
