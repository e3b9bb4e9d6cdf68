//! Mistral's Admin API: months of units with prices in euros, workspaces and a spend limit.

use std::sync::Arc;

use axum::extract::{Query, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::Datelike;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::room::{PAGE_LIMIT, Room};
use super::wrong;
use crate::domain::money::Currency;
use crate::domain::period::{Day, Window};
use crate::sandbox::auth::bearer;
use crate::sandbox::state::State;
use crate::sandbox::tamper::Tampering;

/// Opens nothing but a sandbox.
pub(in crate::sandbox) const KEY: &str = "sandboxmistraladmin0000";
const WORKSPACES: [(&str, &str); 2] =
    [("7d9f1c1e-0000-4000-8000-000000000001", "Shop"), ("7d9f1c1e-0000-4000-8000-000000000002", "Research")];

/// Units of one kind that a workspace uses on a day.
struct Series {
    /// Where its rows stand.
    section: &'static str,
    event: &'static str,
    display: &'static str,
    metric: &'static str,
    group: &'static str,
    zone: &'static str,
    workspace: usize,
    load: u64,
    /// As the vendor writes it, and the same in picoeuros.
    price: (&'static str, u64),
    /// Percent that no free quota covers.
    paid: u64,
}

#[rustfmt::skip]
const SERIES: [Series; 7] = [
    Series { section: "completion", event: "api_tokens", display: "mistral-large-latest", metric: "mistral-large-2512", group: "input", zone: "global", workspace: 0, load: 4_100_000, price: ("0.0000004300", 430_000), paid: 100 },
    Series { section: "completion", event: "api_tokens", display: "mistral-large-latest", metric: "mistral-large-2512", group: "cached", zone: "global", workspace: 0, load: 900_000, price: ("4.3E-8", 43_000), paid: 100 },
    Series { section: "completion", event: "api_tokens", display: "mistral-large-latest", metric: "mistral-large-2512", group: "output", zone: "global", workspace: 0, load: 700_000, price: ("0.00000129", 1_290_000), paid: 100 },
    Series { section: "completion", event: "api_tokens", display: "mistral-large-latest", metric: "mistral-large-2512", group: "output", zone: "eu", workspace: 1, load: 200_000, price: ("1.42e-6", 1_420_000), paid: 100 },
    Series { section: "chat", event: "api_tokens", display: "mistral-small-latest", metric: "mistral-small-2603", group: "output", zone: "global", workspace: 1, load: 350_000, price: ("0.00000051", 510_000), paid: 90 },
    Series { section: "ocr", event: "api_pages", display: "mistral-ocr-latest", metric: "mistral-ocr-2512", group: "pages", zone: "global", workspace: 1, load: 420, price: ("0.0017", 1_700_000_000), paid: 100 },
    Series { section: "audio", event: "api_audio_seconds", display: "voxtral-mini-latest", metric: "voxtral-mini-2602", group: "input", zone: "global", workspace: 0, load: 5_000, price: ("0.000043", 43_000_000), paid: 100 },
];

pub(super) struct Mistral;

impl Room for Mistral {
    fn routes(&self) -> Router<Arc<State>> {
        Router::new()
            .route("/usage", get(usage))
            .route("/spend-limit", get(spend_limit))
            .route("/workspaces", get(workspaces))
    }

    fn refuse(&self, status: StatusCode, message: &str) -> Response {
        (status, Json(json!({ "message": message, "request_id": "0000" }))).into_response()
    }

    fn tamper(&self, tampering: Tampering, answer: &mut Value) {
        match tampering {
            Tampering::WrongTypes => wrong::mistype(answer, &["price"]),
            Tampering::OtherNotation => wrong::renote(answer, &["price"]),
            Tampering::Unknown => wrong::surprise(answer),
            Tampering::NoAmount => answer["prices"] = json!([]),
            Tampering::VanishedRow => {
                let mut first = true;
                keep(answer, &mut |_| !std::mem::take(&mut first));
            }
            // One that is in the middle of most windows.
            Tampering::EmptyDay => keep(answer, &mut |date| !date.ends_with("-17")),
            Tampering::RepeatedCursor => {}
        }
    }

    fn currency(&self) -> Currency {
        Currency::EUR
    }

    fn bill(&self, state: &State, day: Day) -> Option<Decimal> {
        state.has_seen(day).then(|| (0..SERIES.len()).map(|index| cost(state, index, day)).sum())
    }
}

/// Leaves out the rows whose day is not wanted.
fn keep(value: &mut Value, wanted: &mut impl FnMut(&str) -> bool) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|field| keep(field, wanted)),
        Value::Array(items) => {
            items.retain(|item| item["timestamp"].as_str().is_none_or(&mut *wanted));
            items.iter_mut().for_each(|item| keep(item, wanted));
        }
        _ => {}
    }
}

/// All units and the paid ones of a series on a day, as of now.
fn units(state: &State, index: usize, day: Day) -> (u64, u64) {
    let (now, Some(series)) = (state.now(), SERIES.get(index)) else { return (0, 0) };
    let Ok(age) = u64::try_from(day.since(state.world.founded)) else { return (0, 0) };
    if Day::of(now) < day {
        return (0, 0);
    }
    let noise = state.world.noise(&[7_201, u64::try_from(index).unwrap_or_default(), age], 300);
    let minutes = u64::try_from((now.min(day.end()) - day.start()).num_minutes()).unwrap_or_default();
    let all = series.load * noise / 1_000 * minutes / 1_440;
    (all, all * series.paid / 100)
}

