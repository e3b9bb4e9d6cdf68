//! DeepSeek: a balance in two currencies, and nothing else. Credit that was granted expires one day.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::TimeDelta;
use rust_decimal::Decimal;
use serde_json::{Number, Value, json};

use super::room::Room;
use crate::sandbox::auth::bearer;
use crate::sandbox::state::State;
use crate::sandbox::tamper::Tampering;

/// Opens nothing but a sandbox.
pub(in crate::sandbox) const KEY: &str = "sk-sandboxdeepseek0000";

/// How long after the founding.
const GRANTED_FOR: TimeDelta = TimeDelta::days(32);

pub(super) struct DeepSeek;

impl Room for DeepSeek {
    fn routes(&self) -> Router<Arc<State>> {
        Router::new().route("/user/balance", get(balance))
    }

    fn refuse(&self, status: StatusCode, message: &str) -> Response {
        let kind = if status == StatusCode::UNAUTHORIZED { "authentication_error" } else { "server_error" };
        let error = json!({ "message": message, "type": kind, "param": null, "code": "invalid_request_error" });
        (status, Json(json!({ "error": error }))).into_response()
    }

    fn tamper(&self, tampering: Tampering, answer: &mut Value) {
        let Some(balances) = answer.get_mut("balance_infos").and_then(Value::as_array_mut) else { return };
        match tampering {
            Tampering::WrongTypes => balances.iter_mut().for_each(|balance| balance["total_balance"] = json!([])),
            Tampering::NoAmount => balances.iter_mut().for_each(|balance| balance["total_balance"] = Value::Null),
            Tampering::OtherNotation => balances.iter_mut().for_each(|balance| {
                let number = balance["total_balance"].as_str().and_then(|text| text.parse::<Number>().ok());
                balance["total_balance"] = json!(number);
            }),
            Tampering::VanishedRow => drop(balances.pop()),
            Tampering::EmptyDay => balances.clear(),
            Tampering::Unknown => balances.iter_mut().for_each(|balance| balance["bonus"] = json!({ "nested": [1] })),
            Tampering::RepeatedCursor => {}
        }
    }
}

async fn balance(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Response {
    if bearer(&headers) != Some(KEY) {
        return DeepSeek.refuse(StatusCode::UNAUTHORIZED, "Authentication Fails, Your api key is invalid");
    }
    let age = state.now() - state.world.founded.start();
    // Some three dollars and less than a yuan are spent a day, and a hundred bought when they are gone.
    let left =
        |a_minute: Decimal| Decimal::ONE_HUNDRED - Decimal::from(age.num_minutes()) * a_minute % Decimal::ONE_HUNDRED;
    let granted = if age < GRANTED_FOR { Decimal::TEN } else { Decimal::ZERO };
    let of = |currency: &str, granted: Decimal, topped_up: Decimal| {
        json!({
            "currency": currency,
            "total_balance": format!("{:.2}", granted + topped_up),
            "granted_balance": format!("{granted:.2}"),
            "topped_up_balance": format!("{topped_up:.2}"),
        })
    };
    let infos = [of("CNY", granted, left(Decimal::new(5, 4))), of("USD", Decimal::ZERO, left(Decimal::new(21, 4)))];
    Json(json!({ "is_available": true, "balance_infos": infos })).into_response()
}
