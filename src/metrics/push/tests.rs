use std::borrow::Cow;
use std::sync::Arc;

use chrono::DateTime;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Metric, number_data_point};
use prometheus_client::metrics::histogram::Histogram;
use proptest::prelude::*;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::super::catalogue::{self, Spec};
use super::super::family::{Family, Point};
use super::super::{Publisher, Summary, registry};
use super::message::{Times, metric};
use super::read::read;
use super::stream::{Buckets, Stream, Value};
use super::*;
use crate::domain::money::Currency;

const TIMES: (i64, i64) = (1_795_000_000, 1_795_000_060);

fn times() -> Times {
    let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
    Times::new(at(TIMES.0), at(TIMES.1))
}

/// A leader's page with the series of some families, and a histogram of its own.
fn parts(families: Vec<Family>) -> Parts {
    let mut registry = registry();
    let duration = Histogram::new([0.5, 5.0]);
    [0.5, 0.75, 0.25, 100.0].into_iter().for_each(|seconds| duration.observe(seconds));
    catalogue::SYNC_DURATION.register(&mut registry, duration);
    let publisher = Publisher::new(registry, 1000).unwrap();
    publisher.set_leader(true).unwrap();
    publisher.publish(&Summary::of(DateTime::UNIX_EPOCH, Currency::USD, families)).unwrap();
    publisher.page().parts()
}

fn family(spec: &'static Spec, series: &[(Vec<String>, Decimal)]) -> Family {
    let mut family = Family::new(spec);
    for (labels, value) in series {
        let labels = labels.iter().map(|label| Arc::from(label.as_str())).collect();
        family.add(labels, Point { value: *value, weight: Decimal::ZERO });
    }
    family
}

fn text(part: &[u8]) -> &str {
    std::str::from_utf8(part).unwrap()
}

fn named<'a, 'b>(streams: &'b [Stream<'a>], name: &str) -> &'b Stream<'a> {
    streams.iter().find(|stream| stream.name == name).unwrap()
}

proptest! {
    /// Whatever vendors and people write into names, and however long the fraction.
    #[test]
    fn what_is_on_the_page_is_read_back_as_it_was(
        series in prop::collection::btree_map(
            prop::collection::vec(prop_oneof!["\\PC{0,8}", "[\"\\\\\n{}=, #]{0,6}"], 4),
            (-1_000_000_000_000i64..1_000_000_000_000, 0u32..12),
            1..20,
        ),
    ) {
        let series: Vec<_> =
            series.into_iter().map(|(labels, (units, scale))| (labels, Decimal::new(units, scale))).collect();
        let parts = parts(vec![family(&catalogue::SPEND_TODAY, &series)]);
        let streams = read(text(&parts.figures));
        let stream = named(&streams, "llmtally_spend_today_usd");
        prop_assert_eq!(stream.series.len(), series.len());
        for (labels, value) in &series {
            let names = catalogue::SPEND_TODAY.labels.iter().copied();
            let labels: Vec<_> = names.zip(labels.iter().map(|label| Cow::from(label.as_str()))).collect();
            let Some(Value::Number(read)) = stream.series.get(&labels) else { panic!("{labels:?} is lost") };
            // The nearest float, as money is nowhere else.
            prop_assert_eq!(*read, value.to_string().parse::<f64>().unwrap());
            prop_assert!(value.to_f64().is_some_and(|near| (near - read).abs() <= 1e-9 * near.abs()));
        }
    }
}

#[test]
fn families_keep_their_names_kinds_and_what_they_mean() {
    let one = |spec: &'static Spec| family(spec, &[(vec!["x".to_owned(); spec.labels.len()], Decimal::ONE)]);
    let specs = [&catalogue::SPEND_TODAY, &catalogue::DRIFT, &catalogue::SYNC_MAX_AGE, &catalogue::TOKENS_TODAY];
    let specs = specs.into_iter().chain([&catalogue::RESTATED, &catalogue::PROJECT_INFO]);
    let parts = parts(specs.clone().map(one).collect());
    let streams = read(text(&parts.figures));
    for (spec, unit) in specs.zip(["{USD}", "1", "s", "", "{USD}", ""]) {
        let metric = metric(named(&streams, &spec.name(Currency::USD)).clone(), times());
        assert_eq!((metric.unit.as_str(), metric.description), (unit, format!("{}.", spec.help)), "{}", spec.stem);
        let monotonic = matches!(metric.data, Some(Data::Sum(sum)) if sum.is_monotonic);
        assert_eq!(monotonic, spec.kind == catalogue::Kind::Counter, "{}", spec.stem);
    }
}

#[test]
fn a_histogram_counts_each_observation_in_one_bucket() {
    let parts = parts(Vec::new());
    let streams = read(text(&parts.own));
    let stream = named(&streams, "llmtally_sync_duration_seconds");
    let buckets = Buckets { up_to: vec![(0.5, 2), (5.0, 3)], sum: 101.5, count: 4 };
    assert_eq!(stream.series.values().collect::<Vec<_>>(), [&Value::Buckets(buckets)]);
    let Some(Data::Histogram(data)) = metric(stream.clone(), times()).data else { panic!("no histogram") };
    let point = &data.data_points[0];
    assert_eq!((&point.explicit_bounds[..], &point.bucket_counts[..]), (&[0.5, 5.0][..], &[2, 1, 1][..]));
    assert_eq!((point.count, point.sum, point.flags), (4, Some(101.5), 0));
}

