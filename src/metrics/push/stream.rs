//! A family as OTLP sees it: a name, and what stands behind each set of labels at one moment.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// Names and values, in the order of the page.
pub(super) type Labels<'a> = Vec<(&'a str, Cow<'a, str>)>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Gauge,
    Counter,
    Histogram,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Number(f64),
    Buckets(Buckets),
    /// There was a value before, and there is none any more.
    Ended,
}

/// A histogram of one series, as the page writes it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Buckets {
    /// Upper bounds, and how many observations are not above each; in order, without the infinite one.
    pub(super) up_to: Vec<(f64, u64)>,
    pub(super) sum: f64,
    pub(super) count: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stream<'a> {
    /// What samples are called; of a histogram, without `_bucket`.
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) help: &'a str,
    /// As on the page: `seconds`, `ratio`, a currency in small letters, or nothing.
    pub(super) unit: &'a str,
    pub(super) series: BTreeMap<Labels<'a>, Value>,
}
