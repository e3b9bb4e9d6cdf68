//! What a daemon counts of itself. Each family is described here once: what counts takes its name, its help and its labels from
//! here, and so does the catalogue of the page.

use std::fmt::Debug;

use prometheus_client::encoding::EncodeMetric;
use prometheus_client::metrics::TypedMetric;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// One family of `M`, with `N` labels.
#[derive(Debug)]
pub struct Measure<M, const N: usize> {
    /// Without prefix, unit and the suffix that the kind adds.
    pub stem: &'static str,
    /// Whether values are seconds, which the name says, too. Others are what the name says.
    pub seconds: bool,
    pub labels: [&'static str; N],
    /// One line without a full stop, which registration adds.
    pub help: &'static str,
    series: fn() -> M,
}

const FEED: [&str; 3] = ["provider", "account", "feed"];
const ACCOUNT: [&str; 2] = ["provider", "account"];

pub static SYNC_RUNS: Measure<Counter, 3> = counter("sync_runs", FEED, "Runs of the feed");
pub static SYNC_FAILURES: Measure<Counter, 4> =
    counter("sync_failures", ["provider", "account", "feed", "reason"], "Runs of the feed that failed");
pub static SYNC_RECORDS: Measure<Counter, 3> = counter("sync_records", FEED, "Records that the feed has fetched");
pub static SYNC_DURATION: Measure<Histogram, 3> = Measure {
    stem: "sync_duration",
    seconds: true,
    labels: FEED,
    help: "How long a run of the feed takes",
    series: || Histogram::new([0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0]),
};

pub static PROVIDER_REQUESTS: Measure<Counter, 3> =
    counter("provider_requests", ["provider", "account", "code"], "HTTP requests to the provider by status code");
pub static PROVIDER_RATE_LIMITED_UNTIL: Measure<Gauge, 2> = Measure {
    stem: "provider_rate_limited_until_timestamp",
    seconds: true,
    labels: ACCOUNT,
    help: "Until when the provider has asked to be left alone",
    series: Gauge::default,
};
pub static PROVIDER_SHAPE_CHANGES: Measure<Counter, 2> = counter(
    "provider_shape_changes",
    ACCOUNT,
    "Fields, notations and kinds of things that answers of the provider did not have before",
);

const fn counter<const N: usize>(
    stem: &'static str,
    labels: [&'static str; N],
    help: &'static str,
) -> Measure<Counter, N> {
    Measure { stem, seconds: false, labels, help, series: Counter::default }
}

type Labels<const N: usize> = [(&'static str, String); N];

/// The series of a family, by the values of its labels. Clones count for the same.
#[derive(Debug)]
pub struct Series<M: 'static, const N: usize> {
    measure: &'static Measure<M, N>,
    family: Family<Labels<N>, M, fn() -> M>,
}

impl<M, const N: usize> Measure<M, N>
where
    M: EncodeMetric + TypedMetric + Clone + Debug + Send + Sync,
{
    /// Puts the family on the page; without the answer nothing counts for it.
    #[must_use]
    pub fn register(&'static self, registry: &mut Registry) -> Series<M, N> {
        let series = Series { measure: self, family: Family::new_with_constructor(self.series) };
        let family = series.family.clone();
        if self.seconds {
            registry.register_with_unit(self.stem, self.help, Unit::Seconds, family);
        } else {
            registry.register(self.stem, self.help, family);
        }
        series
    }
}

impl<M: Clone, const N: usize> Series<M, N> {
    /// The one with these values, in the order of the labels. It is on the page from now on: a rate over it does not miss the
    /// first event.
    #[must_use]
    pub fn of(&self, values: [&str; N]) -> M {
        let mut values = values.into_iter();
        let labels = self.measure.labels.map(|label| (label, values.next().unwrap_or_default().to_owned()));
        self.family.get_or_create_owned(&labels)
    }
}

impl<M, const N: usize> Clone for Series<M, N> {
    fn clone(&self) -> Self {
        Self { measure: self.measure, family: self.family.clone() }
    }
}
