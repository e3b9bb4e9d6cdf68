//! Fireworks AI: two accounts, and summaries of the bill for any range of whole days.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value, json};

use super::room::{PAGE_LIMIT, Room};
use super::wrong;
use crate::domain::period::{Day, Window};
use crate::sandbox::auth::bearer;
use crate::sandbox::state::State;
use crate::sandbox::tamper::Tampering;

/// Opens nothing but a sandbox.
pub(in crate::sandbox) const KEY: &str = "fw_3ZSandboxFireworks0000";
const ACCOUNTS: [(&str, &str); 2] = [("shop", "Shop"), ("research-lab", "")];
/// The token that is handed out again and again.
const AGAIN: &str = "QWdhaW4=";

struct Kind {
    account: usize,
    category: &'static str,
    group: (&'static str, &'static str),
    series: &'static str,
    load: u64,
    /// Nanodollars of a unit.
    price: i64,
}

const KIMI: &str = "accounts/fireworks/models/kimi-k2p5";
const GPT_OSS: &str = "accounts/fireworks/models/gpt-oss-120b";

#[rustfmt::skip]
const KINDS: [Kind; 7] = [
    Kind { account: 0, category: "SERVERLESS", group: ("model", KIMI), series: "input", load: 2_700_000, price: 600 },
    Kind { account: 0, category: "SERVERLESS", group: ("model", KIMI), series: "cached input", load: 1_100_000, price: 100 },
    Kind { account: 0, category: "SERVERLESS", group: ("model", KIMI), series: "output", load: 410_000, price: 3_000 },
    Kind { account: 1, category: "SERVERLESS", group: ("model", GPT_OSS), series: "output", load: 900_000, price: 600 },
    Kind { account: 1, category: "ON_DEMAND_DEPLOYMENT", group: ("deployment", "accounts/research-lab/deployments/d-1"), series: "H100", load: 7_200, price: 1_611_111 },
    Kind { account: 1, category: "FINE_TUNING", group: ("base_model", GPT_OSS), series: "training tokens", load: 300_000, price: 500 },
    Kind { account: 1, category: "CREDITS", group: ("", ""), series: "", load: 1, price: -150_000_001 },
];

pub(super) struct Fireworks;

impl Room for Fireworks {
    fn routes(&self) -> Router<Arc<State>> {
        Router::new().route("/v1/accounts", get(accounts)).route("/v1/accounts/{account}/billing/summary", get(summary))
    }

    fn refuse(&self, status: StatusCode, message: &str) -> Response {
        (status, Json(json!({ "error": { "code": status.as_u16(), "message": message } }))).into_response()
    }

    fn later_page(&self) -> &'static [&'static str] {
        &["pageToken="]
    }

    fn tamper(&self, tampering: Tampering, answer: &mut Value) {
        match tampering {
            Tampering::WrongTypes => wrong::mistype(answer, &["units"]),
            Tampering::OtherNotation => wrong::renote(answer, &["units"]),
            Tampering::Unknown => wrong::surprise(answer),
            Tampering::RepeatedCursor if answer.get("accounts").is_some() => answer["nextPageToken"] = json!(AGAIN),
            Tampering::RepeatedCursor => {}
            Tampering::NoAmount => lines(answer).for_each(|line| line["totalCost"] = Value::Null),
            Tampering::VanishedRow => {
                answer["lineItems"].as_array_mut().map(Vec::pop);
            }
            // One that is in the middle of most windows.
            Tampering::EmptyDay => {
                let start = answer["usageBuckets"][0]["bucketStartTime"].as_str();
                if start.is_some_and(|start| start.contains("-17T")) {
                    answer["lineItems"] = json!([]);
                }
            }
        }
    }

    fn bill(&self, state: &State, day: Day) -> Option<Decimal> {
        state.has_seen(day).then(|| KINDS.iter().enumerate().map(|(index, kind)| cost(state, index, kind, day)).sum())
    }
}

fn lines(value: &mut Value) -> impl Iterator<Item = &mut Value> {
    value["lineItems"].as_array_mut().into_iter().flatten()
}

/// As of now.
fn units(state: &State, index: usize, kind: &Kind, day: Day) -> u64 {
    let now = state.now();
    let Ok(age) = u64::try_from(day.since(state.world.founded)) else { return 0 };
    if Day::of(now) < day {
        return 0;
    }
    if kind.load == 1 {
        return 1;
    }
    let noise = state.world.noise(&[7_601, u64::try_from(index).unwrap_or_default(), age], 300);
    let minutes = u64::try_from((now.min(day.end()) - day.start()).num_minutes()).unwrap_or_default();
    kind.load * noise / 1_000 * minutes / 1_440
}

