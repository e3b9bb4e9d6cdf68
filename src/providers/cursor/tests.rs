//! The documented answers, digit for digit, and lists that move while they are read.

use axum::response::Response;
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::api::Event;
use super::*;
use crate::domain::cost::CostRecord;
use crate::domain::period::{Day, Window};
use crate::domain::snapshot::Reading;
use crate::domain::usage::{Meter, UsageRecord};
use crate::providers::feed::{FeedKind, FetchError};
use crate::providers::http::loopback::{Loopback, Seen, reply};

const EVENTS: &str = include_str!("fixtures/events.json");
const OLDER: &str = include_str!("fixtures/older_events.json");
const SPEND: &str = include_str!("fixtures/spend.json");
/// Of the documented event.
const DAY: &str = "2026-11-21";

fn open(server: &Loopback) -> Opened {
    let config: Config = serde_json::from_value(json!({ "api_key": "key_1", "base_url": server.base_url })).unwrap();
    config.open(&server.wire()).unwrap()
}

async fn costs(server: &Loopback, day: &str) -> Result<Vec<CostRecord>, FetchError> {
    let opened = open(server);
    let FeedKind::Costs(feed) = &opened.feeds[0].kind else { panic!("costs are no costs") };
    feed.fetch(Window::single(day.parse().unwrap())).await
}

async fn usage(server: &Loopback, day: &str) -> Vec<UsageRecord> {
    let opened = open(server);
    let FeedKind::Usage(UsageRole::Measured, feed) = &opened.feeds[1].kind else { panic!("usage is no usage") };
    feed.fetch(Window::single(day.parse().unwrap())).await.unwrap()
}

fn meters(records: &[UsageRecord], user: &str) -> Vec<(Meter, String, Option<String>)> {
    let of_user = records.iter().filter(|record| record.dims.user.as_deref() == Some(user));
    of_user.map(|record| (record.meter, record.quantity.to_string(), record.dims.service_tier.clone())).collect()
}

#[tokio::test]
async fn an_event_is_a_charge_with_cursors_fee_and_disjoint_tokens() {
    let server = Loopback::start(|_, _| reply(200, EVENTS)).await;
    let told = costs(&server, DAY).await.unwrap();
    let [record] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((record.amount.amount.to_string(), record.amount.currency.as_str()), ("0.215".to_owned(), "USD"));
    assert_eq!((record.dims.user.as_deref(), record.dims.model.as_deref()), (Some("a@b.c"), Some("claude-opus-5")));
    assert_eq!((record.line_item.as_deref(), record.dims.service_tier.as_deref()), (Some("Usage-based"), None));
    let expected = [
        (Meter::Input, "126"),
        (Meter::CacheRead, "11964"),
        (Meter::CacheWrite, "6112"),
        (Meter::Output, "450"),
        (Meter::Requests, "1"),
    ];
    let used = usage(&server, DAY).await;
    assert_eq!(meters(&used, "a@b.c"), expected.map(|(meter, quantity)| (meter, quantity.to_owned(), None)));

    let asked = &server.seen()[0];
    // `key_1:`
    assert_eq!(asked.header("authorization"), Some("Basic a2V5XzE6"));
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(body, json!({ "startDate": 1_795_219_200_000_i64, "endDate": 1_795_305_600_000_i64, "pageSize": 1000 }));
}

#[tokio::test]
async fn what_the_plan_includes_is_used_and_not_charged() {
    let server = Loopback::start(|_, _| reply(200, OLDER)).await;
    let told = costs(&server, "2025-06-26").await.unwrap();
    let amounts: Vec<_> = told.iter().map(|record| (record.amount.amount.to_string(), record.quantity)).collect();
    // 20.18232 and 40.16699999999999 cents: the same user, model and kind.
    assert_eq!(amounts, [("0.6034931999999999".to_owned(), Some(Decimal::TWO))]);
    let used = usage(&server, "2025-06-26").await;
    let included = Some("included".to_owned());
    assert_eq!(meters(&used, "admin@company.com"), [(Meter::Requests, "1".to_owned(), included)]);
    assert_eq!(meters(&used, "developer@company.com").len(), 5);
}

#[tokio::test]
async fn a_charge_without_an_amount_is_no_charge_of_nothing() {
    let event = json!({ "timestamp": "1795219200123", "kind": "Usage-based", "isChargeable": true });
    let server = Loopback::start(move |_, _| page(std::slice::from_ref(&event), 1, 1, 1)).await;
    let error = costs(&server, DAY).await.unwrap_err();
    assert_eq!(error.to_string(), "the usage event at 1795219200123 is charged, and has no amount");
}

fn page(events: &[Value], total: usize, page: u64, pages: u64) -> Response {
    let pagination = json!({ "numPages": pages, "currentPage": page, "hasNextPage": page < pages });
    let answer = json!({ "totalUsageEventsCount": total, "pagination": pagination, "usageEvents": events });
    reply(200, answer.to_string())
}

/// A charge of so many cents, in the minute after midnight of the day that is asked for.
fn event(cents: u32) -> Value {
    json!({ "timestamp": 1_795_219_200_000_i64 + i64::from(cents), "isChargeable": true, "chargedCents": cents })
}

