//! CloudWatch.

use super::*;
use crate::domain::period::Window;
use crate::domain::usage::{Meter, UsageRecord, UsageRole};
use crate::providers::feed::{FeedKind, FetchError};
use crate::providers::http::loopback::reply;

const DATA: &str = include_str!("../fixtures/metric_data.json");
const MODEL: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

async fn fetch(server: &Loopback) -> Result<Vec<UsageRecord>, FetchError> {
    let opened = with_keys(server);
    let FeedKind::Usage(_, usage) = &opened.feeds[1].kind else { panic!("the second feed is of use") };
    usage.fetch(Window::single("2026-11-21".parse().unwrap())).await
}

/// Amazon with two metrics of one model, and `data` of them.
async fn amazon(data: String) -> Loopback {
    Loopback::start(move |asked, _| {
        let metric = |name: &str| {
            json!({ "Namespace": "AWS/Bedrock", "MetricName": name, "Dimensions": [{ "Name": "ModelId", "Value": MODEL }] })
        };
        match operation(asked) {
            "ListMetrics" if body(asked)["Namespace"] == "AWS/Bedrock" => {
                let metrics = ["InputTokenCount", "OutputTokenCount"].map(metric);
                reply(200, json!({ "Metrics": metrics, "NextToken": null }).to_string())
            }
            "ListMetrics" => reply(200, r#"{"Metrics":[]}"#),
            _ => reply(200, data.clone()),
        }
    })
    .await
}

#[tokio::test]
async fn a_documented_answer_becomes_use_by_hour() {
    let server = amazon(DATA.to_owned()).await;
    let records = fetch(&server).await.unwrap();
    let told: Vec<_> =
        records.iter().map(|record| (record.at.to_rfc3339(), record.meter, record.quantity.to_string())).collect();
    let hour = |hour: &str| format!("2026-11-21T{hour}:00:00+00:00");
    assert_eq!(told, [(hour("00"), Meter::Input, "1200".to_owned()), (hour("01"), Meter::Input, "340".to_owned())]);
    assert_eq!(records[0].dims.model.as_deref(), Some(MODEL));
    assert_eq!(records[0].dims.region.as_deref(), Some("us-east-1"));

    let asked = server.seen().pop().unwrap();
    assert_eq!(asked.header("x-amz-target"), Some("GraniteServiceVersion20100801.GetMetricData"));
    assert_eq!(asked.header("content-type"), Some("application/x-amz-json-1.0"));
    let asked = body(&asked);
    assert_eq!((&asked["StartTime"], &asked["EndTime"]), (&json!(1_795_219_200), &json!(1_795_305_600)));
    let expected = json!({
        "Id": "m0",
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/Bedrock",
                "MetricName": "InputTokenCount",
                "Dimensions": [{ "Name": "ModelId", "Value": MODEL }],
            },
            "Period": 3600,
            "Stat": "Sum",
        },
        "ReturnData": true,
    });
    assert_eq!(asked["MetricDataQueries"][0], expected);
}

#[tokio::test]
async fn what_was_not_asked_for_is_no_answer() {
    for (from, to, reason) in [
        ("1795222800.0", "1795224600.0", "malformed"),
        ("1795222800.0", "1795305600.0", "malformed"),
        ("[1200.0, 340.0]", "[1200.0]", "malformed"),
        ("\"m1\"", "\"m7\"", "malformed"),
        ("\"Complete\", \"Messages\"", "\"InternalError\", \"Messages\"", "unavailable"),
        ("\"Complete\", \"Messages\"", "\"Forbidden\", \"Messages\"", "unauthorized"),
    ] {
        let changed = DATA.replace(from, to);
        assert_ne!(changed, DATA, "{from}");
        let error = fetch(&amazon(changed).await).await.unwrap_err();
        assert_eq!(error.reason(), reason, "{to}: {error}");
    }
}

#[tokio::test]
async fn a_member_of_an_account_that_pays_only_tells_who_used_what() {
    let server = Loopback::start(|_, _| reply(200, "{}")).await;
    let opened = open(&server, &json!({ "costs": false }));
    let kinds: Vec<_> = opened.feeds.iter().map(|feed| (feed.name.0, &feed.kind)).collect();
    assert!(matches!(kinds.as_slice(), [("usage", FeedKind::Usage(UsageRole::Included, _))]), "{}", kinds.len());
}