/// US dollars.
fn cost(state: &State, index: usize, kind: &Kind, day: Day) -> Decimal {
    let nano = i128::from(units(state, index, kind, day)) * i128::from(kind.price);
    Decimal::from_i128_with_scale(nano, 9)
}

/// Of a sum that is no whole number of dollars both parts have its sign; parts that are zero are left out.
fn money(value: Decimal) -> Value {
    let mut money = json!({ "currencyCode": "USD" });
    if !value.trunc().is_zero() {
        money["units"] = value.trunc().normalize().to_string().into();
    }
    let nanos = (value.fract() * Decimal::from(1_000_000_000)).to_i64().unwrap_or_default();
    if nanos != 0 {
        money["nanos"] = nanos.into();
    }
    money
}

/// A refusal of whoever does not show the key.
fn refusal(headers: &HeaderMap) -> Option<Response> {
    (bearer(headers) != Some(KEY))
        .then(|| Fireworks.refuse(StatusCode::UNAUTHORIZED, "The API key you provided is invalid."))
}

type Pairs = Query<BTreeMap<String, String>>;

async fn accounts(headers: HeaderMap, Query(query): Pairs) -> Response {
    if let Some(refusal) = refusal(&headers) {
        return refusal;
    }
    let ordered = headers.get(PAGE_LIMIT).and_then(|value| value.to_str().ok()?.parse().ok());
    let size = query.get("pageSize").map_or(Ok(50), |size| size.parse()).ok().filter(|size| (1..=200).contains(size));
    let start = match query.get("pageToken").map(String::as_str) {
        None | Some("" | AGAIN) => Some(0),
        Some(token) => token.strip_prefix("cGFnZQ-").and_then(|start| start.parse().ok()),
    };
    let (Some(size), Some(start)) = (ordered.or(size), start) else {
        return Fireworks.refuse(StatusCode::BAD_REQUEST, "invalid page size or token");
    };
    let page = ACCOUNTS.iter().skip(start).take(size).map(|(slug, name)| {
        let email = format!("billing@{slug}.example.com");
        json!({ "name": format!("accounts/{slug}"), "displayName": name, "email": email, "state": "READY" })
    });
    let page: Vec<Value> = page.collect();
    let end = start + size;
    let token = if end < ACCOUNTS.len() { format!("cGFnZQ-{end}") } else { String::new() };
    Json(json!({ "accounts": page, "nextPageToken": token, "totalSize": ACCOUNTS.len() })).into_response()
}

async fn summary(
    Shared(state): Shared<Arc<State>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    Query(query): Pairs,
) -> Response {
    if let Some(refusal) = refusal(&headers) {
        return refusal;
    }
    let Some(account) = ACCOUNTS.iter().position(|(slug, _)| *slug == account) else {
        return Fireworks.refuse(StatusCode::NOT_FOUND, "account not found");
    };
    // Times of day are left aside.
    let day = |name: &str| query.get(name)?.parse::<DateTime<Utc>>().ok().map(Day::of);
    match day("startTime").zip(day("endTime")).and_then(|(first, end)| Window::new(first, end)) {
        Some(window) => Json(report(&state, account, window)).into_response(),
        None => Fireworks.refuse(StatusCode::BAD_REQUEST, "start time must be before end time"),
    }
}

/// Lines are sums of the range, and each day tells them once more in a bucket.
fn report(state: &State, account: usize, window: Window) -> Value {
    let of = |window: Window| -> Vec<Value> {
        let own = KINDS.iter().enumerate().filter(|(_, kind)| kind.account == account);
        own.filter_map(|(index, kind)| line(state, index, kind, window)).collect()
    };
    let buckets = window
        .days()
        .map(|day| json!({ "bucketStartTime": format!("{day}T00:00:00Z"), "lineItems": of(Window::single(day)) }));
    json!({ "lineItems": of(window), "usageBuckets": buckets.collect::<Vec<_>>() })
}

fn line(state: &State, index: usize, kind: &Kind, window: Window) -> Option<Value> {
    let quantity: u64 = window.days().map(|day| units(state, index, kind, day)).sum();
    let total: Decimal = window.days().map(|day| cost(state, index, kind, day)).sum();
    let (key, value) = kind.group;
    (quantity > 0).then(|| {
        json!({
            "category": kind.category, "groupingKey": key, "groupingValue": value, "series": kind.series,
            "quantity": quantity, "totalCost": money(total), "unitAmount": money(Decimal::new(kind.price, 9)),
        })
    })
}
