//! `jobs.query` and `jobs.getQueryResults`. SQL is not run here: what a query must hold is checked, its columns and parameters
//! are read, and the rows that it means are made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use rust_decimal::Decimal;
use serde_json::{Map, Number, Value, json};

use super::bill::{self, Exported};
use super::jobs::{self, Asked};
use super::workloads::PROJECTS;
use super::{AGAIN, Google, Room, bad, page, page_size, stranger};
use crate::domain::period::{Day, Window};
use crate::sandbox::state::State;
use crate::sandbox::tamper::Tampering;

const NUMBERS: [&str; 3] = ["quantity", "gross", "credits"];

pub(super) async fn start(Shared(state): Shared<Arc<State>>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    if let Some(refusal) = stranger(&headers) {
        return refusal;
    }
    let asked = match read(&body) {
        Ok(asked) => asked,
        Err(message) => return bad(&message),
    };
    let Some(id) = body["requestId"].as_str().filter(|id| id.len() <= 36) else { return bad("no requestId") };
    let job = format!("job_{id}");
    jobs::start(&job, asked.clone());
    // Costs take their time.
    match asked {
        Asked::Costs { .. } => unfinished(&job),
        Asked::Projects => answer(&state, &headers, &job, &asked, None, limit(body["maxResults"].as_u64())),
    }
}

pub(super) async fn results(
    Shared(state): Shared<Arc<State>>,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    if let Some(refusal) = stranger(&headers) {
        return refusal;
    }
    let size = query.get("maxResults").and_then(|size| size.parse().ok());
    let is_poll = size == Some(0);
    let here = query.get("location").map(String::as_str) == Some("EU");
    let Some(job) = jobs::find(&id, is_poll).filter(|_| here) else {
        return Google.refuse(StatusCode::NOT_FOUND, &format!("Not found: Job {id}"));
    };
    if job.polls < 2 && matches!(job.asked, Asked::Costs { .. }) {
        return unfinished(&id);
    }
    answer(&state, &headers, &id, &job.asked, query.get("pageToken").map(String::as_str), limit(size))
}

fn limit(size: Option<u64>) -> Option<usize> {
    size.and_then(|size| usize::try_from(size).ok())
}

fn unfinished(job: &str) -> Response {
    let reference = json!({ "projectId": "shop-prod-123", "jobId": job, "location": "EU" });
    Json(json!({ "kind": "bigquery#queryResponse", "jobReference": reference, "jobComplete": false })).into_response()
}

fn answer(
    state: &State,
    headers: &HeaderMap,
    job: &str,
    asked: &Asked,
    cursor: Option<&str>,
    size: Option<usize>,
) -> Response {
    let rows = match asked {
        Asked::Costs { window, services, claude } => costs(state, *window, services, *claude),
        Asked::Projects => PROJECTS.map(|(id, name)| vec![("id", json!(id)), ("name", json!(name))]).to_vec(),
    };
    let fields: Vec<Value> = rows.first().map_or_else(Vec::new, |row| {
        row.iter().map(|(name, _)| json!({ "name": name, "type": "STRING", "mode": "NULLABLE" })).collect()
    });
    let total = rows.len().to_string();
    let (rows, next) = page(rows, cursor, page_size(size, headers));
    let rows: Vec<Value> = rows
        .into_iter()
        .map(|row| json!({ "f": row.into_iter().map(|(_, cell)| json!({ "v": cell })).collect::<Vec<_>>() }))
        .collect();
    let mut body = json!({
        "kind": "bigquery#getQueryResultsResponse",
        "schema": { "fields": fields },
        "jobReference": { "projectId": "shop-prod-123", "jobId": job, "location": "EU" },
        "totalRows": total,
        "totalBytesProcessed": "1048576",
        "jobComplete": true,
        "cacheHit": false,
    });
    // An answer without rows has no such key.
    if !rows.is_empty() {
        body["rows"] = json!(rows);
    }
    if let Some(next) = next {
        body["pageToken"] = json!(next);
    }
    Json(body).into_response()
}

