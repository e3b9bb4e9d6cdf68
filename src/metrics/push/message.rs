//! One family as a message of OTLP.
//!
//! Names are those of the page in full, and units are such that a receiver which turns units into suffixes adds none: a
//! Prometheus that is told has the same names as one that scrapes.

use chrono::{DateTime, Utc};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, DataPointFlags, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, Sum,
    number_data_point,
};

use super::stream::{Buckets, Kind, Labels, Stream, Value};

/// When, in nanoseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Times {
    /// Since when counters count; 0 says that it is not known.
    start: u64,
    now: u64,
}

impl Times {
    pub(super) fn new(start: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        Self { start: nanoseconds(start), now: nanoseconds(now) }
    }

    /// For counts that the database keeps: they are older than any process, and go on when it is started again.
    pub(super) fn of_unknown_start(self) -> Self {
        Self { start: 0, ..self }
    }
}

fn nanoseconds(time: DateTime<Utc>) -> u64 {
    time.timestamp_nanos_opt().and_then(|nanoseconds| nanoseconds.try_into().ok()).unwrap_or_default()
}

pub(super) fn metric(stream: Stream<'_>, times: Times) -> Metric {
    let Stream { name, kind, help, unit, series } = stream;
    let temporality = AggregationTemporality::Cumulative.into();
    let data = match kind {
        Kind::Gauge => {
            let times = times.of_unknown_start();
            Data::Gauge(Gauge { data_points: series.into_iter().map(|of| number(of, times)).collect() })
        }
        Kind::Counter => Data::Sum(Sum {
            data_points: series.into_iter().map(|of| number(of, times)).collect(),
            aggregation_temporality: temporality,
            is_monotonic: true,
        }),
        Kind::Histogram => Data::Histogram(Histogram {
            data_points: series.into_iter().map(|of| buckets(of, times)).collect(),
            aggregation_temporality: temporality,
        }),
    };
    Metric { name, description: help.to_owned(), unit: ucum(unit), data: Some(data), ..Metric::default() }
}

/// The unit in UCUM, which has no currencies: what it does not know stands in braces.
fn ucum(unit: &str) -> String {
    match unit {
        "" => String::new(),
        "seconds" => "s".to_owned(),
        "ratio" => "1".to_owned(),
        currency => format!("{{{}}}", currency.to_ascii_uppercase()),
    }
}

fn number((labels, value): (Labels<'_>, Value), times: Times) -> NumberDataPoint {
    let value = match value {
        Value::Number(number) => Some(number_data_point::Value::AsDouble(number)),
        Value::Buckets(_) | Value::Ended => None,
    };
    NumberDataPoint {
        attributes: attributes(labels),
        start_time_unix_nano: times.start,
        time_unix_nano: times.now,
        flags: flags(value.is_none()),
        value,
        ..NumberDataPoint::default()
    }
}

fn buckets((labels, value): (Labels<'_>, Value), times: Times) -> HistogramDataPoint {
    let point = HistogramDataPoint {
        attributes: attributes(labels),
        start_time_unix_nano: times.start,
        time_unix_nano: times.now,
        ..HistogramDataPoint::default()
    };
    let Value::Buckets(Buckets { up_to, sum, count }) = value else {
        return HistogramDataPoint { flags: flags(true), ..point };
    };
    let below = std::iter::once(0).chain(up_to.iter().map(|(_, count)| *count));
    let upper = up_to.iter().map(|(_, count)| *count).chain([count]);
    HistogramDataPoint {
        count,
        sum: Some(sum),
        bucket_counts: upper.zip(below).map(|(upper, below)| upper.saturating_sub(below)).collect(),
        explicit_bounds: up_to.iter().map(|(bound, _)| *bound).collect(),
        ..point
    }
}

fn flags(ended: bool) -> u32 {
    if ended { DataPointFlags::NoRecordedValueMask as u32 } else { 0 }
}

fn attributes(labels: Labels<'_>) -> Vec<KeyValue> {
    let attributes = labels.into_iter().map(|(name, value)| KeyValue {
        key: name.to_owned(),
        value: Some(AnyValue { value: Some(any_value::Value::StringValue(value.into_owned())) }),
        ..KeyValue::default()
    });
    attributes.collect()
}