fn page_of(seen: &Seen) -> u64 {
    serde_json::from_str::<Value>(&seen.body).unwrap()["page"].as_u64().unwrap_or(1)
}

fn total(records: &[CostRecord]) -> Decimal {
    records.iter().map(|record| record.amount.amount).sum()
}

#[tokio::test]
async fn pages_that_move_while_they_are_read_are_read_again() {
    // Between the first two pages an event of 40 cents comes in, so that 20 cents are on both.
    let server = Loopback::start(|seen, before| {
        let after = [event(40), event(30), event(20), event(10)];
        match (page_of(seen), before) {
            (1, 0) => page(&[event(30), event(20)], 3, 1, 2),
            (1, _) => page(&after[..2], 4, 1, 2),
            (number, _) => page(&after[2..], 4, number, 2),
        }
    })
    .await;
    assert_eq!(total(&costs(&server, DAY).await.unwrap()), Decimal::ONE);
    assert_eq!(server.seen().len(), 4);
}

#[tokio::test]
async fn events_that_do_not_come_to_rest_are_left_for_later() {
    let server = Loopback::start(|seen, before| page(&[event(30), event(20)], 4 + before, page_of(seen), 2)).await;
    let error = costs(&server, DAY).await.unwrap_err();
    assert!(matches!(error, FetchError::Unavailable(_)), "{error}");
    assert_eq!(server.seen().len(), 6);
}

#[tokio::test]
async fn events_that_look_alike_are_two_and_the_next_midnight_is_no_part_of_the_day() {
    let midnight = json!({ "timestamp": "1795305600000", "isChargeable": true, "chargedCents": 500 });
    let events = [midnight, event(30), event(30)];
    let server = Loopback::start(move |_, _| page(&events, 3, 1, 1)).await;
    assert_eq!(total(&costs(&server, DAY).await.unwrap()), Decimal::new(60, 2));
}

#[tokio::test]
async fn nothing_is_asked_for_that_is_still_to_come() {
    let server = Loopback::start(|_, _| page(&[], 0, 1, 0)).await;
    assert!(costs(&server, "2026-11-22").await.unwrap().is_empty());
    let body: Value = serde_json::from_str(&server.seen()[0].body).unwrap();
    let now = server.wire().clock.now();
    assert_eq!(body["endDate"], json!(now.timestamp_millis()));
}

#[tokio::test]
async fn a_members_limit_is_a_quota() {
    let server = Loopback::start(|_, _| reply(200, SPEND)).await;
    let opened = open(&server);
    let FeedKind::Snapshots(gauge) = &opened.feeds[3].kind else { panic!("limits are no snapshots") };
    let readings = gauge.read().await.unwrap();
    let [reading] = readings.as_slice() else { panic!("{readings:?}") };
    let quota =
        Reading::Quota { unit: "USD".to_owned(), used: Decimal::new(1234, 2), limit: Some(50.into()), resets_at: None };
    assert_eq!((reading.scope.as_str(), &reading.reading), ("a@b.c", &quota));
}

#[tokio::test]
async fn a_team_is_known_by_its_id_where_that_is_told() {
    for (answer, expected) in
        [(r#"{"events": [], "params": {"teamId": 12345}}"#, vec!["12345"]), (r#"{"events": []}"#, vec![])]
    {
        let server = Loopback::start(move |_, _| reply(200, answer)).await;
        assert_eq!(open(&server).identity.unwrap().ids().await.unwrap(), expected);
    }
}

#[test]
fn cursor_is_asked_twenty_times_a_minute_at_most() {
    assert!(http::Limits::default().min_gap * GAPS >= Duration::from_secs(60) / 20);
}

proptest! {
    /// Whatever the days, users, models and payers: what is charged is what the chargeable events say, and no token gets lost.
    #[test]
    fn money_and_tokens_add_up(told in prop::collection::vec((0_u32..3, 0_u8..3, 0_u8..3, any::<bool>(), 0_i64..10_i64.pow(15), 0_u32..10_000_000), 0..60)) {
        let day: Day = DAY.parse().unwrap();
        let events: Vec<(Day, Event)> = told.iter().map(|(offset, user, model, chargeable, cents, tokens)| {
            let json = json!({
                "timestamp": "1", "userEmail": format!("u{user}"), "model": format!("m{model}"), "isChargeable": chargeable,
                "chargedCents": Decimal::new(*cents, 12).to_string(), "tokenUsage": { "cacheReadTokens": tokens },
            });
            (day.plus(*offset), serde_json::from_value(json).unwrap())
        }).collect();
        let charged: Decimal = told.iter().filter(|event| event.3).map(|event| Decimal::new(event.4, 14)).sum();
        prop_assert_eq!(total(&convert::costs(&events).unwrap()), charged);
        let used = convert::usage(&events);
        let read: Decimal = used.iter().filter(|record| record.meter == Meter::CacheRead).map(|record| record.quantity).sum();
        prop_assert_eq!(read, told.iter().map(|event| Decimal::from(event.5)).sum::<Decimal>());
        let requests: Decimal = used.iter().filter(|record| record.meter == Meter::Requests).map(|record| record.quantity).sum();
        prop_assert_eq!(requests, Decimal::from(told.len()));
    }
}
