//! Cost Explorer.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::money::Money;
use crate::domain::period::Window;
use crate::domain::usage::Meter;
use crate::providers::feed::{FeedKind, FetchError};
use crate::providers::http::loopback::reply;

const BY_MODEL: &str = include_str!("../fixtures/cost_by_model.json");
const BY_SERVICE: &str = include_str!("../fixtures/cost_by_service.json");
const BESIDE_USAGE: &str = include_str!("../fixtures/cost_beside_usage.json");
const NO_DATA: &str = r#"{"__type":"com.amazonaws.ce#DataUnavailableException","message":"no data"}"#;

fn window(first: &str, end: &str) -> Window {
    Window::new(first.parse().unwrap(), end.parse().unwrap()).unwrap()
}

async fn fetch(server: &Loopback, window: Window) -> Result<Vec<CostRecord>, FetchError> {
    let opened = with_keys(server);
    let FeedKind::Costs(costs) = &opened.feeds[0].kind else { panic!("the first feed is of costs") };
    costs.fetch(window).await
}

/// Whether a question is for credits and the like.
fn is_beside_usage(asked: &Seen) -> bool {
    body(asked)["GroupBy"][0]["Key"] == "RECORD_TYPE"
}

#[tokio::test]
async fn a_documented_answer_becomes_lines_of_the_bill() {
    let server =
        Loopback::start(|asked, _| reply(200, if is_beside_usage(asked) { BESIDE_USAGE } else { BY_MODEL })).await;
    let records = fetch(&server, window("2026-11-01", "2026-11-03")).await.unwrap();
    let usd = |text: &str| Money::usd(text.parse().unwrap());
    let [claude, nova, credit] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!(claude.amount, usd("1.2345678901"));
    assert_eq!(claude.dims.model.as_deref(), Some("global.anthropic.claude-sonnet-4-5-20250929-v1:0"));
    assert_eq!(claude.dims.region.as_deref(), Some("us-east-1"));
    assert_eq!(claude.dims.service_tier.as_deref(), Some("batch"));
    assert_eq!(claude.meter, Some(Meter::Input));
    assert_eq!(claude.line_item.as_deref(), Some("USE1-MP:USE1_InputTokenCount_Global_Batch-Units"));
    assert_eq!((claude.quantity, claude.unit.as_deref()), (Some("0.41152263".parse().unwrap()), Some("1M tokens")));
    assert_eq!((nova.amount, nova.dims.model.as_deref()), (usd("0.00000025"), Some("us.amazon.nova-2-lite")));
    assert_eq!((credit.amount, credit.category), (usd("-0.5"), ChargeCategory::Credit));
    assert_eq!(credit.line_item.as_deref(), Some("Credit, Claude Sonnet 4.5 (Amazon Bedrock Edition)"));

    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].header("x-amz-target"), Some("AWSInsightsIndexService.GetCostAndUsage"));
    assert_eq!(seen[0].header("content-type"), Some("application/x-amz-json-1.1"));
    let expected = json!({
        "TimePeriod": { "Start": "2026-11-01", "End": "2026-11-03" },
        "Granularity": "DAILY",
        "Metrics": ["UnblendedCost", "UsageQuantity"],
        "GroupBy": [{ "Type": "PRODUCT_ATTRIBUTE", "Key": "model" }, { "Type": "DIMENSION", "Key": "USAGE_TYPE" }],
        "Filter": { "Dimensions": { "Key": "RECORD_TYPE", "Values": ["Usage"] } },
    });
    assert_eq!(body(&seen[0]), expected);
}

/// Amazon, which tells of days before September 2026 by service only.
fn by_service(asked: &Seen, _: usize) -> axum::response::Response {
    let services = r#"{"DimensionValues":[{"Value":"Claude Sonnet 4.5 (Amazon Bedrock Edition)","Attributes":{}}]}"#;
    if operation(asked) == "GetDimensionValues" {
        reply(200, services)
    } else if is_beside_usage(asked) {
        reply(400, NO_DATA)
    } else if asked.body.contains("PRODUCT_ATTRIBUTE") {
        reply(400, r#"{"__type":"ValidationException","message":"no such group"}"#)
    } else {
        reply(200, BY_SERVICE)
    }
}

#[tokio::test]
async fn older_days_are_asked_for_by_service_and_day_without_data_are_empty() {
    let server = Loopback::start(by_service).await;
    let records = fetch(&server, window("2026-08-01", "2026-08-02")).await.unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].dims.model.as_deref(), Some("us.anthropic.claude-sonnet-4-5-20250929-v1:0"));
    let asked: Vec<_> = server.seen().iter().map(|seen| operation(seen).to_owned()).collect();
    assert_eq!(asked, ["GetDimensionValues", "GetCostAndUsage", "GetCostAndUsage"]);
    let both = &body(&server.seen()[1])["Filter"]["And"];
    assert_eq!(both[0]["Dimensions"]["Values"], json!(["Claude Sonnet 4.5 (Amazon Bedrock Edition)"]));

    let empty = Loopback::start(|_, _| reply(400, NO_DATA)).await;
    assert_eq!(fetch(&empty, window("2026-08-01", "2026-08-02")).await.unwrap(), []);
}

#[tokio::test]
async fn where_models_are_refused_services_stand_in() {
    let server = Loopback::start(|asked, number| match number {
        2 => reply(200, BY_SERVICE.replace("2026-08", "2026-10")),
        _ => by_service(asked, number),
    })
    .await;
    let records = fetch(&server, window("2026-10-01", "2026-10-02")).await.unwrap();
    assert_eq!(records.iter().map(|record| record.amount.amount).sum::<Decimal>(), "1.2345678901".parse().unwrap());
}

#[tokio::test]
async fn a_day_that_is_missing_or_told_twice_is_malformed() {
    let twice = BY_SERVICE.replace(
        "\"Estimated\": false",
        "\"Estimated\": false}, {\"TimePeriod\": {\"Start\": \"2026-11-01\", \"End\": \"2026-11-03\"}, \"Groups\": []",
    );
    for (answer, expected) in [
        (
            BY_MODEL.replace("2026-11-02\", \"End\": \"2026-11-03", "2026-11-01\", \"End\": \"2026-11-02"),
            "lacks 2026-11-02",
        ),
        (twice, "is no day of"),
        (BY_MODEL.replace("USW2-Nova2Lite-output-tokens-flex", "USE1-Guardrail-Something"), "twice"),
    ] {
        let server = Loopback::start(move |_, _| reply(200, answer.clone())).await;
        let error = fetch(&server, window("2026-11-01", "2026-11-03")).await.unwrap_err();
        assert_eq!(error.reason(), "malformed");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

proptest! {
    #[test]
    fn every_digit_of_an_amount_is_kept(mantissa in -1_000_000_000_000_000_i64..1_000_000_000_000_000, scale in 0_u32..12) {
        let amount = Decimal::new(mantissa, scale);
        let group = json!({
            "Keys": ["model$Nova Pro", "USE1-NovaPro-input-tokens"],
            "Metrics": {
                "UnblendedCost": { "Amount": amount.to_string(), "Unit": "USD" },
                "UsageQuantity": { "Amount": "1", "Unit": "N/A" },
            },
        });
        let day = "2026-11-01".parse().unwrap();
        let record = crate::providers::bedrock::convert::by_model(day, serde_json::from_value(group).unwrap());
        prop_assert_eq!(record.unwrap().unwrap().amount, Money::usd(amount));
    }
}
