//! What there is to say of a family, and how names, texts and registration follow from it.

use std::borrow::Cow;

use prometheus_client::metrics::{MetricType, TypedMetric};
use prometheus_client::registry::{self, Metric, Registry};

use crate::domain::money::Currency;
use crate::measures::Measure;
use crate::metrics::PREFIX;

/// What a family is to Prometheus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Gauge,
    Counter,
    Histogram,
    /// Always 1; the labels carry the facts.
    Info,
}

impl Kind {
    /// The type as text 0.0.4 knows it, which has no infos.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gauge | Self::Info => "gauge",
            Self::Counter => "counter",
            Self::Histogram => "histogram",
        }
    }
}

/// What the values of a family are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Money, in the currency that sums are told in.
    Currency,
    Ratio,
    Seconds,
    /// Whatever the name says.
    Count,
}

impl Unit {
    /// How it stands in names: for money the code of the currency in lower case.
    fn suffix(self, currency: Currency) -> Option<Cow<'static, str>> {
        match self {
            Self::Currency => Some(currency.as_str().to_ascii_lowercase().into()),
            Self::Ratio => Some("ratio".into()),
            Self::Seconds => Some("seconds".into()),
            Self::Count => None,
        }
    }
}

/// Which daemons show a family, when several share a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shown {
    /// One alone: what the database says, which would count and alert as often as it is shown.
    ByLeader,
    /// Each for itself: what it has done and how it is.
    ByEach,
}

/// One family.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Spec {
    /// Without prefix, unit and the suffix that the kind adds; this is what registration takes.
    pub stem: &'static str,
    pub unit: Unit,
    pub kind: Kind,
    /// One line without a full stop, which registration adds. See [`Spec::help`] for other currencies than the dollar.
    pub help: &'static str,
    pub labels: &'static [&'static str],
    pub shown: Shown,
}

impl Spec {
    /// The name that samples and queries use where sums are told in `currency`, such as `llmtally_spend_today_usd`; of a
    /// histogram, without `_bucket`.
    #[must_use]
    pub fn name(&self, currency: Currency) -> String {
        let mut name = format!("{PREFIX}_{}", self.stem);
        let suffix = match self.kind {
            Kind::Gauge | Kind::Histogram => None,
            Kind::Counter => Some("total".into()),
            Kind::Info => Some("info".into()),
        };
        for part in self.unit.suffix(currency).into_iter().chain(suffix) {
            name.push('_');
            name.push_str(&part);
        }
        name
    }

    /// What the family means where sums are told in `currency`. Changes in dollars are always counted, those in that currency too.
    #[must_use]
    pub fn help(&self, currency: Currency) -> Cow<'static, str> {
        if currency == Currency::USD || !self.help.contains(DOLLARS) {
            return self.help.into();
        }
        self.help.replace(DOLLARS, &format!("{DOLLARS} or {currency}")).into()
    }

    /// The same family, shown by each daemon for itself.
    pub(super) const fn by_each(self) -> Self {
        Self { shown: Shown::ByEach, ..self }
    }

    /// Puts a handle that counts for itself on the page: events and times, never money.
    pub fn register(&self, registry: &mut Registry, handle: impl Metric) {
        match self.open_metrics_unit(Currency::default()) {
            Some(unit) => registry.register_with_unit(self.stem, self.help, unit, handle),
            None => registry.register(self.stem, self.help, handle),
        }
    }

    pub(in crate::metrics) fn open_metrics_unit(&self, currency: Currency) -> Option<registry::Unit> {
        self.unit.suffix(currency).map(|unit| registry::Unit::Other(unit.into_owned()))
    }

    /// Values of the family add up, so that the smallest may share one series.
    #[must_use]
    pub fn folds(&self) -> bool {
        self.kind == Kind::Gauge && self.labels.contains(&"model")
    }
}

/// How a help says that only these are counted.
const DOLLARS: &str = "US dollars";

type Names = &'static [&'static str];

pub(super) const fn gauge(stem: &'static str, unit: Unit, labels: Names, help: &'static str) -> Spec {
    Spec { stem, unit, kind: Kind::Gauge, help, labels, shown: Shown::ByLeader }
}

pub(super) const fn counter(stem: &'static str, unit: Unit, labels: Names, help: &'static str) -> Spec {
    Spec { kind: Kind::Counter, ..gauge(stem, unit, labels, help) }
}

pub(super) const fn info(stem: &'static str, labels: Names, help: &'static str) -> Spec {
    Spec { kind: Kind::Info, ..gauge(stem, Unit::Count, labels, help) }
}

/// What each daemon counts of itself.
pub(super) const fn measured<M: TypedMetric, const N: usize>(measure: &'static Measure<M, N>) -> Spec {
    let unit = if measure.seconds { Unit::Seconds } else { Unit::Count };
    let kind = match M::TYPE {
        MetricType::Counter => Kind::Counter,
        MetricType::Histogram => Kind::Histogram,
        _ => Kind::Gauge,
    };
    Spec { kind, ..gauge(measure.stem, unit, &measure.labels, measure.help) }.by_each()
}