/// Of a metric: when it starts, and its labels with a value or, where the series has ended, none.
fn points(metric: &Metric) -> Vec<(u64, String, Option<f64>)> {
    let points = match metric.data.as_ref().unwrap() {
        Data::Gauge(gauge) => &gauge.data_points,
        Data::Sum(sum) => &sum.data_points,
        other => panic!("{other:?}"),
    };
    let read = points.iter().map(|point| {
        let value = point.value.map(|value| match value {
            number_data_point::Value::AsDouble(value) => value,
            number_data_point::Value::AsInt(value) => panic!("{value} is whole"),
        });
        assert_eq!(point.flags == 1, value.is_none());
        let labels: Vec<_> = point.attributes.iter().map(|label| format!("{:?}", label.value)).collect();
        (point.start_time_unix_nano, labels.concat(), value)
    });
    read.collect()
}

fn sent(before: &Parts, now: &Parts) -> Vec<Metric> {
    let requests = request::make(before, now, times(), &Resource::default());
    let decoded = requests.iter().map(|body| ExportMetricsServiceRequest::decode(&body[..]).unwrap());
    let scopes = decoded.flat_map(|request| request.resource_metrics).flat_map(|resource| resource.scope_metrics);
    scopes.flat_map(|scope| scope.metrics).collect()
}

#[test]
fn a_series_that_left_the_page_is_said_to_have_ended_and_no_other() {
    let budget = |names: &[&str]| {
        let series: Vec<_> = names.iter().map(|name| (vec![(*name).to_owned()], Decimal::TEN)).collect();
        parts(vec![family(&catalogue::BUDGET_SPENT, &series), family(&catalogue::BUDGET_LIMIT, &series)])
    };
    let values = |before: &Parts, now: &Parts, name: &str| {
        let metrics = sent(before, now);
        let named: Vec<_> = metrics.iter().filter(|metric| metric.name == name).collect();
        assert!(named.len() <= 1, "{name} is there twice");
        named
            .into_iter()
            .flat_map(points)
            .map(|(_, labels, value)| (labels.contains("gone"), value))
            .collect::<Vec<_>>()
    };
    let (two, one, none) = (budget(&["gone", "stays"]), budget(&["stays"]), parts(Vec::new()));
    assert_eq!(values(&two, &one, "llmtally_budget_spent_usd"), [(true, None), (false, Some(10.0))]);
    assert_eq!(values(&one, &one, "llmtally_budget_spent_usd"), [(false, Some(10.0))]);
    assert_eq!(values(&one, &none, "llmtally_budget_limit_usd"), [(false, None)]);
    assert_eq!(values(&none, &none, "llmtally_budget_limit_usd"), []);
}

#[test]
fn what_the_daemon_counts_starts_with_it_and_what_the_database_counts_does_not() {
    let labels = vec!["openai".to_owned(), "default".to_owned(), "up".to_owned()];
    let page = parts(vec![family(&catalogue::RESTATED, &[(labels, Decimal::TEN)])]);
    let metrics = sent(&Parts::default(), &page);
    let of = |name: &str| metrics.iter().find(|metric| metric.name == name).unwrap();
    assert_eq!(points(of("llmtally_restated_usd_total"))[0].0, 0);
    assert_eq!(points(of("llmtally_leader"))[0].0, 0);
    let Some(Data::Histogram(data)) = &of("llmtally_sync_duration_seconds").data else { panic!("no histogram") };
    let nanoseconds = |seconds: i64| u64::try_from(seconds * 1_000_000_000).unwrap();
    let point = &data.data_points[0];
    assert_eq!((point.start_time_unix_nano, point.time_unix_nano), (nanoseconds(TIMES.0), nanoseconds(TIMES.1)));
}

#[test]
fn a_page_that_is_large_goes_out_in_parts_and_whole() {
    let long = "x".repeat(600);
    let series: Vec<_> =
        (0..1000).map(|n| (vec![n.to_string(), long.clone(), "p".into(), "m".into()], Decimal::ONE)).collect();
    let specs = [&catalogue::SPEND_TODAY, &catalogue::SPEND_7D, &catalogue::SPEND_30D, &catalogue::SPEND_YESTERDAY];
    let page = parts(specs.map(|spec| family(spec, &series)).into());
    let requests = request::make(&Parts::default(), &page, times(), &Resource::default());
    assert!(
        requests.len() > 1 && requests.iter().all(|request| request.len() < 4 << 20),
        "{} requests",
        requests.len()
    );
    let names: Vec<_> =
        sent(&Parts::default(), &page).into_iter().map(|metric| (metric.name.clone(), points_of(&metric))).collect();
    for spec in specs {
        assert_eq!(
            names
                .iter()
                .filter(|(name, _)| *name == spec.name(Currency::USD))
                .map(|(_, points)| *points)
                .collect::<Vec<_>>(),
            [1000]
        );
    }
}

fn points_of(metric: &Metric) -> usize {
    if let Some(Data::Gauge(gauge)) = &metric.data { gauge.data_points.len() } else { 0 }
}
