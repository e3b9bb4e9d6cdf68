//! `GET /user/daily/activity`: rows of a page, added up by day and there by every column.

use axum::http::StatusCode;
use rust_decimal::Decimal;
use serde_json::{Map, Number, Value, json};

use super::table::{Holder, KEYS, Row, TEAMS, USERS, rows};
use super::{Asked, Refused, refused};
use crate::domain::period::Day;
use crate::sandbox::state::State;

pub(super) fn answer(state: &State, asked: &Asked<'_>) -> Result<Value, Refused> {
    let day = |name: &str| asked.get(name).and_then(|text| text.parse::<Day>().ok());
    let (Some(first), Some(last)) = (day("start_date"), day("end_date")) else {
        return Err(refused(StatusCode::BAD_REQUEST, "Please provide start_date and end_date"));
    };
    // The newest day first; within a day in no order that means anything.
    let days = (0..).map(|back| last.minus(back)).take_while(|day| first <= *day);
    let all: Vec<Row> = days.flat_map(|day| rows(state, day)).collect();
    let (page, number, pages) = asked.cut(all, ("page_size", 50, 1000))?;
    let parts = page.chunk_by(|a, b| a.day == b.day).map(part);
    let results: Vec<Value> = parts.collect();
    let everything = sums(&page.iter().collect::<Vec<_>>());
    let mut metadata = json!({ "page": number, "total_pages": pages, "has_more": number < pages });
    for name in ["spend", "flat_cost", "prompt_tokens", "completion_tokens", "api_requests"] {
        metadata[format!("total_{name}")] = everything[name].clone();
    }
    Ok(json!({ "results": results, "metadata": metadata }))
}

/// A day's part of the page.
fn part(rows: &[Row]) -> Value {
    let rows: Vec<&Row> = rows.iter().collect();
    let of_requests: Vec<&Row> = rows.iter().copied().filter(|row| row.holder != Holder::Capacity).collect();
    let model = |row: &Row| row.model.unwrap_or("unknown-model").to_owned();
    json!({
        "date": rows.first().map(|row| row.day),
        "metrics": sums(&rows),
        "breakdown": {
            "models": by(&rows, model),
            "model_groups": by(&rows, |row| row.model.unwrap_or("unknown-model-group").to_owned()),
            "providers": by(&of_requests, |row| row.provider.to_owned()),
            "endpoints": by(&of_requests, |_| "/chat/completions".to_owned()),
            "entities": by(&rows, |row| user(row).map_or("Unassigned", |user| USERS[user].0).to_owned()),
            "api_keys": by_key(&of_requests),
            "mcp_servers": {},
            "guardrails": {},
        },
    })
}

fn user(row: &Row) -> Option<usize> {
    if let Holder::Key(key) = row.holder { KEYS[key].user } else { None }
}

fn by(rows: &[&Row], name: impl Fn(&Row) -> String) -> Value {
    let split = |rows: &[&Row]| json!({ "metrics": sums(rows), "metadata": {}, "api_key_breakdown": by_key(rows) });
    grouped(rows, name, split)
}

/// Capacity is nobody's, and stays out.
fn by_key(rows: &[&Row]) -> Value {
    let of_requests: Vec<&Row> = rows.iter().copied().filter(|row| row.holder != Holder::Capacity).collect();
    let name = |row: &Row| if let Holder::Key(key) = row.holder { KEYS[key].hash } else { "unattributed" }.to_owned();
    let split = |rows: &[&Row]| json!({ "metrics": sums(rows), "metadata": rows.first().map(|row| owner(row)) });
    grouped(&of_requests, name, split)
}

fn owner(row: &Row) -> Value {
    let Holder::Key(key) = row.holder else {
        return json!({ "key_alias": "Unattributed", "team_id": null, "user_id": null, "user_email": null, "key_exists": false });
    };
    let key = &KEYS[key];
    json!({
        "key_alias": key.alias, "team_id": key.team.map(|team| TEAMS[team].0), "user_id": key.user.map(|user| USERS[user].0),
        "user_email": key.user.map(|user| USERS[user].1), "key_exists": !key.deleted,
    })
}

fn grouped(rows: &[&Row], name: impl Fn(&Row) -> String, tell: impl Fn(&[&Row]) -> Value) -> Value {
    let mut groups: Vec<(String, Vec<&Row>)> = Vec::new();
    for row in rows {
        let name = name(row);
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((name, vec![row])),
        }
    }
    Value::Object(groups.into_iter().map(|(name, rows)| (name, tell(&rows))).collect::<Map<_, _>>())
}

fn sums(rows: &[&Row]) -> Value {
    let tokens = |index: usize| rows.iter().map(|row| row.tokens[index]).sum::<i64>();
    let money = |of: fn(&Row) -> Decimal| number(rows.iter().map(|row| of(row)).sum());
    let good = i64::try_from(rows.iter().filter(|row| row.holder != Holder::Capacity).count()).unwrap_or_default();
    let failed: i64 = rows.iter().map(|row| row.failed).sum();
    json!({
        "spend": money(|row| row.spend), "flat_cost": money(|row| row.flat), "ptu_hours": 0.0,
        "prompt_tokens": tokens(0), "cache_read_input_tokens": tokens(1), "cache_creation_input_tokens": tokens(2),
        "completion_tokens": tokens(3), "total_tokens": tokens(0) + tokens(3),
        "successful_requests": good, "failed_requests": failed, "api_requests": good + failed,
    })
}

/// As Python writes it, digit for digit.
fn number(value: Decimal) -> Value {
    let plain = value.normalize();
    let (digits, scale) = (plain.mantissa().to_string(), plain.scale());
    let text = match digits.split_at_checked(1) {
        Some((first, rest)) if !plain.is_zero() && plain < Decimal::new(1, 4) => {
            let point = if rest.is_empty() { "" } else { "." };
            format!("{first}{point}{rest}e-{:02}", usize::try_from(scale).unwrap_or_default() - rest.len())
        }
        _ => plain.to_string(),
    };
    json!(text.parse::<Number>().ok())
}
