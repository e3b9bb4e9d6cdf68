//! The documented answers, digit for digit.

use rust_decimal::Decimal;
use serde_json::json;

use super::api::{Data, Key};
use super::*;
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::money::Money;
use crate::domain::period::Window;
use crate::domain::snapshot::{Reading, Snapshot};
use crate::domain::usage::{Dimensions, Meter, UsageRecord};
use crate::providers::account::Account;
use crate::providers::feed::{FeedKind, FetchError};
use crate::providers::http::loopback::{Loopback, reply};

const ACTIVITY: &str = include_str!("fixtures/activity.json");
const KEY: &str = include_str!("fixtures/key.json");

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn open(server: &Loopback) -> Opened {
    let settings = json!({ "api_key": "sk-or-v1-test", "base_url": server.base_url });
    serde_json::from_value::<Config>(settings).unwrap().open(&server.wire()).unwrap()
}

fn kind(opened: Opened, name: &str) -> FeedKind {
    opened.feeds.into_iter().find(|feed| feed.name.0 == name).unwrap().kind
}

fn window(first: &str, end: &str) -> Window {
    Window::new(first.parse().unwrap(), end.parse().unwrap()).unwrap()
}

fn dims(model: &str) -> Dimensions {
    Dimensions { project: Some("ws_1".to_owned()), model: Some(model.to_owned()), ..Dimensions::default() }
}

#[tokio::test]
async fn a_charge_is_spend_and_what_the_vendor_charges_stands_beside_it() {
    let server = Loopback::start(|_, _| reply(200, ACTIVITY)).await;
    let FeedKind::Costs(feed) = kind(open(&server), "costs") else { panic!("no costs") };
    let records = feed.fetch(window("2026-11-19", "2026-11-22")).await.unwrap();
    let cost = |model: &str, item: &str, category, amount: &str, requests: u32| CostRecord {
        at: "2026-11-20T00:00:00Z".parse().unwrap(),
        dims: dims(model),
        meter: None,
        line_item: Some(item.to_owned()),
        category,
        amount: Money::usd(decimal(amount)),
        quantity: Some(requests.into()),
        unit: Some("requests".to_owned()),
    };
    let (sonnet, gpt) = ("anthropic/claude-sonnet-4.6", "openai/gpt-4.1");
    let beside = "openai/gpt-4.1-2025-04-14 by OpenAI, inference with an own key";
    let expected = [
        cost(sonnet, "anthropic/claude-4.6-sonnet-20260217 by Anthropic", ChargeCategory::Usage, "0.4132", 17),
        cost(gpt, "openai/gpt-4.1-2025-04-14 by OpenAI", ChargeCategory::Usage, "0.0006", 5),
        cost(gpt, beside, ChargeCategory::Purchase, "0.012", 5),
    ];
    assert_eq!(records, expected);
    let seen = server.seen().remove(0);
    assert_eq!((seen.path.as_str(), seen.values("group_by")), ("/activity", vec!["workspace"]));
    assert_eq!(seen.header("authorization"), Some("Bearer sk-or-v1-test"));
}

#[tokio::test]
async fn tokens_are_counted_by_who_pays_for_them() {
    let server = Loopback::start(|_, _| reply(200, ACTIVITY)).await;
    let used = |model: &str, quantities: &[(Meter, u32)]| -> Vec<UsageRecord> {
        let at = "2026-11-20T00:00:00Z".parse().unwrap();
        let record =
            |&(meter, quantity): &(Meter, u32)| UsageRecord { at, dims: dims(model), meter, quantity: quantity.into() };
        quantities.iter().map(record).collect()
    };
    let sonnet = [(Meter::Requests, 17), (Meter::Input, 51_250), (Meter::CacheRead, 40_000), (Meter::Output, 6_120)];
    // More was read from the cache than the prompts had.
    let gpt = [(Meter::Requests, 5), (Meter::CacheRead, 50), (Meter::Output, 125)];
    for (feed, expected) in
        [("usage", used("anthropic/claude-sonnet-4.6", &sonnet)), ("usage.byok", used("openai/gpt-4.1", &gpt))]
    {
        let FeedKind::Usage(_, feed) = kind(open(&server), feed) else { panic!("{feed} counts nothing") };
        assert_eq!(feed.fetch(window("2026-11-20", "2026-11-21")).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn days_that_are_let_go_are_refused_and_not_empty() {
    let server = Loopback::start(|_, _| reply(200, ACTIVITY)).await;
    let FeedKind::Costs(feed) = kind(open(&server), "costs") else { panic!("no costs") };
    assert_eq!(feed.fetch(window("2026-10-23", "2026-10-24")).await.unwrap(), []);
    let error = feed.fetch(window("2026-10-22", "2026-10-24")).await.unwrap_err();
    assert!(matches!(error, FetchError::Rejected { .. }), "{error}");
}

#[tokio::test]
async fn a_key_for_inference_tells_its_own_limits_and_nobody() {
    let server = Loopback::start(|_, _| reply(200, KEY)).await;
    let opened = open(&server);
    assert_eq!(opened.identity.as_ref().unwrap().ids().await.unwrap(), [""; 0]);
    let FeedKind::Snapshots(gauge) = kind(opened, "limits") else { panic!("no limits") };
    let quota = |scope: &str, unit: &str, used: &str, limit: Option<&str>, resets: &str| Snapshot {
        scope: scope.to_owned(),
        reading: Reading::Quota {
            unit: unit.to_owned(),
            used: decimal(used),
            limit: limit.map(decimal),
            resets_at: Some(resets.parse().unwrap()),
        },
    };
    let expected = [
        quota("today", "USD", "1.25", None, "2026-11-23T00:00:00Z"),
        quota("sk-or-v1-0e6...1c96", "USD", "25.5", Some("100"), "2026-12-01T00:00:00Z"),
        quota("free models", "requests", "12", Some("1000"), "2026-11-23T00:00:00Z"),
    ];
    assert_eq!(gauge.read().await.unwrap(), expected);
}

#[test]
fn keys_of_one_name_stay_apart_and_weeks_begin_on_monday() {
    let key = |hash: &str, name: &str, reset: &str| -> Key {
        let json = json!({ "hash": hash, "name": name, "limit": 5, "limit_remaining": "1.5", "limit_reset": reset });
        serde_json::from_value(json).unwrap()
    };
    let own: Data<Key> = serde_json::from_value(json!({ "data": { "is_provisioning_key": true } })).unwrap();
    let others = [key("h1", "Shop", "weekly"), key("h2", "Shop", "daily"), key("h3", "Lab", "never")];
    // A Sunday.
    let readings = gauges::readings(&own.data, &others, "2026-11-22".parse().unwrap());
    let seen: Vec<_> = readings
        .iter()
        .skip(1)
        .map(|snapshot| match &snapshot.reading {
            Reading::Quota { used, resets_at, .. } => {
                (snapshot.scope.as_str(), used.to_string(), resets_at.map(|at| at.date_naive().to_string()))
            }
            Reading::Balance(money) | Reading::Paid(money) => panic!("{money:?}"),
        })
        .collect();
    let next_day = Some("2026-11-23".to_owned());
    let used = || "3.5".to_owned();
    assert_eq!(seen, [("h1", used(), next_day.clone()), ("h2", used(), next_day), ("Lab", used(), None)]);
}
