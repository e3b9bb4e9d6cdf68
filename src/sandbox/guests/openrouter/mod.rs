//! OpenRouter: activity of completed days by model, endpoint and workspace, keys with limits, and prepaid credit.

mod activity;
mod books;
mod keys;

use std::sync::Arc;

use axum::extract::{Query, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use rust_decimal::Decimal;
use serde_json::{Number, Value, json};

use super::room::Room;
use super::wrong;
use crate::domain::period::Day;
use crate::sandbox::auth::bearer;
use crate::sandbox::state::State;
use crate::sandbox::tamper::Tampering;

/// Opens nothing but a sandbox.
pub(in crate::sandbox) const KEY: &str = "sk-or-v1-sandboxmanagement0000";
/// One that is for inference only.
const INFERENCE_KEY: &str = "sk-or-v1-sandboxinference0000";

pub(super) struct OpenRouter;

impl Room for OpenRouter {
    fn routes(&self) -> Router<Arc<State>> {
        Router::new()
            .route("/activity", get(activity))
            .route("/credits", get(credits))
            .route("/key", get(key))
            .route("/keys", get(keys))
            .route("/workspaces", get(workspaces))
    }

    fn refuse(&self, status: StatusCode, message: &str) -> Response {
        let error = json!({ "code": status.as_u16(), "message": message, "metadata": {} });
        (status, Json(json!({ "error": error, "user_id": keys::OWNER }))).into_response()
    }

    fn tamper(&self, tampering: Tampering, answer: &mut Value) {
        match tampering {
            Tampering::WrongTypes => wrong::mistype(answer, &[]),
            Tampering::OtherNotation => wrong::renote(answer, &[]),
            Tampering::Unknown => wrong::surprise(answer),
            Tampering::NoAmount => {
                rows(answer).into_iter().flatten().for_each(|row| row["usage"] = Value::Null);
            }
            Tampering::VanishedRow => drop(rows(answer).map(Vec::pop)),
            Tampering::EmptyDay => rows(answer).into_iter().for_each(empty_day),
            Tampering::RepeatedCursor => {}
        }
    }

    fn bill(&self, state: &State, day: Day) -> Option<Decimal> {
        let told = state.world.founded <= day && day < Day::of(state.now());
        told.then(|| books::lines(state.world, day).iter().map(|line| line.charged).sum())
    }
}

fn rows(value: &mut Value) -> Option<&mut Vec<Value>> {
    value.get_mut("data")?.as_array_mut()
}

/// The fifth day from the end has no rows any more.
fn empty_day(rows: &mut Vec<Value>) {
    let mut dates: Vec<_> = rows.iter().filter_map(|row| row["date"].as_str().map(str::to_owned)).collect();
    dates.sort_unstable();
    dates.dedup();
    if let Some(gone) = dates.iter().rev().nth(4) {
        rows.retain(|row| row["date"] != json!(gone));
    }
}

type Pairs = Query<Vec<(String, String)>>;

/// A refusal's status and words.
type Refused = (StatusCode, String);

fn refused(status: StatusCode, message: &str) -> Refused {
    (status, message.to_owned())
}

fn answer(result: Result<Value, Refused>) -> Response {
    match result {
        Ok(data) => Json(json!({ "data": data })).into_response(),
        Err((status, message)) => OpenRouter.refuse(status, &message),
    }
}

/// Whether the key is a management key.
fn checked(headers: &HeaderMap) -> Result<bool, Refused> {
    match bearer(headers) {
        Some(KEY) => Ok(true),
        Some(INFERENCE_KEY) => Ok(false),
        _ => Err(refused(StatusCode::UNAUTHORIZED, "No auth credentials found")),
    }
}

fn management(headers: &HeaderMap) -> Result<(), Refused> {
    let refusal = || refused(StatusCode::FORBIDDEN, "Only management keys can perform this operation");
    checked(headers)?.then_some(()).ok_or_else(refusal)
}

/// The parameters, none of which the endpoint does not know.
fn known<'a>(pairs: &'a [(String, String)], names: &[&str]) -> Result<impl Fn(&str) -> Option<&'a str>, Refused> {
    if let Some((name, _)) = pairs.iter().find(|(name, _)| !names.contains(&name.as_str())) {
        return Err(refused(StatusCode::BAD_REQUEST, &format!("Unrecognized key: {name}")));
    }
    Ok(move |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str()))
}

async fn activity(Shared(state): Shared<Arc<State>>, headers: HeaderMap, Query(query): Pairs) -> Response {
    answer(management(&headers).and_then(|()| activity::answer(&state, &query)))
}

async fn credits(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Response {
    answer(management(&headers).map(|()| {
        let spent = books::spent(&state);
        let bought = (spent / Decimal::ONE_HUNDRED).ceil() * Decimal::ONE_HUNDRED;
        json!({ "total_credits": number(bought), "total_usage": number(spent) })
    }))
}

async fn key(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Response {
    answer(checked(&headers).map(|is_management| keys::own(&state, is_management)))
}

async fn keys(Shared(state): Shared<Arc<State>>, headers: HeaderMap, Query(query): Pairs) -> Response {
    answer(management(&headers).and_then(|()| keys::list(&state, &headers, &query)))
}

async fn workspaces(Shared(_): Shared<Arc<State>>, headers: HeaderMap, Query(query): Pairs) -> Response {
    let listed = management(&headers).and_then(|()| keys::workspaces(&headers, &query));
    match listed {
        Ok((page, total)) => Json(json!({ "data": page, "total_count": total })).into_response(),
        Err((status, message)) => OpenRouter.refuse(status, &message),
    }
}

/// A JSON number, digit for digit.
fn number(amount: Decimal) -> Value {
    amount.normalize().to_string().parse::<Number>().map_or(Value::Null, Value::Number)
}
