//! What sync tells about itself.

use std::collections::BTreeMap;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::error::RunError;
use crate::domain::names::{AccountName, FeedName};
use crate::measures::{SYNC_DURATION, SYNC_FAILURES, SYNC_RECORDS, SYNC_RUNS, Series};

/// Counters of sync runs, shared by all workers.
#[derive(Debug, Clone)]
pub struct SyncMetrics {
    runs: Series<Counter, 3>,
    failures: Series<Counter, 4>,
    records: Series<Counter, 3>,
    duration: Series<Histogram, 3>,
}

impl SyncMetrics {
    pub fn register(registry: &mut Registry) -> Self {
        Self {
            runs: SYNC_RUNS.register(registry),
            failures: SYNC_FAILURES.register(registry),
            records: SYNC_RECORDS.register(registry),
            duration: SYNC_DURATION.register(registry),
        }
    }

    /// The counters of one feed, all of them present from the start.
    #[must_use]
    pub fn feed(&self, account: &AccountName, feed: FeedName) -> FeedMetrics {
        let values @ [provider, name, feed] = [account.provider.as_str(), &account.account, feed.0];
        let failures = RunError::reasons().map(|reason| (reason, self.failures.of([provider, name, feed, reason])));
        FeedMetrics {
            runs: self.runs.of(values),
            failures: failures.collect(),
            records: self.records.of(values),
            duration: self.duration.of(values),
        }
    }
}

#[derive(Debug, Clone)]
pub struct FeedMetrics {
    runs: Counter,
    /// By reason.
    failures: BTreeMap<&'static str, Counter>,
    records: Counter,
    duration: Histogram,
}

impl FeedMetrics {
    pub fn run_ended(&self, seconds: f64, failed: Option<&'static str>) {
        self.runs.inc();
        self.duration.observe(seconds);
        if let Some(counter) = failed.and_then(|reason| self.failures.get(reason)) {
            counter.inc();
        }
    }

    pub fn stored(&self, records: usize) {
        self.records.inc_by(records as u64);
    }
}
