//! Together AI: the lines of a month's finished days, page by page, with maps whose names differ by product.

use std::sync::Arc;

use axum::extract::{Query, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::SecondsFormat;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::room::{PAGE_LIMIT, Room};
use super::wrong;
use crate::domain::period::{Day, Window};
use crate::sandbox::auth::bearer;
use crate::sandbox::state::State;
use crate::sandbox::tamper::Tampering;

/// Opens nothing but a sandbox.
pub(in crate::sandbox) const KEY: &str = "tgp_v1_sandboxtogether0000";
const ORGANIZATION: &str = "66f0bd504fb9511df3489b9a";
/// The cursor that is handed out again and again.
const AGAIN: &str = "eyJhZ2FpbiI6dHJ1ZX0";

/// One product that is used every day.
struct Product {
    name: &'static str,
    model: &'static str,
    /// `token_type` for products whose name does not tell; hardware for those that count hours.
    dimension: (&'static str, &'static str),
    load: u64,
    /// Of a unit, in picodollars.
    price: u64,
    covered: Option<&'static str>,
}

#[rustfmt::skip]
const PRODUCTS: [Product; 6] = [
    Product { name: "Serverless Inference - Input Tokens", model: "meta-llama/Llama-3.3-70B-Instruct-Turbo", dimension: ("tier", "standard"), load: 3_900_000, price: 880_000, covered: Some("PREPAID") },
    Product { name: "Serverless Inference - Output Tokens", model: "meta-llama/Llama-3.3-70B-Instruct-Turbo", dimension: ("tier", "standard"), load: 640_000, price: 880_000, covered: Some("POSTPAID") },
    Product { name: "Serverless inference", model: "deepseek-ai/DeepSeek-V3.1", dimension: ("token_type", "cached_input"), load: 2_100_000, price: 150_000, covered: None },
    Product { name: "Batch inference", model: "deepseek-ai/DeepSeek-V3.1", dimension: ("token_type", "output"), load: 310_000, price: 850_000, covered: Some("CREDIT") },
    Product { name: "Dedicated endpoint", model: "Qwen/Qwen3-235B-A22B", dimension: ("hardware", "1x_nvidia_h100_80gb_sxm"), load: 7, price: 3_990_000_000_000, covered: Some("PREPAID") },
    Product { name: "Image generation - Megapixels", model: "black-forest-labs/FLUX.2-pro", dimension: ("steps", "28"), load: 90, price: 30_000_000_000, covered: Some("CREDIT") },
];

pub(super) struct Together;

impl Room for Together {
    fn routes(&self) -> Router<Arc<State>> {
        Router::new().route("/billing/usage", get(usage))
    }

    fn refuse(&self, status: StatusCode, message: &str) -> Response {
        let error = json!({ "message": message, "type": "invalid_request_error", "param": null, "code": "sandbox" });
        (status, Json(json!({ "id": "o8xbk2p", "error": error }))).into_response()
    }

    fn later_page(&self) -> &'static [&'static str] {
        &["after="]
    }

    fn tamper(&self, tampering: Tampering, answer: &mut Value) {
        const AMOUNTS: [&str; 3] = ["quantity", "unit_price", "cost"];
        match tampering {
            Tampering::WrongTypes => wrong::mistype(answer, &AMOUNTS),
            Tampering::OtherNotation => wrong::renote(answer, &AMOUNTS),
            Tampering::Unknown => wrong::surprise(answer),
            Tampering::RepeatedCursor => answer["next_cursor"] = json!(AGAIN),
            Tampering::NoAmount => lines(answer, |_, lines| {
                lines.iter_mut().for_each(|line| line["cost"] = Value::Null);
            }),
            Tampering::VanishedRow => lines(answer, |_, lines| drop(lines.pop())),
            // One that is in the middle of most windows.
            Tampering::EmptyDay => lines(answer, |date, lines| {
                if date.ends_with("-17") {
                    lines.clear();
                }
            }),
        }
    }

    fn bill(&self, state: &State, day: Day) -> Option<Decimal> {
        is_told(state, day).then(|| {
            let own = PRODUCTS.iter().enumerate().filter(|(_, product)| product.covered != Some("CREDIT"));
            own.map(|(index, product)| price(product) * units(state, index, product, day)).sum()
        })
    }
}

fn lines(value: &mut Value, change: impl Fn(&str, &mut Vec<Value>)) {
    for window in value["data"].as_array_mut().into_iter().flatten() {
        let date = window["date"].as_str().unwrap_or_default().to_owned();
        if let Some(lines) = window["line_items"].as_array_mut() {
            change(&date, lines);
        }
    }
}