type Cells = Vec<(&'static str, Value)>;

fn costs(state: &State, window: Window, services: &[String], claude: bool) -> Vec<Cells> {
    let wanted = |line: &Exported| {
        services.iter().any(|id| id == line.service_id) || (claude && line.service.starts_with("Claude"))
    };
    let mut groups: BTreeMap<_, (u64, Decimal, Decimal)> = BTreeMap::new();
    for day in window.days() {
        for line in bill::lines(state, day).into_iter().filter(wanted) {
            let key = (day, line.project, line.service, line.sku, line.location, line.cost_type);
            let sums = groups.entry(key).or_default();
            sums.0 += line.quantity;
            sums.1 += line.cost;
            sums.2 += line.credit;
        }
    }
    let rows = groups.into_iter().map(|((day, project, service, sku, location, cost_type), sums)| {
        vec![
            ("day", json!(day.to_string())),
            ("project", json!(project)),
            ("service", json!(service)),
            ("sku", json!(sku)),
            ("location", json!(location)),
            ("cost_type", json!(cost_type)),
            ("currency", json!("EUR")),
            ("unit", json!("count")),
            ("quantity", json!(float(sums.0))),
            ("gross", json!(sums.1.normalize().to_string())),
            ("credits", json!(sums.2.normalize().to_string())),
        ]
    });
    rows.collect()
}

/// As BigQuery writes floats.
fn float(number: u64) -> String {
    let digits = number.to_string();
    match digits.split_at(1) {
        (first, rest) if rest.len() >= 7 => format!("{first}.{rest}E{}", rest.len()),
        _ => format!("{digits}.0"),
    }
}

/// What the body asks for, if a billing export may be asked so.
fn read(body: &Value) -> Result<Asked, String> {
    if body["useLegacySql"] != json!(false) || body["parameterMode"] != "NAMED" {
        return Err("Encountered \" \"@\" at line 1: legacy SQL has no parameters".to_owned());
    }
    if body["maximumBytesBilled"].as_str().is_none_or(|limit| limit.parse::<u64>().is_err()) {
        return Err("maximumBytesBilled is no int64 in text".to_owned());
    }
    let text = body["query"].as_str().unwrap_or_default();
    let given = parameters(body);
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let named: BTreeSet<&str> =
        text.split('@').skip(1).map(|rest| &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())]).collect();
    if named != given.keys().copied().collect() {
        return Err(format!("Query parameters {named:?} are not those that are given"));
    }
    let date =
        |name: &str| -> Option<Day> { given.get(name)?["value"].as_str()?.strip_suffix("T00:00:00Z")?.parse().ok() };
    let since = date("written_since").filter(|_| text.contains("_PARTITIONTIME >= @written_since"));
    let since = since.ok_or("Cannot query over table without a filter over column(s) '_PARTITIONTIME'")?;
    if !text.contains(".gcp_billing_export_v1_0123AB_4567CD_89EF01`") {
        return Err("Not found: Table".to_owned());
    }
    if text.contains("project.name") {
        return Ok(Asked::Projects);
    }
    let window = date("start").zip(date("end")).and_then(|(start, end)| Window::new(start, end));
    let window = window.filter(|window| since < window.first()).ok_or("No rows can be written so late")?;
    let services = given["services"]["arrayValues"].as_array().into_iter().flatten();
    let services = services.filter_map(|service| Some(service["value"].as_str()?.to_owned())).collect();
    Ok(Asked::Costs { window, services, claude: text.contains("LIKE 'Claude%'") })
}

/// The values of the named parameters that have a type.
fn parameters(body: &Value) -> BTreeMap<&str, &Value> {
    let given = body["queryParameters"].as_array().into_iter().flatten();
    let typed = given.filter(|parameter| parameter["parameterType"]["type"].is_string());
    typed.filter_map(|parameter| Some((parameter["name"].as_str()?, &parameter["parameterValue"]))).collect()
}

