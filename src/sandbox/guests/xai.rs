//! xAI's management API: the cost of days by description, in answers that may be cut off, and prepaid credit.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::NaiveDateTime;
use rust_decimal::Decimal;
use serde_json::{Number, Value, json};

use super::room::Room;
use super::wrong;
use crate::domain::period::{Day, Window};
use crate::sandbox::auth::bearer;
use crate::sandbox::state::State;
use crate::sandbox::tamper::Tampering;

/// Opens nothing but a sandbox.
pub(in crate::sandbox) const KEY: &str = "xai-sandboxmanagement0000";
const TEAM: &str = "5ea6f6bd-7815-4b8a-9135-28b2d7ba6722";
/// Points that an answer holds.
const LIMIT: usize = 100;

/// What is charged for, with nanodollars of a day and how many days pass from one such day to the next.
const KINDS: [(&str, u64, i64); 7] = [
    ("grok-4.3 input tokens", 4_310_007_001, 1),
    ("grok-4.3 cached prompt text tokens", 730_000_013, 1),
    ("grok-4.3 output tokens", 6_920_301_007, 1),
    ("grok-4-fast-reasoning reasoning tokens", 310_400_003, 1),
    ("Batch: grok-4-fast-reasoning completion tokens", 87_000_001, 2),
    ("Live Search sources", 125_000_000, 3),
    ("grok-imagine-image images", 70_000_000, 5),
];

pub(super) struct Xai;

impl Room for Xai {
    fn routes(&self) -> Router<Arc<State>> {
        Router::new()
            .route("/auth/management-keys/validation", get(validation))
            .route("/v1/billing/teams/{team}/usage", post(usage))
            .route("/v1/billing/teams/{team}/prepaid/balance", get(balance))
    }

    fn refuse(&self, status: StatusCode, message: &str) -> Response {
        (status, Json(json!({ "code": 16, "message": message, "details": [] }))).into_response()
    }

    fn tamper(&self, tampering: Tampering, answer: &mut Value) {
        match tampering {
            Tampering::WrongTypes => wrong::mistype(answer, &["val"]),
            Tampering::OtherNotation => wrong::renote(answer, &["val"]),
            Tampering::Unknown => wrong::surprise(answer),
            Tampering::RepeatedCursor => answer["limitReached"] = json!(true),
            Tampering::NoAmount => points(answer, |points| {
                points.iter_mut().for_each(|point| point["values"] = json!([null]));
            }),
            Tampering::VanishedRow => {
                answer["timeSeries"].as_array_mut().map(Vec::pop);
            }
            // One that is in the middle of most windows.
            Tampering::EmptyDay => points(answer, |points| {
                points.retain(|point| point["timestamp"].as_str().is_none_or(|at| !at.contains("-17T")));
            }),
        }
    }

    fn bill(&self, state: &State, day: Day) -> Option<Decimal> {
        state.has_seen(day).then(|| (0..KINDS.len()).map(|kind| cost(state, kind, day)).sum())
    }
}

fn points(value: &mut Value, change: impl Fn(&mut Vec<Value>)) {
    let series = value["timeSeries"].as_array_mut().into_iter().flatten();
    series.filter_map(|series| series["dataPoints"].as_array_mut()).for_each(change);
}

/// US dollars, as of now.
fn cost(state: &State, kind: usize, day: Day) -> Decimal {
    let (now, Some((_, nano, every))) = (state.now(), KINDS.get(kind)) else { return Decimal::ZERO };
    let Ok(age) = u64::try_from(day.since(state.world.founded)) else { return Decimal::ZERO };
    if Day::of(now) < day || day.since(state.world.founded) % every != 0 {
        return Decimal::ZERO;
    }
    let noise = state.world.noise(&[7_401, u64::try_from(kind).unwrap_or_default(), age], 300);
    let minutes = u64::try_from((now.min(day.end()) - day.start()).num_minutes()).unwrap_or_default();
    Decimal::from_i128_with_scale(i128::from(nano * noise) * i128::from(minutes) / 1_440, 12)
}