/// Only of days that are over.
fn is_told(state: &State, day: Day) -> bool {
    state.world.founded <= day && day < Day::of(state.now())
}

fn units(state: &State, index: usize, product: &Product, day: Day) -> Decimal {
    let age = u64::try_from(day.since(state.world.founded)).unwrap_or_default();
    let noise = state.world.noise(&[7_501, u64::try_from(index).unwrap_or_default(), age], 300);
    let units = Decimal::from(product.load * noise) / Decimal::ONE_THOUSAND;
    // Hours and megapixels come in parts.
    if product.load > 1_000 { units.floor() } else { units }
}

/// US dollars.
fn price(product: &Product) -> Decimal {
    Decimal::from_i128_with_scale(product.price.into(), 12)
}

fn line(state: &State, index: usize, product: &Product, day: Day) -> Value {
    let (quantity, unit_price) = (units(state, index, product, day), price(product));
    let (name, value) = product.dimension;
    let mut line = json!({
        "product_name": product.name,
        "quantity": quantity.to_string(),
        "unit_price": unit_price.to_string(),
        "cost": (quantity * unit_price).to_string(),
        "pricing_dimensions": { name: value },
        "attributes": { "project_id": "proj_web-shop" },
    });
    // Some products name the model where the price depends on it.
    let place = if index.is_multiple_of(2) { "attributes" } else { "pricing_dimensions" };
    line[place]["model"] = product.model.into();
    if let Some(kind) = product.covered {
        line["applied_credit"] = json!({ "type": kind });
    }
    line
}

fn window(state: &State, day: Day) -> Value {
    let lines = PRODUCTS.iter().enumerate().map(|(index, product)| line(state, index, product, day));
    json!({
        "date": day.to_string(),
        "start_time": day.start().to_rfc3339_opts(SecondsFormat::Secs, true),
        "end_time": day.end().to_rfc3339_opts(SecondsFormat::Secs, true),
        "line_items": lines.collect::<Vec<_>>(),
    })
}

async fn usage(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    if bearer(&headers) != Some(KEY) {
        return Together.refuse(StatusCode::UNAUTHORIZED, "Invalid API key provided");
    }
    let ordered = headers.get(PAGE_LIMIT).and_then(|value| value.to_str().ok()?.parse().ok());
    match page(&state, &query, ordered) {
        Ok(report) => Json(report).into_response(),
        Err((status, message)) => Together.refuse(status, message),
    }
}

fn page(
    state: &State,
    query: &[(String, String)],
    ordered: Option<usize>,
) -> Result<Value, (StatusCode, &'static str)> {
    let bad = |message| (StatusCode::BAD_REQUEST, message);
    let known = ["month", "granularity", "limit", "after", "organization_id"];
    if query.iter().any(|(name, _)| !known.contains(&name.as_str())) {
        return Err(bad("unknown parameter"));
    }
    let param = |wanted: &str| query.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    if param("organization_id").is_some_and(|id| id != ORGANIZATION) {
        return Err((StatusCode::FORBIDDEN, "You are no member of this organization"));
    }
    if param("granularity") != Some("day") {
        return Err(bad("the sandbox has days only"));
    }
    let month = param("month").filter(|month| month.len() == 7).ok_or(bad("month must be YYYY-MM"))?;
    let first: Day = format!("{month}-01").parse().map_err(|_| bad("month must be YYYY-MM"))?;
    let limit = param("limit").map_or(Ok(100), str::parse).ok().filter(|limit| (1..=1_000).contains(limit));
    let limit = ordered.or(limit).ok_or(bad("limit must be between 1 and 1000"))?;
    let days = Window::new(first, first.plus_months(1)).into_iter().flat_map(Window::days);
    let days: Vec<Day> = days.filter(|day| is_told(state, *day)).collect();
    let start = match param("after") {
        None | Some(AGAIN) => 0,
        // A cursor holds its month, and is good for no other.
        Some(cursor) => {
            let start = cursor.strip_prefix(month).and_then(|rest| rest.strip_prefix('~')?.parse().ok());
            start.ok_or(bad("the cursor is of another question"))?
        }
    };
    let end = start + limit;
    let windows: Vec<_> = days.iter().skip(start).take(limit).map(|day| window(state, *day)).collect();
    Ok(json!({
        "object": "list", "organization_id": ORGANIZATION, "billing_period": month, "currency": "USD",
        "data": windows, "next_cursor": (end < days.len()).then(|| format!("{month}~{end}")),
        "earliest_window_start": days.first().map(|day| day.start()),
        "latest_window_end": days.last().map(|day| day.end()),
    }))
}
