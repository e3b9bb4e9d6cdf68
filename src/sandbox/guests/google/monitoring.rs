//! `timeSeries.list`: tokens by hour, as the metrics of Vertex AI and the Gemini API count them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::workloads::{Api, Line, WORKLOADS, Workload, hours};
use super::{AGAIN, Google, Room, bad, page, page_size, stranger};
use crate::sandbox::state::State;
use crate::sandbox::tamper::Tampering;

const VERTEX: &str = "aiplatform.googleapis.com/publisher/online_serving/token_count";
const OUTPUT: &str = "generativelanguage.googleapis.com/generate_content_usage_output_token_count";
const PAID_INPUT: &str = "generativelanguage.googleapis.com/quota/generate_content_paid_tier_input_token_count/usage";
const FREE_INPUT: &str = "generativelanguage.googleapis.com/quota/generate_content_free_tier_input_token_count/usage";

/// Labels, and then tokens by the end of their hour.
type Series = BTreeMap<BTreeMap<String, String>, BTreeMap<DateTime<Utc>, u64>>;

pub(super) async fn list(
    Shared(state): Shared<Arc<State>>,
    Path(project): Path<String>,
    headers: HeaderMap,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    if let Some(refusal) = stranger(&headers) {
        return refusal;
    }
    let one = |name: &str| query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let instant = |name: &str| one(name).and_then(|text| text.parse::<DateTime<Utc>>().ok());
    let (Some(from), Some(to)) = (instant("interval.startTime"), instant("interval.endTime")) else {
        return bad("Field interval had an invalid value");
    };
    let aligned = one("aggregation.alignmentPeriod") == Some("3600s")
        && one("aggregation.perSeriesAligner") == Some("ALIGN_SUM")
        && one("aggregation.crossSeriesReducer") == Some("REDUCE_SUM");
    if !aligned || to <= from || state.now() < to || to.timestamp() % 3_600 != 0 {
        return bad("this sandbox only knows sums of whole hours that are over");
    }
    let metric = one("filter").and_then(|filter| filter.strip_prefix("metric.type=\"")?.strip_suffix('"'));
    let metric = metric.unwrap_or_default();
    let groups = query.iter().filter(|(name, _)| name == "aggregation.groupByFields");
    let groups: Vec<&str> = groups.map(|(_, field)| field.rsplit('.').next().unwrap_or(field)).collect();
    let Some(lines) = lines_of(metric) else {
        let message = format!("Cannot find metric(s) that match type = \"{metric}\".");
        return Google.refuse(StatusCode::NOT_FOUND, &message);
    };
    let mut series = Series::new();
    for (workload, line, labels) in lines.into_iter().filter(|(workload, ..)| workload.project == project) {
        let labels = labels.into_iter().filter(|(name, _)| groups.contains(name));
        let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let points = series.entry(labels).or_default();
        for at in hours(from, to) {
            *points.entry(at + TimeDelta::hours(1)).or_default() += workload.tokens(line, &state, at);
        }
    }
    let series = series.into_iter().map(|(labels, points)| written(metric, labels, &points)).collect();
    let size = page_size(one("pageSize").and_then(|size| size.parse().ok()), &headers);
    let (series, next): (Vec<Value>, _) = page(series, one("pageToken"), size);
    let mut body = json!({ "unit": "{token}", "nextPageToken": next.unwrap_or_default() });
    // An answer without series has no such key.
    if !series.is_empty() {
        body["timeSeries"] = json!(series);
    }
    Json(body).into_response()
}

type Labelled = (&'static Workload, &'static Line, Vec<(&'static str, &'static str)>);

