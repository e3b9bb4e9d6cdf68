//! Cost and use under one name, so that one suite can ask every feed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use llmtally::domain::cost::{ChargeCategory, CostRecord};
use llmtally::domain::period::{Day, Window};
use llmtally::domain::usage::{Dimensions, UsageRecord};
use llmtally::providers::feed::{FeedKind, FeedPolicy, FetchError, NamedFeed};
use rust_decimal::Decimal;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Record {
    Cost(CostRecord),
    Usage(UsageRecord),
}

impl Record {
    pub(crate) fn at(&self) -> DateTime<Utc> {
        match self {
            Self::Cost(cost) => cost.at,
            Self::Usage(usage) => usage.at,
        }
    }

    pub(crate) fn dims(&self) -> &Dimensions {
        match self {
            Self::Cost(cost) => &cost.dims,
            Self::Usage(usage) => &usage.dims,
        }
    }

    /// Whether it is a charge of the vendor's own.
    pub(crate) fn is_charged(&self) -> bool {
        matches!(self, Self::Cost(cost) if cost.category != ChargeCategory::Purchase)
    }

    /// What is counted, and how much of it.
    fn counted(&self) -> (&'static str, Decimal) {
        match self {
            Self::Cost(cost) => ("amount", cost.amount.amount),
            Self::Usage(usage) => (usage.meter.as_str(), usage.quantity),
        }
    }
}

/// Money and use by day, whoever and whatever it was for.
pub(crate) fn totals(records: &[Record]) -> BTreeMap<(Day, &'static str), Decimal> {
    let mut totals = BTreeMap::new();
    for record in records {
        let (what, quantity) = record.counted();
        *totals.entry((Day::of(record.at()), what)).or_default() += quantity;
    }
    totals
}

/// The records in an order of their own, for answers that may come in any.
pub(crate) fn sorted(mut records: Vec<Record>) -> Vec<Record> {
    records.sort_by_cached_key(|record| format!("{record:?}"));
    records
}

/// How a feed of days wants to be asked; `None` for feeds of other kinds.
pub(crate) fn policy(feed: &NamedFeed) -> Option<FeedPolicy> {
    match &feed.kind {
        FeedKind::Costs(feed) => Some(feed.policy()),
        FeedKind::Usage(_, feed) => Some(feed.policy()),
        FeedKind::Directory(_) | FeedKind::Snapshots(_) | FeedKind::Purse(_) | FeedKind::Calls(..) => None,
    }
}

pub(crate) async fn fetch(feed: &NamedFeed, window: Window) -> Result<Vec<Record>, FetchError> {
    match &feed.kind {
        FeedKind::Costs(feed) => Ok(feed.fetch(window).await?.into_iter().map(Record::Cost).collect()),
        FeedKind::Usage(_, feed) => Ok(feed.fetch(window).await?.into_iter().map(Record::Usage).collect()),
        FeedKind::Directory(_) | FeedKind::Snapshots(_) | FeedKind::Purse(_) | FeedKind::Calls(..) => {
            panic!("{} answers for no days", feed.name)
        }
    }
}

/// All records of the window, asked for in as many pieces as the feed wants.
pub(crate) async fn fetch_all(feed: &NamedFeed, window: Window) -> Vec<Record> {
    let days = policy(feed).unwrap().days_per_fetch;
    let mut records = Vec::new();
    let mut first = window.first();
    while first < window.end() {
        let end = first.plus(days).min(window.end());
        records.extend(fetch(feed, Window::new(first, end).unwrap()).await.unwrap());
        first = end;
    }
    records
}
