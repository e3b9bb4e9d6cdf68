//! What is in a request for metrics, in the words of a scrape.

use std::collections::{BTreeMap, BTreeSet};

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{HistogramDataPoint, Metric, NumberDataPoint, number_data_point};
use prost::Message;

use super::collector::Letter;
use super::page::Series;

/// A point, whatever it belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Point {
    pub(crate) instance: String,
    pub(crate) metric: String,
    pub(crate) unit: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) start: u64,
    pub(crate) time: u64,
    /// What a scrape would show of it; none where the series has ended.
    pub(crate) samples: Option<Vec<(Series, f64)>>,
    pub(crate) monotonic: bool,
}

impl Letter {
    pub(crate) fn request(&self) -> ExportMetricsServiceRequest {
        ExportMetricsServiceRequest::decode(self.body.clone()).expect("a request for metrics")
    }

    /// The attributes of the resource.
    pub(crate) fn resource(&self) -> BTreeMap<String, String> {
        let [resource] = &self.request().resource_metrics[..] else { panic!("one daemon is one resource") };
        texts(&resource.resource.as_ref().expect("a resource").attributes)
    }

    pub(crate) fn metrics(&self) -> Vec<Metric> {
        let resources = self.request().resource_metrics.into_iter();
        resources.flat_map(|resource| resource.scope_metrics).flat_map(|scope| scope.metrics).collect()
    }

    pub(crate) fn points(&self) -> Vec<Point> {
        let instance = self.resource().remove("service.instance.id").expect("an instance");
        self.metrics().into_iter().flat_map(|metric| points(&instance, metric)).collect()
    }

    /// When its points were taken: one time for all of them.
    pub(crate) fn time(&self) -> u64 {
        let times: BTreeSet<u64> = self.points().iter().map(|point| point.time).collect();
        assert_eq!(times.len(), 1, "a request is of one moment");
        times.into_iter().next().expect("a time")
    }
}

impl Point {
    pub(crate) fn identity(&self) -> (String, String, BTreeMap<String, String>) {
        (self.instance.clone(), self.metric.clone(), self.labels.clone())
    }
}

fn points(instance: &str, metric: Metric) -> Vec<Point> {
    let (name, unit) = (metric.name, metric.unit);
    let point = |attributes: &[KeyValue], start, time, ended: bool, monotonic, samples: Vec<(Series, f64)>| Point {
        instance: instance.to_owned(),
        metric: name.clone(),
        unit: unit.clone(),
        labels: texts(attributes),
        start,
        time,
        samples: (!ended).then_some(samples),
        monotonic,
    };
    let number = |number: NumberDataPoint, monotonic| {
        let series = Series { name: name.clone(), labels: texts(&number.attributes) };
        let value = number.value.map(|value| match value {
            number_data_point::Value::AsDouble(value) => value,
            number_data_point::Value::AsInt(_) => panic!("{name} is not sent as a float"),
        });
        let samples = value.map(|value| (series, value)).into_iter().collect();
        let (start, time, ended) = (number.start_time_unix_nano, number.time_unix_nano, number.flags & 1 == 1);
        assert_eq!(value.is_none(), ended, "{name}: no value, or an end with one");
        point(&number.attributes, start, time, ended, monotonic, samples)
    };
    let histogram = |histogram: HistogramDataPoint| {
        let samples = samples(&name, &histogram);
        let (start, time, ended) = (histogram.start_time_unix_nano, histogram.time_unix_nano, histogram.flags & 1 == 1);
        point(&histogram.attributes, start, time, ended, true, samples)
    };
    match metric.data.expect("data") {
        Data::Gauge(gauge) => gauge.data_points.into_iter().map(|point| number(point, false)).collect(),
        Data::Sum(sum) => {
            assert!(sum.is_monotonic && sum.aggregation_temporality == 2, "{name} is no cumulative counter");
            sum.data_points.into_iter().map(|point| number(point, true)).collect()
        }
        Data::Histogram(data) => {
            assert_eq!(data.aggregation_temporality, 2, "{name} is not cumulative");
            data.data_points.into_iter().map(histogram).collect()
        }
        other => panic!("{name} is {other:?}"),
    }
}

/// A histogram as Prometheus writes it down.
fn samples(name: &str, point: &HistogramDataPoint) -> Vec<(Series, f64)> {
    let series = |suffix: &str, le: Option<f64>| {
        let mut labels = texts(&point.attributes);
        labels.extend(le.map(|le| ("le".to_owned(), bound(le))));
        Series { name: format!("{name}{suffix}"), labels }
    };
    let count = |count: u64| count.to_string().parse::<f64>().expect("a number");
    let bounds = point.explicit_bounds.iter().copied().chain([f64::INFINITY]);
    let mut below = 0;
    let mut samples: Vec<(Series, f64)> = Vec::new();
    for (bound, own) in bounds.zip(&point.bucket_counts) {
        below += own;
        samples.push((series("_bucket", Some(bound)), count(below)));
    }
    samples.push((series("_count", None), count(point.count)));
    samples.push((series("_sum", None), point.sum.unwrap_or_default()));
    samples
}

/// A bound as the page writes it.
fn bound(bound: f64) -> String {
    if bound.is_infinite() { "+Inf".to_owned() } else { format!("{bound:?}") }
}

fn texts(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let texts = attributes.iter().filter_map(|attribute| match attribute.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some((attribute.key.clone(), text.clone())),
        _ => None,
    });
    texts.collect()
}