/// What the metric counts; `None` where there is none of that name.
fn lines_of(metric: &str) -> Option<Vec<Labelled>> {
    let of = |api: Api, kind: &'static str| {
        let of_api = WORKLOADS.iter().filter(move |workload| workload.api == api);
        let lines = of_api.flat_map(|workload| workload.lines.iter().map(move |line| (workload, line)));
        lines.filter(move |(_, line)| kind.is_empty() || line.kind == kind)
    };
    let lines = match metric {
        VERTEX => of(Api::Vertex, "").map(|(workload, line)| (workload, line, vertex(workload, line))).collect(),
        OUTPUT => of(Api::Gemini, "output")
            .map(|(workload, line)| (workload, line, vec![("model", workload.model), ("output_modality", "TEXT")]))
            .collect(),
        // The same tokens once for each limit.
        PAID_INPUT => ["PerMinutePerProjectPerModel", "PerDayPerProjectPerModel"]
            .into_iter()
            .flat_map(|limit| of(Api::Gemini, "input").map(move |(workload, line)| (workload, line, limit)))
            .map(|(workload, line, limit)| (workload, line, vec![("model", workload.model), ("limit_name", limit)]))
            .collect(),
        FREE_INPUT => Vec::new(),
        _ => return None,
    };
    Some(lines)
}

fn vertex(workload: &'static Workload, line: &'static Line) -> Vec<(&'static str, &'static str)> {
    vec![
        ("model_user_id", workload.model),
        ("publisher", workload.publisher),
        ("location", workload.location),
        ("type", line.kind),
        ("modality", line.modality),
        ("request_type", "shared"),
        ("shared_request_type", workload.tier),
    ]
}

fn written(metric: &str, labels: BTreeMap<String, String>, points: &BTreeMap<DateTime<Utc>, u64>) -> Value {
    let of_resource = |name: &str| matches!(name, "model_user_id" | "publisher" | "location");
    let (resource, own): (BTreeMap<_, _>, BTreeMap<_, _>) = labels.into_iter().partition(|(name, _)| of_resource(name));
    let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let points = points.iter().rev().map(|(end, tokens)| {
        json!({
            "interval": { "startTime": instant(*end - TimeDelta::hours(1)), "endTime": instant(*end) },
            "value": { "int64Value": tokens.to_string() },
        })
    });
    json!({
        "metric": { "type": metric, "labels": own },
        "resource": { "type": "aiplatform.googleapis.com/PublisherModel", "labels": resource },
        "metricKind": "DELTA",
        "valueType": "INT64",
        "points": points.filter(|point| point["value"]["int64Value"] != "0").collect::<Vec<_>>(),
    })
}

pub(super) fn tamper(tampering: Tampering, body: &mut Value) {
    if tampering == Tampering::RepeatedCursor {
        body["nextPageToken"] = json!(AGAIN);
    }
    let Some(series) = body["timeSeries"].as_array_mut() else { return };
    match tampering {
        Tampering::WrongTypes => values(series).for_each(|value| value["int64Value"] = json!([])),
        Tampering::NoAmount => values(series).for_each(|value| *value = json!({})),
        Tampering::OtherNotation => values(series).for_each(|value| {
            let number = value["int64Value"].as_str().and_then(|text| text.parse::<u64>().ok());
            value["int64Value"] = json!(number);
        }),
        Tampering::VanishedRow => drop(series.pop()),
        Tampering::EmptyDay => {
            let last =
                points(series).filter_map(|point| point["interval"]["endTime"].as_str().map(str::to_owned)).max();
            let last = json!(last);
            for one in series {
                if let Some(points) = one["points"].as_array_mut() {
                    points.retain(|point| point["interval"]["endTime"] != last);
                }
            }
        }
        Tampering::Unknown => series.iter_mut().for_each(|one| {
            one["sandboxSurprise"] = json!({ "nested": [1, 2.5, null] });
            one["metric"]["labels"]["shared_request_type"] = json!("brand_new");
        }),
        Tampering::RepeatedCursor => {}
    }
}

fn points(series: &mut [Value]) -> impl Iterator<Item = &mut Value> {
    series.iter_mut().flat_map(|one| one["points"].as_array_mut().into_iter().flatten())
}

fn values(series: &mut [Value]) -> impl Iterator<Item = &mut Value> {
    points(series).map(|point| &mut point["value"])
}
