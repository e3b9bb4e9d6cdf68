//! App Optimize: what the same company is charged before credits, told to a customer who has no export.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::America::Los_Angeles;
use rust_decimal::Decimal;
use serde_json::{Map, Number, Value, json};

use super::reports::{self, Report};
use super::{AGAIN, Google, bad, bill, monitoring, page, page_size, stranger};
use crate::domain::money::Currency;
use crate::domain::period::{Day, Window};
use crate::sandbox::guests::room::Room;
use crate::sandbox::state::State;
use crate::sandbox::tamper::Tampering;

const DIMENSIONS: [&str; 5] = ["project", "product_display_name", "sku", "location", "hour"];

pub(in crate::sandbox::guests) struct AppOptimize;

impl Room for AppOptimize {
    fn routes(&self) -> Router<Arc<State>> {
        Router::new()
            .route("/v1beta/projects/{project}/locations/global/reports", post(order))
            .route("/v1beta/projects/{project}/locations/global/reports/{report}", post(read).delete(delete))
            .route("/v1beta/projects/{project}/locations/global/operations/{operation}", get(poll))
            .route("/v3/projects/{project}/timeSeries", get(monitoring::list))
    }

    fn refuse(&self, status: StatusCode, message: &str) -> Response {
        Google.refuse(status, message)
    }

    fn later_page(&self) -> &'static [&'static str] {
        &["pageToken"]
    }

    fn tamper(&self, tampering: Tampering, answer: &mut Value) {
        if answer.get("columns").is_some() {
            tamper(tampering, answer);
        } else if answer.get("timeSeries").is_some() {
            monitoring::tamper(tampering, answer);
        }
    }

    fn currency(&self) -> Currency {
        Currency::EUR
    }

    fn bill(&self, state: &State, day: Day) -> Option<Decimal> {
        state.has_seen(day).then(|| bill::charges(state, day).map(|(_, line)| line.cost).sum())
    }
}

async fn order(
    Shared(state): Shared<Arc<State>>,
    Path(project): Path<String>,
    headers: HeaderMap,
    Query(query): Query<BTreeMap<String, String>>,
    Json(body): Json<Value>,
) -> Response {
    if let Some(refusal) = stranger(&headers) {
        return refusal;
    }
    let is_label = |id: &&String| {
        let usable = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        id.len() <= 63 && id.starts_with(|c: char| c.is_ascii_lowercase()) && id.bytes().all(usable)
    };
    let Some(id) = query.get("reportId").filter(is_label) else { return bad("reportId is no label") };
    let scopes = json!([{ "project": format!("projects/{project}") }]);
    if body["scopes"] != scopes || body["dimensions"] != json!(DIMENSIONS) || body["metrics"] != json!(["cost"]) {
        return bad("this sandbox knows one report only");
    }
    let Some(window) = window(body["filter"].as_str().unwrap_or_default()) else { return bad("Invalid filter") };
    if window.first().start() < state.now() - TimeDelta::days(90) {
        return bad("The start time must be within the last 90 days");
    }
    if !reports::order(id, project.clone(), window) {
        return Google.refuse(StatusCode::CONFLICT, "Report already exists");
    }
    operation(&project, &format!("op-{id}"), false)
}

fn window(filter: &str) -> Option<Window> {
    let (start, end) = filter.strip_prefix("hour >= timestamp('")?.split_once("') && hour < timestamp('")?;
    let day = |text: &str| text.strip_suffix("T00:00:00Z")?.parse::<Day>().ok();
    Window::new(day(start)?, day(end.strip_suffix("')")?)?)
}

