//! GitHub Copilot: three billing reports of an organisation, a day at a time.

use std::sync::Arc;

use axum::extract::{Path, Query, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, Datelike, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Number, Value, json};

use super::room::Room;
use crate::domain::period::Day;
use crate::sandbox::state::State;
use crate::sandbox::tamper::Tampering;

/// Opens nothing but a sandbox.
pub(in crate::sandbox) const KEY: &str = "ghp_sandbox-copilot000000000000";
const ORGANIZATION: &str = "example";
const SEATS: u32 = 12;
/// US dollars a month.
const SEAT_PRICE: u32 = 19;
/// The plan's share of each day's credits.
const INCLUDED_CREDITS: u32 = 400;

pub(super) struct Copilot;

#[derive(Debug, Deserialize)]
struct Asked {
    year: i32,
    month: u32,
    day: u32,
}

/// One line, in cents.
struct Item {
    sku: &'static str,
    model: Option<&'static str>,
    unit: &'static str,
    quantity: Decimal,
    gross: Decimal,
    discount: Decimal,
}

impl Room for Copilot {
    fn routes(&self) -> Router<Arc<State>> {
        Router::new().route("/organizations/{organization}/settings/billing/{*report}", get(report))
    }

    fn refuse(&self, status: StatusCode, message: &str) -> Response {
        let link = "https://docs.github.com/rest";
        let body = json!({ "message": message, "documentation_url": link, "status": status.as_u16().to_string() });
        (status, Json(body)).into_response()
    }

    fn reset_header(&self, at: DateTime<Utc>) -> Option<(&'static str, String)> {
        Some(("x-ratelimit-reset", at.timestamp().to_string()))
    }

    fn tamper(&self, tampering: Tampering, answer: &mut Value) {
        // Each answer is for one day: every other one is emptied.
        let is_even = answer["timePeriod"]["day"].as_u64().is_some_and(|day| day % 2 == 0);
        let Some(items) = answer.get_mut("usageItems").and_then(Value::as_array_mut) else { return };
        match tampering {
            Tampering::WrongTypes => change_numbers(items, |_| json!([])),
            Tampering::NoAmount => change_numbers(items, |_| Value::Null),
            Tampering::OtherNotation => change_numbers(items, |number| json!(number.to_string())),
            Tampering::VanishedRow => drop(items.pop()),
            Tampering::EmptyDay if is_even => items.clear(),
            Tampering::EmptyDay | Tampering::RepeatedCursor => {}
            Tampering::Unknown => items.iter_mut().for_each(|item| {
                item["brandNew"] = json!({ "nested": [1, null] });
                item["unitType"] = json!("brand-new");
            }),
        }
    }

    fn bill(&self, state: &State, day: Day) -> Option<Decimal> {
        let reports = [credits(state, day), premium_requests(state, day), seats(state, day)];
        Some(reports.iter().flatten().map(|item| item.gross - item.discount).sum())
    }
}

fn change_numbers(items: &mut [Value], change: impl Fn(&Number) -> Value) {
    for field in items.iter_mut().filter_map(Value::as_object_mut).flat_map(|item| item.values_mut()) {
        if let Value::Number(number) = field {
            *field = change(number);
        }
    }
}

async fn report(
    Shared(state): Shared<Arc<State>>,
    Path((organization, report)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if header("authorization") != format!("Bearer {KEY}") {
        return Copilot.refuse(StatusCode::UNAUTHORIZED, "Bad credentials");
    }
    if header("x-github-api-version") != "2022-11-28" {
        return Copilot.refuse(StatusCode::BAD_REQUEST, "the API version is not supported");
    }
    if organization != ORGANIZATION {
        return Copilot.refuse(StatusCode::NOT_FOUND, "Not Found");
    }
    let Some(day) = Day::from_ymd(asked.year, asked.month, asked.day) else {
        return Copilot.refuse(StatusCode::UNPROCESSABLE_ENTITY, "Invalid date");
    };
    let items: Vec<Value> = match report.as_str() {
        "ai_credit/usage" => credits(&state, day).iter().map(Item::by_model).collect(),
        "premium_request/usage" => premium_requests(&state, day).iter().map(Item::by_model).collect(),
        // The bill of everything has the credits once more, in one line.
        "usage" => credits(&state, day).iter().chain(&seats(&state, day)).map(|item| item.in_bill(day)).collect(),
        _ => return Copilot.refuse(StatusCode::NOT_FOUND, "Not Found"),
    };
    let period = json!({ "year": asked.year, "month": asked.month, "day": asked.day });
    Json(json!({ "timePeriod": period, "organization": organization, "usageItems": items })).into_response()
}

/// Credits cost a cent; what the plan includes is a discount.
fn credits(state: &State, day: Day) -> Vec<Item> {
    if !state.has_seen(day) {
        return Vec::new();
    }
    let number = day.date().num_days_from_ce().unsigned_abs();
    let mut included = INCLUDED_CREDITS * 10;
    let models = [("Claude Opus 5", 7), ("GPT-5.6", 4), ("Gemini 3 Pro", 2)];
    let items = models.into_iter().map(|(model, share)| {
        // Tenths of a credit.
        let used = share * (900 + number % 7 * 110 + number % 3 * 37);
        let free = used.min(included);
        included -= free;
        Item {
            sku: "Copilot AI Credits",
            model: Some(model),
            unit: "credits",
            quantity: Decimal::new(used.into(), 1),
            gross: Decimal::new(used.into(), 3),
            discount: Decimal::new(free.into(), 3),
        }
    });
    items.collect()
}

/// An older plan's, of which there are a few.
fn premium_requests(state: &State, day: Day) -> Vec<Item> {
    if !state.has_seen(day) {
        return Vec::new();
    }
    let requests = i64::from(day.date().day() % 5);
    let item = Item {
        sku: "Copilot Premium Request",
        model: Some("GPT-5.6"),
        unit: "requests",
        quantity: requests.into(),
        gross: Decimal::new(4 * requests, 2),
        discount: Decimal::ZERO,
    };
    vec![item]
}

fn seats(state: &State, day: Day) -> Vec<Item> {
    if !state.has_seen(day) {
        return Vec::new();
    }
    let quantity = Decimal::from(SEATS) / Decimal::from(30);
    let gross = quantity * Decimal::from(SEAT_PRICE);
    vec![Item { sku: "Copilot Business", model: None, unit: "user-months", quantity, gross, discount: Decimal::ZERO }]
}

impl Item {
    fn by_model(&self) -> Value {
        json!({
            "product": "Copilot", "sku": self.sku, "model": self.model, "unitType": self.unit, "pricePerUnit": number(Decimal::new(1, 2)),
            "grossQuantity": number(self.quantity), "grossAmount": number(self.gross),
            "discountQuantity": number(self.discount * Decimal::ONE_HUNDRED), "discountAmount": number(self.discount),
            "netQuantity": number(self.quantity - self.discount * Decimal::ONE_HUNDRED), "netAmount": number(self.gross - self.discount),
        })
    }

    fn in_bill(&self, day: Day) -> Value {
        json!({
            "date": day.start(), "product": "Copilot", "sku": self.sku, "unitType": self.unit, "quantity": number(self.quantity),
            "pricePerUnit": number(Decimal::new(1, 2)), "grossAmount": number(self.gross), "discountAmount": number(self.discount),
            "netAmount": number(self.gross - self.discount), "organizationName": ORGANIZATION,
        })
    }
}

/// A JSON number, digit for digit.
fn number(value: Decimal) -> Value {
    json!(value.to_string().parse::<Number>().ok())
}