/// Euros.
fn cost(state: &State, index: usize, day: Day) -> Decimal {
    let price = SERIES.get(index).map_or(0, |series| series.price.1);
    let (_, paid) = units(state, index, day);
    Decimal::from_i128_with_scale(i128::from(paid) * i128::from(price), 12)
}

/// A refusal of whoever does not show the key in both ways on which documents disagree.
fn refusal(headers: &HeaderMap) -> Option<Response> {
    let is_ours = bearer(headers) == Some(KEY) && headers.get("x-api-key").is_some_and(|key| key == KEY);
    (!is_ours).then(|| Mistral.refuse(StatusCode::UNAUTHORIZED, "Unauthorized"))
}

type Pairs = Query<Vec<(String, String)>>;

fn param<'a>(query: &'a [(String, String)], wanted: &str) -> Option<&'a str> {
    query.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
}

async fn usage(Shared(state): Shared<Arc<State>>, headers: HeaderMap, Query(query): Pairs) -> Response {
    if let Some(refusal) = refusal(&headers) {
        return refusal;
    }
    let today = Day::of(state.now()).date();
    let number = |name: &str, usual: u32| param(&query, name).map_or(Ok(usual), str::parse::<u32>);
    let (Ok(month), Ok(year)) = (number("month", today.month()), number("year", today.year().unsigned_abs())) else {
        return Mistral.refuse(StatusCode::UNPROCESSABLE_ENTITY, "month and year must be numbers");
    };
    let first = i32::try_from(year).ok().and_then(|year| Day::from_ymd(year, month, 1));
    let Some(month) = first.and_then(|first| Window::new(first, first.plus_months(1))) else {
        return Mistral.refuse(StatusCode::UNPROCESSABLE_ENTITY, "no such month");
    };
    Json(report(&state, month, param(&query, "workspace_id"))).into_response()
}

fn report(state: &State, month: Window, workspace: Option<&str>) -> Value {
    let mut sections: Map<String, Value> = Map::new();
    for (index, series) in SERIES.iter().enumerate() {
        let is_wanted = workspace.is_none_or(|id| WORKSPACES.get(series.workspace).is_some_and(|known| known.0 == id));
        let rows = month.days().filter(|_| is_wanted).filter_map(|day| row(state, index, series, day));
        let rows: Vec<Value> = rows.collect();
        let section = sections.entry(series.section).or_insert_with(|| json!({ "models": {} }));
        let model = &mut section["models"][format!("{}::{}", series.display, series.metric)];
        match model.get_mut(series.group).and_then(Value::as_array_mut) {
            Some(list) => list.extend(rows),
            None => model[series.group] = Value::Array(rows),
        }
    }
    let chat = sections.remove("chat").unwrap_or_default();
    let prices = SERIES.iter().map(|series| {
        json!({
            "event_type": series.event, "billing_metric": series.metric, "billing_group": series.group,
            "api_zone": series.zone, "service_tier": "standard", "price": series.price.0,
        })
    });
    let mut answer = json!({
        "fine_tuning": { "training": {}, "storage": {} },
        "libraries_api": { "pages": { "models": {} }, "tokens": { "models": {} } },
        "vibe_code": { "completion": chat }, "vibe_usage": 0,
        "date": month.first().start(), "start_date": month.first().start(), "end_date": month.end().start(),
        "previous_month": null, "next_month": null, "currency": "EUR", "currency_symbol": "€",
        "prices": prices.collect::<Vec<_>>(),
    });
    if let Some(fields) = answer.as_object_mut() {
        fields.extend(sections);
    }
    answer
}

fn row(state: &State, index: usize, series: &Series, day: Day) -> Option<Value> {
    let (value, paid) = units(state, index, day);
    (value > 0).then(|| {
        json!({
            "usage_type": "usage", "event_type": series.event, "billing_metric": series.metric,
            "billing_display_name": series.display, "billing_group": series.group, "timestamp": day.to_string(),
            "value": value, "value_paid": paid, "api_zone": series.zone, "service_tier": "standard",
        })
    })
}

async fn spend_limit(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Response {
    if let Some(refusal) = refusal(&headers) {
        return refusal;
    }
    let today = Day::of(state.now());
    let days = Window::new(today.month_start(), today.next()).into_iter().flat_map(Window::days);
    let used: Decimal = days.filter_map(|day| Mistral.bill(&state, day)).sum();
    let used = used.round_dp(2).to_string().parse::<serde_json::Number>().map_or(Value::Null, Value::Number);
    let completion = json!({
        "no_monthly_limit": false, "monthly_limit_reached": false, "usage": used, "vibe_usage": 0,
        "total_usage": used, "usage_limit": 150,
    });
    let limits = json!({ "completion": completion, "last_payment_failure": null, "currency": "EUR" });
    Json(json!({ "limits": limits })).into_response()
}

async fn workspaces(headers: HeaderMap, Query(query): Pairs) -> Response {
    if let Some(refusal) = refusal(&headers) {
        return refusal;
    }
    let number = |name: &str, usual: usize| param(&query, name).map_or(Ok(usual), str::parse::<usize>);
    let (Ok(page), Ok(size)) = (number("page", 1), number("page_size", 25)) else {
        return Mistral.refuse(StatusCode::UNPROCESSABLE_ENTITY, "page and page_size must be numbers");
    };
    let ordered = headers.get(PAGE_LIMIT).and_then(|value| value.to_str().ok()?.parse().ok());
    let size: usize = ordered.unwrap_or(size);
    let items = WORKSPACES.iter().skip(page.saturating_sub(1) * size).take(size);
    let items: Vec<Value> = items.map(|(id, name)| json!({ "id": id, "name": name, "is_archived": false })).collect();
    Json(json!({ "data": items, "page": page, "page_size": size, "total": WORKSPACES.len() })).into_response()
}
