//! Cursor: single usage events of a team, newest first, its members, and what they have spent of their limits.

use std::cmp::Reverse;
use std::sync::Arc;

use axum::extract::{Query, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Datelike, DurationRound, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Number, Value, json};

use super::room::{PAGE_LIMIT, Room};
use super::wrong;
use crate::domain::period::Day;
use crate::sandbox::state::State;
use crate::sandbox::tamper::Tampering;

/// Opens nothing but a sandbox.
pub(in crate::sandbox) const KEY: &str = "key_sandboxcursor00000000";
const TEAM: u32 = 4711;
/// The last one has left the team, and his events stay.
const MEMBERS: [(&str, &str, bool); 4] = [
    ("ada@example.com", "Ada", false),
    ("grace@example.com", "Grace", false),
    ("linus@example.com", "Linus", false),
    ("barbara@example.com", "Barbara", true),
];
/// Model, and thousandths of a cent for a thousand tokens of input.
const MODELS: [(&str, i64); 4] = [("claude-opus-5", 517), ("gpt-5.5", 483), ("composer-2.5", 51), ("default", 129)];
const LONGEST: TimeDelta = TimeDelta::days(30);

pub(super) struct Cursor;

/// A request of somebody's to a model.
struct Event {
    at: DateTime<Utc>,
    user: Option<&'static str>,
    model: &'static str,
    paid: Paid,
    /// Input, output, cache writes and cache reads; `None` where tokens do not decide on the price.
    tokens: Option<[i64; 4]>,
    /// What the tokens are worth, in cents.
    worth: Decimal,
    fee: Decimal,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Paid {
    ByUse,
    ByPlan,
    /// A review of a pull request that costs nothing.
    Free,
}

impl Room for Cursor {
    fn routes(&self) -> Router<Arc<State>> {
        Router::new()
            .route("/teams/members", get(members))
            .route("/teams/audit-logs", get(audit_logs))
            .route("/teams/spend", post(spend))
            .route("/teams/filtered-usage-events", post(events))
    }

    fn refuse(&self, status: StatusCode, message: &str) -> Response {
        let error = status.canonical_reason().unwrap_or_default();
        (status, Json(json!({ "error": error, "message": message }))).into_response()
    }

    fn later_page(&self) -> &'static [&'static str] {
        &["\"page\":"]
    }

    fn tamper(&self, tampering: Tampering, answer: &mut Value) {
        match tampering {
            Tampering::WrongTypes => wrong::mistype(answer, &["timestamp"]),
            Tampering::OtherNotation => wrong::renote(answer, &["timestamp"]),
            Tampering::Unknown => {
                wrong::surprise(answer);
                rows(answer).into_iter().flatten().for_each(|event| event["kind"] = json!("Brand-new"));
            }
            Tampering::NoAmount => {
                rows(answer).into_iter().flatten().for_each(|event| event["chargedCents"] = Value::Null);
            }
            Tampering::RepeatedCursor if rows(answer).is_some() => {
                answer["pagination"]["hasNextPage"] = json!(true);
                answer["pagination"]["currentPage"] = json!(1);
            }
            Tampering::RepeatedCursor => {}
            Tampering::VanishedRow => thin(answer, |events| drop(events.pop())),
            Tampering::EmptyDay => thin(answer, |events| {
                let newest = events.first().and_then(day_of);
                events.retain(|event| day_of(event) != newest);
            }),
        }
    }

    fn bill(&self, state: &State, day: Day) -> Option<Decimal> {
        let cents: Decimal = known(state, day).iter().map(Event::charged).sum();
        Some(cents / Decimal::ONE_HUNDRED)
    }
}

fn rows(value: &mut Value) -> Option<&mut Vec<Value>> {
    value.get_mut("usageEvents")?.as_array_mut()
}

/// Takes events away, which then are not counted either.
fn thin(value: &mut Value, take: impl Fn(&mut Vec<Value>)) {
    let Some(events) = rows(value) else { return };
    take(events);
    value["totalUsageEventsCount"] = json!(events.len());
}

fn day_of(event: &Value) -> Option<Day> {
    DateTime::from_timestamp_millis(event["timestamp"].as_str()?.parse().ok()?).map(Day::of)
}

