//! A page as requests that no receiver finds too large.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::metrics::v1::{Metric, ResourceMetrics, ScopeMetrics};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

use super::super::page::Parts;
use super::ended;
use super::message::{Times, metric};
use super::read::read;

/// A request is closed as soon as it holds so many bytes.
const FULL: usize = 1 << 20;

/// What `now` says and, as ended, what only `before` said: encoded, in the order of the page.
pub(super) fn make(before: &Parts, now: &Parts, times: Times, resource: &Resource) -> Vec<Vec<u8>> {
    let mut metrics = metrics(&before.figures, &now.figures, times.of_unknown_start());
    metrics.extend(self::metrics(&before.own, &now.own, times));
    let mut requests = Vec::new();
    let (mut batch, mut size) = (Vec::new(), 0);
    for metric in metrics {
        size += metric.encoded_len();
        batch.push(metric);
        if size >= FULL {
            requests.push(request(std::mem::take(&mut batch), resource));
            size = 0;
        }
    }
    if !batch.is_empty() {
        requests.push(request(batch, resource));
    }
    requests
}

fn metrics(before: &[u8], now: &[u8], times: Times) -> Vec<Metric> {
    let text = |part| std::str::from_utf8(part).unwrap_or_default();
    let mut streams = read(text(now));
    ended::mark(&mut streams, read(text(before)));
    streams.into_iter().map(|stream| metric(stream, times)).collect()
}

fn request(metrics: Vec<Metric>, resource: &Resource) -> Vec<u8> {
    let scope = InstrumentationScope {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    };
    let scope_metrics = vec![ScopeMetrics { scope: Some(scope), metrics, ..ScopeMetrics::default() }];
    let of_us = ResourceMetrics { resource: Some(resource.clone()), scope_metrics, ..ResourceMetrics::default() };
    ExportMetricsServiceRequest { resource_metrics: vec![of_us] }.encode_to_vec()
}
