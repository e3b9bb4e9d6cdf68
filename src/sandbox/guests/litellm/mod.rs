//! A LiteLLM proxy: daily activity cut from the rows of its table, and lists of teams, users and keys.

mod activity;
mod table;

use std::sync::Arc;

use axum::extract::{Query, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use self::table::{KEYS, TEAMS, USERS};
use super::room::{PAGE_LIMIT, Room};
use super::wrong;
use crate::domain::period::Day;
use crate::sandbox::state::State;
use crate::sandbox::tamper::Tampering;

/// Opens nothing but a sandbox.
pub(in crate::sandbox) const KEY: &str = "sk-sandboxlitellmmaster0000";

pub(super) struct LiteLlm;

impl Room for LiteLlm {
    fn routes(&self) -> Router<Arc<State>> {
        Router::new()
            .route("/user/daily/activity", get(activity))
            .route("/user/list", get(users))
            .route("/team/list", get(teams))
            .route("/key/list", get(keys))
    }

    fn refuse(&self, status: StatusCode, message: &str) -> Response {
        let (status, body) = refused(status, message);
        (status, Json(body)).into_response()
    }

    fn tamper(&self, tampering: Tampering, answer: &mut Value) {
        match tampering {
            Tampering::WrongTypes => wrong::mistype(answer, &[]),
            Tampering::OtherNotation => wrong::renote(answer, &[]),
            Tampering::Unknown => sums(answer, &|sum| sum["brand_new"] = json!({ "nested": [1, 2.5, null] })),
            Tampering::NoAmount => sums(answer, &|sum| sum["spend"] = Value::Null),
            Tampering::RepeatedCursor => {
                answer["metadata"]["has_more"] = json!(true);
                answer["metadata"]["page"] = json!(1);
            }
            Tampering::VanishedRow => drop(days(answer).map(Vec::pop)),
            // Each answer is for one day: every other one is emptied.
            Tampering::EmptyDay => days(answer).into_iter().for_each(|days| days.retain(is_odd)),
        }
    }

    fn bill(&self, state: &State, day: Day) -> Option<Decimal> {
        Some(table::rows(state, day).iter().map(|row| row.spend + row.flat).sum())
    }
}

fn days(value: &mut Value) -> Option<&mut Vec<Value>> {
    value.get_mut("results")?.as_array_mut()
}

fn is_odd(day: &Value) -> bool {
    day["date"].as_str().is_some_and(|date| date.ends_with(['1', '3', '5', '7', '9']))
}

/// Acts on each object of sums. Maps are left alone: what is new in one of them is a name like the others.
fn sums(value: &mut Value, act: &impl Fn(&mut Value)) {
    if value.get("spend").is_some() {
        act(value);
        return;
    }
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|field| sums(field, act)),
        Value::Array(items) => items.iter_mut().for_each(|item| sums(item, act)),
        _ => {}
    }
}

/// A refusal's status and body.
type Refused = (StatusCode, Value);

fn refused(status: StatusCode, message: &str) -> Refused {
    let kind = if status == StatusCode::UNAUTHORIZED { "auth_error" } else { "internal_server_error" };
    let code = status.as_u16().to_string();
    (status, json!({ "error": { "message": message, "type": kind, "param": "None", "code": code } }))
}

type Pairs = Query<Vec<(String, String)>>;

/// What is asked for, once the key is known to be the right one.
struct Asked<'a> {
    pairs: &'a [(String, String)],
    /// No page holds more.
    ordered: usize,
}

impl<'a> Asked<'a> {
    fn of(headers: &HeaderMap, pairs: &'a [(String, String)]) -> Result<Self, Refused> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if text("authorization") != Some(&format!("Bearer {KEY}")) {
            let message = "Authentication Error, Invalid proxy server token passed. Unable to find token in cache";
            return Err(refused(StatusCode::UNAUTHORIZED, message));
        }
        let ordered = text(PAGE_LIMIT).and_then(|limit| limit.parse().ok()).unwrap_or(usize::MAX);
        Ok(Self { pairs, ordered })
    }

    fn get(&self, wanted: &str) -> Option<&'a str> {
        self.pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
    }

    /// The items of the page that is asked for, its number and how many pages there are.
    fn cut<T>(&self, items: Vec<T>, size: (&str, usize, usize)) -> Result<(Vec<T>, usize, usize), Refused> {
        let (name, usual, most) = size;
        let number = |name: &str, usual: usize| self.get(name).map_or(Some(usual), |text| text.parse().ok());
        let (page, size) = (number("page", 1).unwrap_or(0), number(name, usual).unwrap_or(0));
        if page == 0 || size == 0 || size > most {
            let detail = json!([{ "type": "less_than_equal", "loc": ["query", name], "msg": format!("Input should be less than or equal to {most}") }]);
            return Err((StatusCode::UNPROCESSABLE_ENTITY, json!({ "detail": detail })));
        }
        let size = size.min(self.ordered);
        let pages = items.len().div_ceil(size);
        Ok((items.into_iter().skip((page - 1) * size).take(size).collect(), page, pages))
    }
}

fn answer(answer: Result<Value, Refused>) -> Response {
    match answer {
        Ok(value) => Json(value).into_response(),
        Err((status, body)) => (status, Json(body)).into_response(),
    }
}

async fn activity(Shared(state): Shared<Arc<State>>, headers: HeaderMap, Query(pairs): Pairs) -> Response {
    answer(Asked::of(&headers, &pairs).and_then(|asked| activity::answer(&state, &asked)))
}

async fn teams(headers: HeaderMap) -> Response {
    answer(Asked::of(&headers, &[]).map(|_| {
        let team = |(id, alias): (&str, &str)| json!({ "team_id": id, "team_alias": alias, "team_memberships": [], "keys": [] });
        json!(TEAMS.map(team))
    }))
}

async fn users(headers: HeaderMap, Query(pairs): Pairs) -> Response {
    let list = |asked: Asked<'_>| {
        let (page, number, pages) = asked.cut(USERS.to_vec(), ("page_size", 25, 100))?;
        let user = |(id, email): &(&str, &str)| json!({ "user_id": id, "user_email": email, "user_alias": null, "key_count": 1 });
        let users: Vec<Value> = page.iter().map(user).collect();
        Ok(
            json!({ "users": users, "total": USERS.len(), "page": number, "page_size": page.len(), "total_pages": pages }),
        )
    };
    answer(Asked::of(&headers, &pairs).and_then(list))
}

async fn keys(headers: HeaderMap, Query(pairs): Pairs) -> Response {
    let list = |asked: Asked<'_>| {
        let deleted = asked.get("status") == Some("deleted");
        let wanted: Vec<_> = KEYS.iter().filter(|key| key.deleted == deleted).collect();
        let total = wanted.len();
        let (page, number, pages) = asked.cut(wanted, ("size", 10, 100))?;
        let keys: Vec<Value> =
            page.into_iter().map(|key| key.listed(asked.get("return_full_object") == Some("true"))).collect();
        Ok(json!({ "keys": keys, "total_count": total, "current_page": number, "total_pages": pages }))
    };
    answer(Asked::of(&headers, &pairs).and_then(list))
}
