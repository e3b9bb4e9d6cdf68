//! The documented answers, digit for digit.

use axum::response::Response;
use serde_json::{Value, json};

use super::*;
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::money::Money;
use crate::domain::period::Window;
use crate::domain::snapshot::{Reading, Snapshot};
use crate::providers::account::Account;
use crate::providers::feed::{FeedKind, FetchError};
use crate::providers::http::loopback::{Loopback, Seen, reply};

const KEY: &str = r#"{"scope": "SCOPE_TEAM", "scopeId": "t", "teamId": "f0b1-team"}"#;
const USAGE: &str = include_str!("fixtures/usage.json");
const BALANCE: &str = include_str!("fixtures/balance.json");

/// A vendor that knows the key, and of the usage what `usage` makes of the days that are asked for.
async fn vendor(usage: impl Fn(&str, &str) -> Response + Send + Sync + 'static) -> Loopback {
    Loopback::start(move |seen, _| match seen.path.as_str() {
        "/auth/management-keys/validation" => reply(200, KEY),
        "/v1/billing/teams/f0b1-team/prepaid/balance" => reply(200, BALANCE),
        "/v1/billing/teams/f0b1-team/usage" => {
            let range = &asked(seen)["analyticsRequest"]["timeRange"];
            usage(range["startTime"].as_str().unwrap(), range["endTime"].as_str().unwrap())
        }
        _ => reply(404, "{}"),
    })
    .await
}

fn asked(seen: &Seen) -> Value {
    serde_json::from_str(&seen.body).unwrap()
}

fn kind(server: &Loopback, name: &str) -> FeedKind {
    let settings = json!({ "api_key": "xai-mgmt-1", "base_url": server.base_url });
    let opened = serde_json::from_value::<Config>(settings).unwrap().open(&server.wire()).unwrap();
    opened.feeds.into_iter().find(|feed| feed.name.0 == name).unwrap().kind
}

async fn costs(server: &Loopback, first: &str, end: &str) -> Result<Vec<CostRecord>, FetchError> {
    let FeedKind::Costs(feed) = kind(server, "costs") else { panic!("no costs") };
    feed.fetch(Window::new(first.parse().unwrap(), end.parse().unwrap()).unwrap()).await
}

#[tokio::test]
async fn amounts_are_dollars_to_the_last_digit_of_days_that_were_asked_for() {
    let server = vendor(|_, _| reply(200, USAGE)).await;
    let records = costs(&server, "2026-11-01", "2026-11-08").await.unwrap();
    let told: Vec<_> = records
        .iter()
        .map(|record| {
            let item = record.line_item.as_deref().unwrap();
            (record.at.date_naive().to_string(), item, record.category, record.amount.amount.to_string())
        })
        .collect();
    let line = |day: &str, item, category, amount: &str| (format!("2026-11-{day}"), item, category, amount.to_owned());
    let expected = [
        line("01", "grok-4.3 input tokens", ChargeCategory::Usage, "1.25"),
        line("03", "grok-4.3 input tokens", ChargeCategory::Usage, "0.30000000000000004"),
        line("01", "grok-4.3 output tokens", ChargeCategory::Usage, "0.00000025"),
        line("01", "Something nobody has seen yet", ChargeCategory::Credit, "-0.5"),
    ];
    assert_eq!(told, expected);
    let seen = server.seen().remove(1);
    assert_eq!((seen.method.as_str(), seen.header("authorization")), ("POST", Some("Bearer xai-mgmt-1")));
    let documented = json!({ "analyticsRequest": {
        "timeRange": { "startTime": "2026-11-01 00:00:00", "endTime": "2026-11-08 00:00:00", "timezone": "Etc/GMT" },
        "timeUnit": "TIME_UNIT_DAY",
        "values": [{ "name": "usd", "aggregation": "AGGREGATION_SUM" }],
        "groupBy": ["description"],
        "filters": [],
    } });
    assert_eq!(asked(&seen), documented);
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_asked_for_in_halves() {
    // Of three days there is more than an answer holds, and what it holds is wrong.
    let server = vendor(|first, end| {
        let is_long = !(first == "2026-11-02 00:00:00" && end == "2026-11-04 00:00:00" || end == "2026-11-02 00:00:00");
        let day = first.get(..10).unwrap();
        let values = json!([if is_long { 99 } else { 1 }]);
        let series =
            json!([{ "group": ["x"], "dataPoints": [{ "timestamp": format!("{day}T00:00:00Z"), "values": values }] }]);
        reply(200, json!({ "timeSeries": series, "limitReached": is_long }).to_string())
    })
    .await;
    let records = costs(&server, "2026-11-01", "2026-11-04").await.unwrap();
    let told: Vec<_> = records.iter().map(|record| (record.at.to_rfc3339(), record.amount.amount)).collect();
    let one = |day: &str| (format!("2026-11-{day}T00:00:00+00:00"), 1.into());
    assert_eq!(told, [one("01"), one("02")]);
}

#[tokio::test]
async fn a_day_that_is_cut_off_is_no_day() {
    let server = vendor(|_, _| reply(200, r#"{"timeSeries": [], "limitReached": true}"#)).await;
    let error = costs(&server, "2026-11-01", "2026-11-04").await.unwrap_err();
    assert!(matches!(&error, FetchError::Malformed(text) if text.contains("2026-11-01")), "{error}");
}

#[tokio::test]
async fn credit_below_zero_is_what_is_left() {
    let server = vendor(|_, _| reply(200, USAGE)).await;
    let FeedKind::Snapshots(gauge) = kind(&server, "balance") else { panic!("no balance") };
    let left = Money::usd("37.50".parse().unwrap());
    assert_eq!(gauge.read().await.unwrap(), [Snapshot { scope: String::new(), reading: Reading::Balance(left) }]);
}

#[tokio::test]
async fn a_key_of_no_team_is_the_wrong_one() {
    for answer in [r#"{"scope": "SCOPE_ORGANIZATION", "scopeId": "o"}"#, r#"{"teamId": ""}"#, r#"{"teamId": "../x"}"#] {
        let server = Loopback::start(move |_, _| reply(200, answer)).await;
        let error = costs(&server, "2026-11-01", "2026-11-02").await.unwrap_err();
        assert!(matches!(&error, FetchError::Unauthorized(text) if text.contains("management key")), "{error}");
    }
}
