//! What sync tells about itself.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::error::RunError;
use crate::domain::names::{AccountName, FeedName};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct FeedLabels {
    provider: &'static str,
    account: String,
    feed: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FailureLabels {
    provider: &'static str,
    account: String,
    feed: &'static str,
    reason: &'static str,
}

type Histograms = Family<FeedLabels, Histogram, fn() -> Histogram>;

/// Counters of sync runs, shared by all workers.
#[derive(Debug, Clone)]
pub struct SyncMetrics {
    runs: Family<FeedLabels, Counter>,
    failures: Family<FailureLabels, Counter>,
    records: Family<FeedLabels, Counter>,
    duration: Histograms,
}

fn buckets() -> Histogram {
    Histogram::new([0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0])
}

impl SyncMetrics {
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            runs: Family::default(),
            failures: Family::default(),
            records: Family::default(),
            duration: Family::new_with_constructor(buckets),
        };
        registry.register("sync_runs", "Sync runs that ended, well or not", metrics.runs.clone());
        registry.register("sync_failures", "Sync runs that failed, by reason", metrics.failures.clone());
        registry.register("sync_records", "Records stored by sync runs", metrics.records.clone());
        let help = "Time that sync runs took";
        registry.register_with_unit("sync_duration", help, Unit::Seconds, metrics.duration.clone());
        metrics
    }

    /// The counters of one feed, all of them present from the start.
    #[must_use]
    pub fn feed(&self, account: &AccountName, feed: FeedName) -> FeedMetrics {
        let labels = FeedLabels { provider: account.provider.as_str(), account: account.account.clone(), feed: feed.0 };
        for reason in RunError::reasons() {
            drop(self.failures.get_or_create(&failure(&labels, reason)));
        }
        drop(self.runs.get_or_create(&labels));
        drop(self.records.get_or_create(&labels));
        drop(self.duration.get_or_create(&labels));
        FeedMetrics { all: self.clone(), labels }
    }
}

fn failure(labels: &FeedLabels, reason: &'static str) -> FailureLabels {
    FailureLabels { provider: labels.provider, account: labels.account.clone(), feed: labels.feed, reason }
}

#[derive(Debug, Clone)]
pub struct FeedMetrics {
    all: SyncMetrics,
    labels: FeedLabels,
}

impl FeedMetrics {
    pub fn run_ended(&self, seconds: f64, failed: Option<&'static str>) {
        self.all.runs.get_or_create(&self.labels).inc();
        self.all.duration.get_or_create(&self.labels).observe(seconds);
        if let Some(reason) = failed {
            self.all.failures.get_or_create(&failure(&self.labels, reason)).inc();
        }
    }

    pub fn stored(&self, records: usize) {
        self.all.records.get_or_create(&self.labels).inc_by(records as u64);
    }
}