/// What the team has heard of by now: an hour is told when it is over, and some of it two hours late.
fn known(state: &State, day: Day) -> Vec<Event> {
    let told = state.now().duration_trunc(TimeDelta::hours(1)).unwrap_or_default();
    if day < state.world.founded {
        return Vec::new();
    }
    let late = |event: &Event| if event.fee.is_zero() { TimeDelta::hours(2) } else { TimeDelta::zero() };
    of_day(day).into_iter().filter(|event| event.at + late(event) < told).collect()
}

/// Fourteen events, the oldest first: one at midnight sharp, and two that look alike.
fn of_day(day: Day) -> Vec<Event> {
    let number = i64::from(day.date().num_days_from_ce());
    let of = |index: i64, paid, user| {
        let (model, price) = MODELS[usize::try_from((number + index) % 4).unwrap_or_default()];
        let scale = 1 + (number * 31 + index * 17) % 23;
        let tokens = [126 * scale, 450 + scale, 611 * (scale % 5), 11_964 * (scale % 7)];
        let weighed = tokens[0] + 5 * tokens[1] + tokens[2] * 5 / 4 + tokens[3] / 10;
        Event {
            at: day.start() + TimeDelta::minutes(index * 73) + TimeDelta::milliseconds(index * 123),
            user,
            model,
            paid,
            tokens: (paid != Paid::Free).then_some(tokens),
            worth: Decimal::new(weighed * price, 6),
            fee: Decimal::new(tokens.iter().sum::<i64>() * i64::from(index % 3 > 0), 5),
        }
    };
    let member = |index: i64| Some(MEMBERS[usize::try_from((number + index) % 4).unwrap_or_default()].0);
    let mut events: Vec<Event> = (0..6).map(|index| of(index, Paid::ByUse, member(index))).collect();
    events.push(of(5, Paid::ByUse, member(5)));
    events.extend((6..10).map(|index| of(index, Paid::ByPlan, member(index))));
    events.push(of(10, Paid::ByUse, None));
    events.push(of(11, Paid::Free, member(11)));
    // By the request.
    events.push(Event { tokens: None, worth: Decimal::from(4), fee: Decimal::ZERO, ..of(12, Paid::ByUse, member(12)) });
    events
}

impl Event {
    /// Cents.
    fn charged(&self) -> Decimal {
        if self.paid == Paid::ByUse { self.worth + self.fee } else { Decimal::ZERO }
    }

    fn told(&self) -> Value {
        let kind = match self.paid {
            Paid::ByUse => "Usage-based",
            Paid::ByPlan => "Included in Business",
            Paid::Free => "Free",
        };
        let mut event = json!({
            "timestamp": self.at.timestamp_millis().to_string(), "userEmail": self.user, "model": self.model, "kind": kind,
            "maxMode": false, "requestsCosts": 1.5, "isTokenBasedCall": self.tokens.is_some(),
            "isChargeable": self.paid == Paid::ByUse, "isHeadless": self.user.is_none(), "isFreeBugbot": self.paid == Paid::Free,
            "chargedCents": number(self.charged()), "cursorTokenFee": number(self.fee),
        });
        if let Some([input, output, written, read]) = self.tokens {
            event["tokenUsage"] = json!({
                "inputTokens": input, "outputTokens": output, "cacheWriteTokens": written, "cacheReadTokens": read,
                "totalCents": number(self.worth), "discountPercentOff": 0,
            });
        }
        event
    }
}

fn refusal(headers: &HeaderMap) -> Option<Response> {
    let sent = headers.get("authorization").and_then(|value| value.to_str().ok());
    let right = format!("Basic {}", STANDARD.encode(format!("{KEY}:")));
    (sent != Some(&right)).then(|| Cursor.refuse(StatusCode::UNAUTHORIZED, "Invalid API key"))
}

async fn members(headers: HeaderMap) -> Response {
    if let Some(refusal) = refusal(&headers) {
        return refusal;
    }
    let member = |(id, (email, name, is_removed)): (usize, (&str, &str, bool))| json!({ "id": id, "name": name, "email": email, "role": "member", "isRemoved": is_removed });
    let members: Vec<Value> = MEMBERS.into_iter().enumerate().map(member).collect();
    Json(json!({ "teamMembers": members })).into_response()
}

