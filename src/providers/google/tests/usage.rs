//! Counts of Cloud Monitoring: hours, labels and meters.

use chrono::Timelike;

use super::{SERIES, days, google, usage};
use crate::domain::period::Day;
use crate::domain::usage::{Meter, UsageRecord};
use crate::providers::http::loopback::Loopback;

fn told(records: &[UsageRecord]) -> Vec<(u32, Option<&str>, Meter, u64)> {
    let row = |record: &UsageRecord| record.quantity.to_string().parse().unwrap();
    records.iter().map(|record| (record.at.hour(), record.dims.model.as_deref(), record.meter, row(record))).collect()
}

async fn vertex() -> Loopback {
    google(|_| (200, include_str!("../fixtures/time_series.json").to_owned())).await
}

#[tokio::test]
async fn tokens_of_vertex_are_told_by_the_hour_that_they_fell_in() {
    let records = usage(&vertex().await, "usage.vertex", days("2026-11-21", "2026-11-21")).await.unwrap();
    let (flash, opus) = (Some("gemini-2.5-flash"), Some("claude-opus-5"));
    assert_eq!(
        told(&records),
        [
            // Images are charged as text.
            (0, flash, Meter::Input, 320),
            (1, flash, Meter::Input, 1_200),
            (23, opus, Meter::CacheWrite1h, 7),
        ]
    );
    assert!(records.iter().all(|record| record.dims.project.as_deref() == Some("shop")));
    assert_eq!(records[2].dims.service_tier.as_deref(), Some("dedicated"));
    assert_eq!(records[2].dims.region.as_deref(), Some("us-east5"));
    assert_eq!(records[0].dims.service_tier, None);
}

#[tokio::test]
async fn hours_are_asked_for_once_they_are_over() {
    let server = vertex().await;
    // It is 14:05.
    let error = usage(&server, "usage.vertex", days("2026-11-22", "2026-11-22")).await.unwrap_err();
    assert_eq!(error.to_string(), "point of 2026-11-21 01:00:00 UTC is no hour of 2026-11-22");
    let asked = server.seen().into_iter().find(|seen| seen.path == SERIES).unwrap();
    for (name, value) in [
        ("filter", r#"metric.type="aiplatform.googleapis.com/publisher/online_serving/token_count""#),
        ("interval.startTime", "2026-11-22T00:00:00Z"),
        ("interval.endTime", "2026-11-22T14:00:00Z"),
        ("aggregation.alignmentPeriod", "3600s"),
        ("aggregation.perSeriesAligner", "ALIGN_SUM"),
        ("aggregation.crossSeriesReducer", "REDUCE_SUM"),
    ] {
        assert_eq!(asked.values(name), [value]);
    }
    assert!(asked.values("aggregation.groupByFields").contains(&"resource.label.model_user_id"));

    let nothing = google(|_| panic!("nothing of tomorrow can be told")).await;
    let tomorrow = Day::of("2026-11-23T00:00:00Z".parse().unwrap());
    let window = days(&tomorrow.to_string(), &tomorrow.to_string());
    assert_eq!(usage(&nothing, "usage.vertex", window).await.unwrap(), []);
}

#[tokio::test]
async fn tokens_that_several_limits_count_are_used_once() {
    let point = |labels: &str, tokens: u32| {
        format!(
            r#"{{"metric":{{"labels":{labels}}},"points":[{{"interval":{{"endTime":"2026-11-21T05:00:00Z"}},"value":{{"int64Value":"{tokens}"}}}}]}}"#
        )
    };
    let server = google(move |seen| {
        let filter = seen.values("filter").concat();
        let series = match () {
            () if filter.contains("output_token_count") => {
                point(r#"{"model":"gemini-2.5-pro","output_modality":"TEXT"}"#, 70)
            }
            () if filter.contains("paid_tier_input") => [
                point(r#"{"model":"gemini-2.5-pro","limit_name":"PerMinute"}"#, 500),
                point(r#"{"model":"gemini-2.5-pro","limit_name":"PerDay"}"#, 510),
            ]
            .join(","),
            // Nobody asks for what is free.
            () if filter.contains("free_tier_input") => point(r#"{"model":"gemini-2.5-pro","limit_name":"PerDay"}"#, 4),
            () => return (404, r#"{"error":{"code":404,"message":"Cannot find metric(s)"}}"#.to_owned()),
        };
        (200, format!(r#"{{"timeSeries":[{series}]}}"#))
    })
    .await;
    let records = usage(&server, "usage.gemini", days("2026-11-21", "2026-11-21")).await.unwrap();
    let pro = Some("gemini-2.5-pro");
    assert_eq!(told(&records), [(4, pro, Meter::Input, 510), (4, pro, Meter::Output, 70)]);
}

#[tokio::test]
async fn a_project_that_is_not_there_is_no_project_without_use() {
    let server =
        google(|_| (404, r#"{"error":{"code":404,"message":"Requested entity was not found."}}"#.to_owned())).await;
    let error = usage(&server, "usage.vertex", days("2026-11-21", "2026-11-21")).await.unwrap_err();
    assert_eq!(error.to_string(), "status 404: Requested entity was not found.");
}

#[tokio::test]
async fn a_part_of_the_counts_is_none() {
    for (partial, why) in [
        (r#"{"timeSeries":[],"executionErrors":[{"code":4,"message":"shard timed out"}]}"#, "shard timed out"),
        (r#"{"unreachable":["us-east5"]}"#, "us-east5 cannot be reached"),
    ] {
        let server = google(move |_| (200, partial.to_owned())).await;
        let error = usage(&server, "usage.vertex", days("2026-11-21", "2026-11-21")).await.unwrap_err();
        assert_eq!(error.reason(), "unavailable");
        assert!(error.to_string().ends_with(&format!("is only told in part: {why}")), "{error}");
    }
    let other =
        r#"{"timeSeries":[{"points":[{"interval":{"endTime":"2026-11-21T05:00:00Z"},"value":{"stringValue":"x"}}]}]}"#;
    let server = google(move |_| (200, other.to_owned())).await;
    let error = usage(&server, "usage.vertex", days("2026-11-21", "2026-11-21")).await.unwrap_err();
    assert_eq!(error.reason(), "malformed");
}