pub(super) fn tamper(tampering: Tampering, body: &mut Value) {
    let fields = body["schema"]["fields"].as_array().into_iter().flatten();
    let names: Vec<String> = fields.filter_map(|field| field["name"].as_str().map(str::to_owned)).collect();
    let column = |name: &str| names.iter().position(|known| known == name);
    let numbers: Vec<usize> = NUMBERS.iter().filter_map(|name| column(name)).collect();
    let (day, kind) = (column("day"), column("cost_type"));
    if tampering == Tampering::RepeatedCursor {
        body["pageToken"] = json!(AGAIN);
    }
    let Some(rows) = body["rows"].as_array_mut() else { return };
    match tampering {
        Tampering::WrongTypes => cells(rows, &numbers).for_each(|cell| *cell = json!([])),
        Tampering::NoAmount => cells(rows, &numbers).for_each(|cell| *cell = Value::Null),
        Tampering::OtherNotation => cells(rows, &numbers).for_each(|cell| {
            if let Some(number) = cell.as_str().and_then(|text| text.parse::<Number>().ok()) {
                *cell = Value::Number(number);
            }
        }),
        Tampering::VanishedRow => drop(rows.pop()),
        Tampering::EmptyDay => {
            let of = |row: &Value| day.map(|day| row["f"][day]["v"].clone());
            let last = rows.last().and_then(of);
            rows.retain(|row| of(row) != last);
        }
        Tampering::Unknown => {
            cells(rows, &kind.into_iter().collect::<Vec<_>>()).for_each(|cell| *cell = json!("brand_new"));
            body["sandboxSurprise"] = Value::Object(Map::new());
        }
        Tampering::RepeatedCursor => {}
    }
}

fn cells<'a>(rows: &'a mut [Value], columns: &'a [usize]) -> impl Iterator<Item = &'a mut Value> {
    rows.iter_mut()
        .flat_map(|row| row["f"].as_array_mut().into_iter().flatten().enumerate())
        .filter_map(|(column, cell)| columns.contains(&column).then(|| &mut cell["v"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_without_its_limits_is_refused() {
        let table = "`p.d.gcp_billing_export_v1_0123AB_4567CD_89EF01`";
        let text = format!(
            "SELECT x FROM {table} WHERE _PARTITIONTIME >= @written_since AND t >= @start AND t < @end AND s IN UNNEST(@services)"
        );
        let time = |name: &str, day: &str| {
            let value = json!({ "value": format!("{day}T00:00:00Z") });
            json!({ "name": name, "parameterType": { "type": "TIMESTAMP" }, "parameterValue": value })
        };
        let services = json!({ "arrayValues": [{ "value": "C7E2-9256-1C43" }] });
        let good = json!({
            "query": text,
            "useLegacySql": false,
            "parameterMode": "NAMED",
            "maximumBytesBilled": "10",
            "queryParameters": [
                time("written_since", "2026-10-30"),
                time("start", "2026-11-01"),
                time("end", "2026-11-03"),
                { "name": "services", "parameterType": { "type": "ARRAY" }, "parameterValue": services },
            ],
        });
        let Ok(Asked::Costs { window, services, claude }) = read(&good) else { panic!("a good query is read") };
        assert_eq!((window.to_string().as_str(), claude), ("2026-11-01..2026-11-02", false));
        assert_eq!(services, ["C7E2-9256-1C43"]);
        for (name, value) in [
            ("useLegacySql", Value::Null),
            ("parameterMode", json!("POSITIONAL")),
            ("maximumBytesBilled", json!(10)),
            ("query", json!(text.replace("_PARTITIONTIME", "export_time"))),
            ("query", json!(text.replace("@services", "@others"))),
            ("query", json!(text.replace("0123AB", "999999"))),
            ("queryParameters", json!([])),
        ] {
            let mut bad = good.clone();
            bad[name] = value;
            assert!(read(&bad).is_err(), "{name}");
        }
    }

    #[test]
    fn floats_are_written_as_bigquery_writes_them() {
        for (number, text) in [(0, "0.0"), (1_234, "1234.0"), (12_345_678, "1.2345678E7")] {
            assert_eq!(float(number), text);
        }
    }
}