async fn audit_logs(headers: HeaderMap, Query(asked): Query<Vec<(String, String)>>) -> Response {
    if let Some(refusal) = refusal(&headers) {
        return refusal;
    }
    let is_known =
        |name: &str| matches!(name, "startTime" | "endTime" | "page" | "pageSize" | "eventTypes" | "search" | "users");
    if !asked.iter().all(|(name, _)| is_known(name)) {
        return Cursor.refuse(StatusCode::BAD_REQUEST, "unknown parameter");
    }
    Json(json!({ "events": [], "pagination": { "page": 1, "totalPages": 0 }, "params": { "teamId": TEAM } }))
        .into_response()
}

/// What a list is asked for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Asked {
    start_date: Option<i64>,
    end_date: Option<i64>,
    page: Option<usize>,
    page_size: Option<usize>,
}

impl Asked {
    /// The items of the page, its number and how many pages there are.
    fn cut<T>(&self, headers: &HeaderMap, items: Vec<T>) -> (Vec<T>, usize, usize) {
        let ordered = headers.get(PAGE_LIMIT).and_then(|value| value.to_str().ok()?.parse().ok());
        let size = self.page_size.unwrap_or(10).min(ordered.unwrap_or(usize::MAX)).max(1);
        let (page, pages) = (self.page.unwrap_or(1).max(1), items.len().div_ceil(size));
        (items.into_iter().skip((page - 1) * size).take(size).collect(), page, pages)
    }
}

async fn spend(Shared(state): Shared<Arc<State>>, headers: HeaderMap, Json(asked): Json<Asked>) -> Response {
    if let Some(refusal) = refusal(&headers) {
        return refusal;
    }
    let cycle = Day::of(state.now()).month_start();
    let spent = |email: &str| -> Decimal {
        let days = (0..31).map(|day| cycle.plus(day));
        days.flat_map(|day| known(&state, day))
            .filter(|event| event.user == Some(email))
            .map(|event| event.charged())
            .sum()
    };
    let row = |(id, (email, name, is_removed)): (usize, (&str, &str, bool))| {
        json!({
            "userId": id, "name": name, "email": email, "role": "member", "spendCents": number(spent(email)),
            "includedSpendCents": 2000, "fastPremiumRequests": 0, "hardLimitOverrideDollars": 0, "monthlyLimitDollars": null,
            "effectivePerUserLimitDollars": if is_removed { None } else { Some(50) },
        })
    };
    let all: Vec<Value> = MEMBERS.into_iter().enumerate().map(row).collect();
    let total = all.len();
    let (page, _, pages) = asked.cut(&headers, all);
    Json(json!({
        "teamMemberSpend": page, "subscriptionCycleStart": cycle.start().timestamp_millis(), "totalMembers": total, "totalPages": pages,
    }))
    .into_response()
}

async fn events(Shared(state): Shared<Arc<State>>, headers: HeaderMap, Json(asked): Json<Asked>) -> Response {
    if let Some(refusal) = refusal(&headers) {
        return refusal;
    }
    let time = |milliseconds: Option<i64>| DateTime::from_timestamp_millis(milliseconds?);
    let (Some(first), Some(last)) = (time(asked.start_date), time(asked.end_date)) else {
        return Cursor.refuse(StatusCode::BAD_REQUEST, "startDate and endDate are needed here");
    };
    if last < first || last - first > LONGEST || asked.page_size.is_some_and(|size| size > 1000) {
        return Cursor.refuse(StatusCode::BAD_REQUEST, "Date range cannot exceed 30 days, nor a page 1000 events");
    }
    let days = (0..=30).map(|day| Day::of(first).plus(day));
    // Both ends belong to the range.
    let mut all: Vec<Event> =
        days.flat_map(|day| known(&state, day)).filter(|event| first <= event.at && event.at <= last).collect();
    all.sort_by_key(|event| Reverse(event.at));
    let total = all.len();
    let (events, page, pages) = asked.cut(&headers, all);
    Json(json!({
        "totalUsageEventsCount": total,
        "pagination": {
            "numPages": pages, "currentPage": page, "pageSize": asked.page_size.unwrap_or(10),
            "hasNextPage": page < pages, "hasPreviousPage": page > 1,
        },
        "usageEvents": events.iter().map(Event::told).collect::<Vec<_>>(),
        "period": { "startDate": asked.start_date, "endDate": asked.end_date },
    }))
    .into_response()
}

/// A JSON number, digit for digit.
fn number(value: Decimal) -> Value {
    json!(value.normalize().to_string().parse::<Number>().ok())
}