async fn poll(Path((project, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    if let Some(refusal) = stranger(&headers) {
        return refusal;
    }
    match name.strip_prefix("op-").and_then(reports::look) {
        Some(report) => operation(&project, &name, report.is_made()),
        None => Google.refuse(StatusCode::NOT_FOUND, "Operation not found"),
    }
}

fn operation(project: &str, name: &str, done: bool) -> Response {
    let name = format!("projects/{project}/locations/global/operations/{name}");
    // What is false is left out.
    let body = if done { json!({ "name": name, "done": true, "response": {} }) } else { json!({ "name": name }) };
    Json(body).into_response()
}

async fn delete(Path((_, id)): Path<(String, String)>, headers: HeaderMap) -> Response {
    if let Some(refusal) = stranger(&headers) {
        return refusal;
    }
    reports::delete(&id);
    Json(json!({})).into_response()
}

async fn read(
    Shared(state): Shared<Arc<State>>,
    Path((_, call)): Path<(String, String)>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    if let Some(refusal) = stranger(&headers) {
        return refusal;
    }
    let Some(report) = call.strip_suffix(":read").and_then(reports::look) else {
        return Google.refuse(StatusCode::NOT_FOUND, "Report not found");
    };
    if !report.is_made() {
        return bad("Report is not ready");
    }
    let size = body["pageSize"].as_u64().and_then(|size| usize::try_from(size).ok()).filter(|size| *size <= 25_000);
    let (rows, next) = page(rows(&state, &report), body["pageToken"].as_str(), page_size(size, &headers));
    let parts = ["currency_code", "units", "nanos"].map(|name| json!({ "name": name }));
    let mut columns = DIMENSIONS.map(|name| json!({ "name": name, "type": "STRING", "mode": "NULLABLE" })).to_vec();
    columns.push(json!({ "name": "cost", "type": "RECORD", "mode": "NULLABLE", "columns": parts }));
    let mut answer = json!({ "columns": columns, "nextPageToken": next.unwrap_or_default() });
    // An answer without rows has no such key.
    if !rows.is_empty() {
        answer["rows"] = json!(rows);
    }
    Json(answer).into_response()
}

/// By hours of Pacific time, of which two have one name when summer time ends. There is more than models on the bill.
fn rows(state: &State, report: &Report) -> Vec<Value> {
    let mut sums: BTreeMap<_, Decimal> = BTreeMap::new();
    for day in report.window.days() {
        for (at, line) in bill::charges(state, day).filter(|(_, line)| line.project == Some(&report.project)) {
            *sums.entry((pacific(at), line.service, line.sku, line.location)).or_default() += line.cost;
        }
        let machine = ("Compute Engine", "N2 Instance Core running in Americas", Some("us-central1"));
        sums.insert((pacific(day.start()), machine.0, machine.1, machine.2), Decimal::new(4_321, 3));
    }
    let rows = sums.into_iter().map(|((hour, product, sku, location), cost)| {
        let nanos = (cost.fract() * Decimal::from(1_000_000_000)).normalize().to_string().parse::<Number>().ok();
        let cost = json!({ "currency_code": "EUR", "units": cost.trunc().to_string(), "nanos": nanos });
        json!([report.project, product, sku, location, hour, cost])
    });
    rows.collect()
}

fn pacific(at: DateTime<Utc>) -> String {
    at.with_timezone(&Los_Angeles).format("%Y-%m-%dT%H").to_string()
}

/// The UTC day of a row.
fn day(row: &Value) -> Option<Day> {
    let (date, hour) = row[4].as_str()?.split_once('T')?;
    let local = date.parse::<NaiveDate>().ok()?.and_hms_opt(hour.parse().ok()?, 0, 0)?;
    Some(Day::of(Los_Angeles.from_local_datetime(&local).earliest()?.to_utc()))
}

fn tamper(tampering: Tampering, body: &mut Value) {
    if tampering == Tampering::RepeatedCursor {
        body["nextPageToken"] = json!(AGAIN);
    }
    if tampering == Tampering::Unknown {
        body["sandboxSurprise"] = Value::Object(Map::new());
        if let Some(columns) = body["columns"].as_array_mut() {
            columns.insert(0, json!({ "name": "brand_new", "type": "STRING" }));
        }
    }
    let Some(rows) = body.get_mut("rows").and_then(Value::as_array_mut) else { return };
    match tampering {
        Tampering::WrongTypes => rows.iter_mut().for_each(|row| row[5]["units"] = json!([])),
        Tampering::NoAmount => rows.iter_mut().for_each(|row| row[5] = Value::Null),
        Tampering::OtherNotation => rows.iter_mut().for_each(|row| {
            let cost = &row[5];
            let units = cost["units"].as_str().and_then(|text| text.parse::<Number>().ok());
            row[5] =
                json!({ "currencyCode": cost["currency_code"], "units": units, "nanos": cost["nanos"].to_string() });
        }),
        Tampering::VanishedRow => drop(rows.pop()),
        Tampering::EmptyDay => {
            let last = rows.iter().filter_map(day).max();
            rows.retain(|row| day(row) != last);
        }
        Tampering::Unknown => {
            rows.iter_mut().filter_map(Value::as_array_mut).for_each(|row| row.insert(0, json!("new")));
        }
        Tampering::RepeatedCursor => {}
    }
}
