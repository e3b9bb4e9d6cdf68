//! The documented month, digit for digit.

use rust_decimal::Decimal;
use serde_json::json;

use super::*;
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::money::Money;
use crate::domain::period::Window;
use crate::domain::snapshot::{Reading, Snapshot};
use crate::domain::usage::{Dimensions, Meter};
use crate::providers::account::Account;
use crate::providers::feed::{FeedKind, FetchError};
use crate::providers::http::loopback::{Loopback, reply};

const USAGE: &str = include_str!("fixtures/usage.json");

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn kind(server: &Loopback, name: &str) -> FeedKind {
    let settings = json!({ "api_key": "admin-test", "base_url": server.base_url });
    let opened = serde_json::from_value::<Config>(settings).unwrap().open(&server.wire()).unwrap();
    opened.feeds.into_iter().find(|feed| feed.name.0 == name).unwrap().kind
}

async fn costs(server: &Loopback, first: &str, end: &str) -> Result<Vec<CostRecord>, FetchError> {
    let FeedKind::Costs(feed) = kind(server, "costs") else { panic!("no costs") };
    feed.fetch(Window::new(first.parse().unwrap(), end.parse().unwrap()).unwrap()).await
}

#[tokio::test]
async fn paid_units_cost_the_price_that_agrees_most() {
    let server = Loopback::start(|_, _| reply(200, USAGE)).await;
    let cost = |day: &str, model: &str, meter: Option<Meter>, item: &str, amount: &str, units: u32| CostRecord {
        at: format!("2026-11-{day}T00:00:00Z").parse().unwrap(),
        dims: Dimensions { model: Some(model.to_owned()), ..Dimensions::default() },
        meter,
        line_item: Some(item.to_owned()),
        category: ChargeCategory::Usage,
        amount: Money::new(decimal(amount), "EUR".parse().unwrap()),
        quantity: Some(units.into()),
        unit: Some("api_tokens".to_owned()),
    };
    let large = "mistral-large-2411";
    let mut pages = cost("15", "mistral-ocr-2512", None, "api_pages: mistral-ocr-2512, pages", "0.007", 7);
    (pages.dims.region, pages.dims.service_tier) = (Some("eu".to_owned()), Some("batch".to_owned()));
    pages.unit = Some("api_pages".to_owned());
    let expected = [
        cost("14", large, Some(Meter::Input), "api_tokens: mistral-large-latest, input", "0.0187", 11_000),
        cost("14", large, Some(Meter::Output), "api_tokens: mistral-large-latest, output", "0.00765", 1_500),
        // No price is no gift: the line is there, and says so.
        cost("15", "tuned", None, "api_tokens: tuned, training (without a price)", "0", 100),
        pages,
    ];
    let mut records = costs(&server, "2026-11-14", "2026-11-16").await.unwrap();
    records.sort_by(|a, b| (a.at, &a.line_item).cmp(&(b.at, &b.line_item)));
    let mut expected = expected.to_vec();
    expected.sort_by(|a, b| (a.at, &a.line_item).cmp(&(b.at, &b.line_item)));
    assert_eq!(records, expected);
    let asked = server.seen().remove(0);
    assert_eq!(
        (asked.path.as_str(), asked.values("month"), asked.values("year")),
        ("/usage", vec!["11"], vec!["2026"])
    );
    assert_eq!(
        [asked.header("authorization"), asked.header("x-api-key")],
        [Some("Bearer admin-test"), Some("admin-test")]
    );
}

#[tokio::test]
async fn every_month_of_a_window_is_asked_for_and_other_days_are_left() {
    let server = Loopback::start(|_, _| reply(200, USAGE)).await;
    let records = costs(&server, "2026-10-31", "2026-11-15").await.unwrap();
    assert_eq!(records.len(), 2, "an answer is of its own month only");
    let months: Vec<_> = server.seen().iter().map(|asked| asked.values("month")[0].to_owned()).collect();
    assert_eq!(months, ["10", "11"]);
}

#[tokio::test]
async fn use_counts_free_units_too_and_pages_have_no_meter() {
    let server = Loopback::start(|_, _| reply(200, USAGE)).await;
    let FeedKind::Usage(_, feed) = kind(&server, "usage") else { panic!("no usage") };
    let window = Window::new("2026-11-01".parse().unwrap(), "2026-12-01".parse().unwrap()).unwrap();
    let used: Vec<_> = feed.fetch(window).await.unwrap().into_iter().map(|used| (used.meter, used.quantity)).collect();
    assert_eq!(used, [(Meter::Input, decimal("12000")), (Meter::Output, decimal("1500"))]);
}

#[tokio::test]
async fn money_without_a_currency_is_not_guessed() {
    let answer = USAGE.replace(r#""currency": "EUR""#, r#""currency": null"#);
    let server = Loopback::start(move |_, _| reply(200, answer.clone())).await;
    let error = costs(&server, "2026-11-14", "2026-11-15").await.unwrap_err();
    assert!(matches!(error, FetchError::Malformed(_)), "{error}");
    assert_eq!(costs(&server, "2026-11-01", "2026-11-02").await.unwrap(), []);
}

#[tokio::test]
async fn whoever_has_no_admin_api_is_told_what_to_do() {
    for status in [401, 403, 404] {
        let server = Loopback::start(move |_, _| reply(status, r#"{"detail":"Unauthorized"}"#)).await;
        let error = costs(&server, "2026-11-14", "2026-11-15").await.unwrap_err();
        let FetchError::Unauthorized(text) = error else { panic!("{status}: {error}") };
        assert!(
            text.contains("backoffice.mistral.ai") && text.contains("Enterprise") && text.contains("CSV"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn the_spend_limit_is_a_quota_in_the_currency_of_the_organisation() {
    let answer = r#"{ "limits": { "completion": { "no_monthly_limit": false, "monthly_limit_reached": false, "usage": 12.4,
        "vibe_usage": 0, "total_usage": 12.5, "usage_limit": 150 }, "vibe": { "no_monthly_limit": true, "usage_limit": 1 },
        "last_payment_failure": null, "currency": "EUR" } }"#;
    let server = Loopback::start(move |_, _| reply(200, answer)).await;
    let FeedKind::Snapshots(gauge) = kind(&server, "limits") else { panic!("no limits") };
    let quota = |scope: &str, used: &str, limit: Option<&str>| Snapshot {
        scope: scope.to_owned(),
        reading: Reading::Quota {
            unit: "EUR".to_owned(),
            used: decimal(used),
            limit: limit.map(decimal),
            resets_at: Some("2026-12-01T00:00:00Z".parse().unwrap()),
        },
    };
    assert_eq!(gauge.read().await.unwrap(), [quota("completion", "12.5", Some("150")), quota("vibe", "0", None)]);
}