/// A refusal of whoever does not show the key, or asks for another team than its own.
fn refusal(headers: &HeaderMap, team: &str) -> Option<Response> {
    if bearer(headers) != Some(KEY) {
        return Some(Xai.refuse(StatusCode::UNAUTHORIZED, "Invalid bearer token."));
    }
    (team != TEAM).then(|| Xai.refuse(StatusCode::FORBIDDEN, "The management key is not allowed to access this team."))
}

async fn validation(headers: HeaderMap) -> Response {
    refusal(&headers, TEAM).unwrap_or_else(|| {
        let key = json!({
            "managementKeyId": "b8a1", "name": "llmtally", "scope": "SCOPE_TEAM", "scopeId": TEAM, "teamId": TEAM,
            "acls": ["billing:read"], "createTime": "2026-01-05T10:30:00Z",
        });
        Json(key).into_response()
    })
}

async fn usage(
    Shared(state): Shared<Arc<State>>,
    Path(team): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    if let Some(refusal) = refusal(&headers, &team) {
        return refusal;
    }
    match asked(&body["analyticsRequest"]) {
        Ok(window) => Json(report(&state, window)).into_response(),
        Err(what) => Xai.refuse(StatusCode::BAD_REQUEST, &format!("invalid analytics request: {what}")),
    }
}

/// The whole days of a question that is put as documented.
fn asked(request: &Value) -> Result<Window, &'static str> {
    let day = |name: &str| {
        let text = request["timeRange"][name].as_str()?;
        let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok()?.and_utc();
        Some(Day::of(time)).filter(|day| day.start() == time)
    };
    let (Some(first), Some(end)) = (day("startTime"), day("endTime")) else { return Err("time range") };
    if request["timeRange"]["timezone"] != "Etc/GMT" || request["timeUnit"] != "TIME_UNIT_DAY" {
        return Err("time unit");
    }
    if request["values"] != json!([{ "name": "usd", "aggregation": "AGGREGATION_SUM" }]) {
        return Err("values");
    }
    if request["groupBy"] != json!(["description"]) || request["filters"] != json!([]) {
        return Err("grouping");
    }
    Window::new(first, end).ok_or("time range")
}

/// A kind of use has a point for each day, if only a zero, and none at all where it cost nothing.
fn report(state: &State, window: Window) -> Value {
    let mut left = LIMIT;
    let mut limit_reached = false;
    let mut all = BTreeMap::new();
    for (kind, (text, ..)) in KINDS.iter().enumerate() {
        let costs: Vec<_> = window.days().map(|day| (day, cost(state, kind, day))).collect();
        if costs.iter().all(|(_, cost)| cost.is_zero()) {
            continue;
        }
        limit_reached |= left < costs.len();
        let points = costs
            .iter()
            .take(left)
            .map(|(day, cost)| json!({ "timestamp": format!("{day}T00:00:00Z"), "values": [number(*cost)] }));
        let points: Vec<_> = points.collect();
        left -= points.len();
        all.insert(*text, points);
    }
    let series = all
        .into_iter()
        .filter(|(_, points)| !points.is_empty())
        .map(|(text, points)| json!({ "group": [text], "groupLabels": [text], "dataPoints": points }));
    json!({ "timeSeries": series.collect::<Vec<_>>(), "limitReached": limit_reached })
}

async fn balance(Shared(state): Shared<Arc<State>>, Path(team): Path<String>, headers: HeaderMap) -> Response {
    if let Some(refusal) = refusal(&headers, &team) {
        return refusal;
    }
    let today = Day::of(state.now());
    let month = Window::new(today.month_start(), today.next());
    let spent: Decimal = month.into_iter().flat_map(Window::days).filter_map(|day| Xai.bill(&state, day)).sum();
    let bought = 100_000;
    let left = (spent * Decimal::ONE_HUNDRED).round() - Decimal::from(bought);
    let purchase = json!({
        "teamId": TEAM, "changeOrigin": "PURCHASE", "topupStatus": "SUCCEEDED",
        "amount": { "val": format!("-{bought}") }, "invoiceId": "", "createTime": today.month_start().start(),
    });
    Json(json!({ "changes": [purchase], "total": { "val": left.to_string() } })).into_response()
}

/// A JSON number, digit for digit.
fn number(value: Decimal) -> Value {
    json!(value.normalize().to_string().parse::<Number>().ok())
}
