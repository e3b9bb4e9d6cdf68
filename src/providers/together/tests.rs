//! The documented report, digit for digit.

use rust_decimal::Decimal;
use serde_json::json;

use super::*;
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::money::Money;
use crate::domain::period::Window;
use crate::domain::usage::{Dimensions, Meter, UsageRecord};
use crate::providers::account::Account;
use crate::providers::feed::{FeedKind, FetchError};
use crate::providers::http::loopback::{Loopback, reply};

const REPORT: &str = include_str!("fixtures/usage.json");

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn open(server: &Loopback) -> Opened {
    let settings = json!({ "api_key": "tgp_v1_1", "base_url": server.base_url });
    serde_json::from_value::<Config>(settings).unwrap().open(&server.wire()).unwrap()
}

fn kind(server: &Loopback, name: &str) -> FeedKind {
    open(server).feeds.into_iter().find(|feed| feed.name.0 == name).unwrap().kind
}

fn window(first: &str, end: &str) -> Window {
    Window::new(first.parse().unwrap(), end.parse().unwrap()).unwrap()
}

async fn costs(server: &Loopback, first: &str, end: &str) -> Result<Vec<CostRecord>, FetchError> {
    let FeedKind::Costs(feed) = kind(server, "costs") else { panic!("no costs") };
    feed.fetch(window(first, end)).await
}

fn of_model() -> Dimensions {
    Dimensions { model: Some("m/x".to_owned()), ..Dimensions::default() }
}

fn of_batch() -> Dimensions {
    Dimensions { project: Some("proj_1".to_owned()), service_tier: Some("batch".to_owned()), ..of_model() }
}

#[tokio::test]
async fn a_line_is_a_cost_and_credit_that_was_given_stands_beside_it() {
    let server = Loopback::start(|_, _| reply(200, REPORT)).await;
    let cost = |dims: Dimensions, meter, item: &str, category, amount: &str, quantity: Option<&str>| CostRecord {
        at: "2026-11-01T00:00:00Z".parse().unwrap(),
        dims,
        meter,
        line_item: Some(item.to_owned()),
        category,
        amount: Money::usd(decimal(amount)),
        quantity: quantity.map(decimal),
        unit: None,
    };
    let (input, output) = (Some(Meter::Input), Some(Meter::Output));
    let batch = "Serverless Inference - Output Tokens: inference_type=batch, model=m/x";
    let dedicated = "Dedicated endpoint: hardware=H100";
    let (usage, credit) = (ChargeCategory::Usage, ChargeCategory::Credit);
    let expected = [
        cost(of_model(), input, "Serverless inference: token_type=input", usage, "1.056", Some("1200000")),
        cost(of_batch(), output, batch, usage, "0.22", Some("250000")),
        cost(of_batch(), output, batch, credit, "-0.22", None),
        cost(of_model(), None, dedicated, usage, "13.965", Some("3.5")),
    ];
    assert_eq!(costs(&server, "2026-11-01", "2026-11-23").await.unwrap(), expected);
    let asked = server.seen().remove(0);
    assert_eq!(asked.path, "/billing/usage");
    assert_eq!(
        [asked.values("month"), asked.values("granularity"), asked.values("limit")],
        [["2026-11"], ["day"], ["1000"]]
    );
    assert_eq!(asked.header("authorization"), Some("Bearer tgp_v1_1"));
}

#[tokio::test]
async fn tokens_of_a_known_kind_and_model_are_use() {
    let server = Loopback::start(|_, _| reply(200, REPORT)).await;
    let FeedKind::Usage(_, feed) = kind(&server, "usage") else { panic!("no usage") };
    let used = |dims, meter, quantity: &str| UsageRecord {
        at: "2026-11-01T00:00:00Z".parse().unwrap(),
        dims,
        meter,
        quantity: decimal(quantity),
    };
    let expected = [used(of_model(), Meter::Input, "1200000"), used(of_batch(), Meter::Output, "250000")];
    assert_eq!(feed.fetch(window("2026-11-01", "2026-12-01")).await.unwrap(), expected);
}

#[tokio::test]
async fn every_month_with_a_day_that_is_over_is_asked_for_and_no_other() {
    let server = Loopback::start(|_, _| reply(200, REPORT)).await;
    assert_eq!(costs(&server, "2026-10-31", "2026-12-02").await.unwrap().len(), 4, "a month is told twice");
    let months = |server: &Loopback| -> Vec<String> {
        server.seen().iter().map(|asked| asked.values("month")[0].to_owned()).collect()
    };
    assert_eq!(months(&server), ["2026-10", "2026-11"]);
    let server = Loopback::start(|_, _| reply(200, REPORT)).await;
    assert_eq!(costs(&server, "2026-11-22", "2026-11-23").await.unwrap(), [], "today is not over");
}

#[tokio::test]
async fn pages_are_followed_by_their_cursor_and_the_organization_is_the_owner() {
    let first = REPORT.replace(r#""next_cursor": null"#, r#""next_cursor": "c 1""#);
    let server = Loopback::start(move |asked, _| {
        reply(200, if asked.values("after").is_empty() { first.clone() } else { REPORT.to_owned() })
    })
    .await;
    assert_eq!(costs(&server, "2026-11-01", "2026-11-02").await.unwrap().len(), 8);
    let second = server.seen().remove(1);
    assert_eq!([second.values("after"), second.values("month")], [["c 1"], ["2026-11"]]);
    assert_eq!(open(&server).identity.unwrap().ids().await.unwrap(), ["org_1"]);
}

#[tokio::test]
async fn an_amount_that_is_not_told_is_no_zero() {
    for missing in [r#""cost": null"#, r#""kost": "1""#] {
        let report = REPORT.replace(r#""cost": "1.056""#, missing);
        let server = Loopback::start(move |_, _| reply(200, report.clone())).await;
        let error = costs(&server, "2026-11-01", "2026-11-02").await.unwrap_err();
        assert!(matches!(error, FetchError::Malformed(_)), "{error}");
    }
}
