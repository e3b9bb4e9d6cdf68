//! Hugging Face: sums of inference and jobs for any span of time, and the items of the current billing period.

use std::sync::Arc;

use axum::extract::{Query, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, SecondsFormat, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::room::Room;
use super::wrong;
use crate::domain::period::{Day, Window};
use crate::sandbox::auth::bearer;
use crate::sandbox::state::State;
use crate::sandbox::tamper::Tampering;

/// Opens nothing but a sandbox.
pub(in crate::sandbox) const KEY: &str = "hf_sandboxhuggingface0000";
/// Nanodollars that are included in a month.
const INCLUDED: u64 = 2_000_000_000;
/// Providers with their nanodollars and requests of a day.
const PROVIDERS: [(&str, u64, u64); 3] =
    [("together", 431_234_567, 210), ("novita", 98_765_432, 95), ("hf-inference", 12_345_678, 40)];
/// Microdollars and minutes of a day's jobs.
const JOBS: (u64, u64) = (1_600_000, 96);

pub(super) struct HuggingFace;

impl Room for HuggingFace {
    fn routes(&self) -> Router<Arc<State>> {
        Router::new()
            .route("/api/settings/billing/usage", get(period))
            .route("/api/settings/billing/usage-v2", get(summary))
            .route("/api/organizations/acme/billing/usage", get(period))
            .route("/api/organizations/acme/billing/usage-v2", get(summary))
    }

    fn refuse(&self, status: StatusCode, message: &str) -> Response {
        (status, Json(json!({ "error": message }))).into_response()
    }

    fn tamper(&self, tampering: Tampering, answer: &mut Value) {
        match tampering {
            Tampering::WrongTypes => wrong::mistype(answer, &[]),
            Tampering::OtherNotation => wrong::renote(answer, &[]),
            Tampering::Unknown => wrong::surprise(answer),
            Tampering::EmptyDay => empty_day(answer),
            Tampering::NoAmount | Tampering::VanishedRow | Tampering::RepeatedCursor => {}
        }
    }

    fn bill(&self, state: &State, day: Day) -> Option<Decimal> {
        state.has_seen(day).then(|| {
            let to_date = |end: Day| inference(state, day.month_start().start(), end.start());
            let charged = |nano: u64| nano.saturating_sub(INCLUDED);
            let nano = charged(to_date(day.next())) - charged(to_date(day));
            let (micro, _) = jobs(state, day.start(), day.end());
            Decimal::from_i128_with_scale(nano.into(), 9) + Decimal::from_i128_with_scale(micro.into(), 6)
        })
    }
}

/// The sums of a single day with an odd number are none.
fn empty_day(value: &mut Value) {
    let inference = &value["usage"]["inferenceProviders"];
    let bound = |name: &str| inference[name].as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok()).map(Day::of);
    let (Some(start), Some(end)) = (bound("periodStart"), bound("periodEnd")) else { return };
    if end == start.next() && start.to_string().ends_with(['1', '3', '5', '7', '9']) {
        value["usage"] = json!({ "inferenceProviders": null, "jobs": null });
    }
}

/// How much of `daily` falls between two moments: each day has its own, spread evenly over its minutes up to now.
fn share(state: &State, salt: u64, daily: u64, start: DateTime<Utc>, end: DateTime<Utc>) -> u64 {
    let end = end.min(state.now());
    let (first, last) = (Day::of(start).max(state.world.founded), Day::of(end).next());
    let days = Window::new(first, last).into_iter().flat_map(Window::days);
    days.map(|day| {
        let age = u64::try_from(day.since(state.world.founded)).unwrap_or_default();
        let whole = daily * state.world.noise(&[7_301, salt, age], 300) / 1_000;
        let up_to = |at: DateTime<Utc>| {
            let minutes = (at.clamp(day.start(), day.end()) - day.start()).num_minutes();
            whole * u64::try_from(minutes).unwrap_or_default() / 1_440
        };
        up_to(end).saturating_sub(up_to(start))
    })
    .sum()
}

/// Nanodollars of all providers.
fn inference(state: &State, start: DateTime<Utc>, end: DateTime<Utc>) -> u64 {
    (0_u64..).zip(PROVIDERS).map(|(salt, (_, daily, _))| share(state, salt, daily, start, end)).sum()
}

/// Microdollars and minutes.
fn jobs(state: &State, start: DateTime<Utc>, end: DateTime<Utc>) -> (u64, u64) {
    (share(state, 90, JOBS.0, start, end), share(state, 90, JOBS.1, start, end))
}

/// A refusal of whoever does not show the key.
fn refusal(headers: &HeaderMap) -> Option<Response> {
    let message = "Invalid credentials in Authorization header";
    (bearer(headers) != Some(KEY)).then(|| HuggingFace.refuse(StatusCode::UNAUTHORIZED, message))
}

async fn summary(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    if let Some(refusal) = refusal(&headers) {
        return refusal;
    }
    let moment = |wanted: &str| {
        let text = query.iter().find(|(name, _)| name == wanted).map(|(_, value)| value)?;
        DateTime::from_timestamp(text.parse().ok()?, 0)
    };
    let (Some(start), Some(end)) = (moment("startDate"), moment("endDate")) else {
        return HuggingFace.refuse(StatusCode::BAD_REQUEST, "startDate and endDate are required integers");
    };
    if Day::of(state.now()).plus_months(2).start() < end || Day::of(start).plus_months(1).start() < end {
        let message = "The requested range is more than one billing period in the future";
        return HuggingFace.refuse(StatusCode::BAD_REQUEST, message);
    }
    let details = (0_u64..).zip(PROVIDERS).map(|(salt, (name, nano, requests))| {
        json!({
            "providerName": name,
            "totalCostNanoUsd": share(&state, salt, nano, start, end),
            "numRequests": share(&state, salt, requests, start, end),
        })
    });
    let (micro, minutes) = jobs(&state, start, end);
    Json(json!({ "usage": {
        "inferenceProviders": {
            "usedNanoUsd": inference(&state, start, end), "includedNanoUsd": INCLUDED, "limitNanoUsd": 0,
            "numRequests": 345, "periodStart": iso(start), "periodEnd": iso(end),
            "providerDetails": details.collect::<Vec<_>>(),
        },
        "jobs": { "usedMicroUsd": micro, "totalMinutes": minutes },
    } }))
    .into_response()
}

async fn period(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Response {
    if let Some(refusal) = refusal(&headers) {
        return refusal;
    }
    let month = Day::of(state.now()).month_start();
    let item = |id: &str, product: &str, micro: u64, free: bool| {
        json!({
            "entityId": id, "label": null, "product": product, "quantity": 312.5, "startedAt": iso(month.start()),
            "stoppedAt": null, "freeGrant": free, "productPrettyName": product, "unitLabel": "minutes",
            "totalCostMicroUSD": micro, "unitCostMicroUSD": 557, "active": true,
        })
    };
    Json(json!({
        "usage": {
            "Endpoints": [item("66aa00000000000000000001", "endpoints/aws/intel-spr/x2", 174_000, false),
                item("66aa00000000000000000002", "endpoints/aws/intel-spr/x2", 99_000, true)],
            "Spaces": [],
        },
        "period": {
            "_id": "66bb00000000000000000001", "entityId": "66cc00000000000000000001", "entityType": "user",
            "entityName": "jane", "periodStart": iso(month.start()), "periodEnd": iso(month.plus_months(1).start()),
            "invoice": { "type": "stripe", "id": "in_1", "amountDueCents": 1_234, "totalCents": 1_234, "status": "draft" },
            "charges": [],
        },
    }))
    .into_response()
}

fn iso(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
