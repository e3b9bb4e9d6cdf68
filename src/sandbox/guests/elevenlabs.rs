//! ElevenLabs: a plan with credits, and what they were used for.

use std::collections::BTreeMap;
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
use crate::domain::period::{Day, Window};
use crate::sandbox::state::State;
use crate::sandbox::tamper::Tampering;

/// Opens nothing but a sandbox.
pub(in crate::sandbox) const KEY: &str = "xi_sandboxelevenlabs0000";
const LIMIT: u32 = 1_800_000;
/// Before this a time is one of seconds.
const MILLISECONDS: i64 = 100_000_000_000;

/// Who speaks with which model and voice, and how many characters on a day; two characters of a fast model are a credit.
const SPEAKERS: [(&str, &str, &str, u64, u32); 4] = [
    ("eleven_multilingual_v2", "shop@example.com", "Rachel", 41_000, 1),
    ("eleven_flash_v2_5", "shop@example.com", "Adam", 28_001, 2),
    ("eleven_flash_v2_5", "support@example.com", "Adam", 17_001, 2),
    ("eleven_turbo_v2_5", "support@example.com", "Bella", 6_333, 2),
];

pub(super) struct ElevenLabs;

impl Room for ElevenLabs {
    fn routes(&self) -> Router<Arc<State>> {
        Router::new()
            .route("/v1/user", get(user))
            .route("/v1/user/subscription", get(subscription))
            .route("/v1/usage/character-stats", get(stats))
    }

    fn refuse(&self, status: StatusCode, message: &str) -> Response {
        let kind = if status == StatusCode::UNAUTHORIZED { "invalid_api_key" } else { "sandbox_refusal" };
        (status, Json(json!({ "detail": { "status": kind, "message": message } }))).into_response()
    }

    fn tamper(&self, tampering: Tampering, answer: &mut Value) {
        match tampering {
            Tampering::WrongTypes => wrong::mistype(answer, &["amount"]),
            Tampering::OtherNotation => wrong::renote(answer, &["amount"]),
            // The names below `usage` are data.
            Tampering::Unknown => answer["sandbox_surprise"] = json!({ "nested": [1, 2.5, null] }),
            Tampering::VanishedRow => {
                if let Some(usage) = answer["usage"].as_object_mut() {
                    let first = usage.keys().next().cloned();
                    first.map(|name| usage.remove(&name));
                }
            }
            Tampering::EmptyDay => {
                let series = answer["usage"].as_object_mut().into_iter().flat_map(|usage| usage.values_mut());
                series.filter_map(|values| values.as_array_mut()?.last_mut()).for_each(|last| *last = json!(0.0));
            }
            Tampering::NoAmount | Tampering::RepeatedCursor => {}
        }
    }
}

/// A refusal of whoever does not show the key.
fn refusal(headers: &HeaderMap) -> Option<Response> {
    let is_ours = headers.get("xi-api-key").is_some_and(|key| key == KEY);
    (!is_ours).then(|| ElevenLabs.refuse(StatusCode::UNAUTHORIZED, "Invalid API key"))
}

/// Credits of one speaker on a day as of now.
fn credits(state: &State, index: usize, day: Day) -> Decimal {
    let (now, Some((.., characters, per_credit))) = (state.now(), SPEAKERS.get(index)) else { return Decimal::ZERO };
    if day < state.world.founded || Day::of(now) < day {
        return Decimal::ZERO;
    }
    let salt = [
        7_101,
        u64::try_from(index).unwrap_or_default(),
        u64::try_from(day.since(state.world.founded)).unwrap_or_default(),
    ];
    let minutes = (now.min(day.end()) - day.start()).num_minutes();
    let characters =
        characters * state.world.noise(&salt, 300) / 1_000 * u64::try_from(minutes).unwrap_or_default() / 1_440;
    Decimal::from(characters) / Decimal::from(*per_credit)
}

async fn user(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Response {
    if let Some(refusal) = refusal(&headers) {
        return refusal;
    }
    Json(json!({
        "user_id": "xiUserSandbox", "is_new_user": false, "created_at": 1_700_000_000,
        "can_use_delayed_payment_methods": false, "is_onboarding_completed": true,
        "is_onboarding_checklist_completed": true, "subscription": plan(&state),
    }))
    .into_response()
}

async fn subscription(Shared(state): Shared<Arc<State>>, headers: HeaderMap) -> Response {
    refusal(&headers).unwrap_or_else(|| Json(plan(&state)).into_response())
}

fn plan(state: &State) -> Value {
    let today = Day::of(state.now());
    let month = Window::new(today.month_start(), today.next());
    let used = month.into_iter().flat_map(Window::days);
    let used: Decimal = used
        .flat_map(|day| (0..SPEAKERS.len()).map(move |index| (index, day)))
        .map(|(index, day)| credits(state, index, day))
        .sum();
    let reset = today.plus_months(1).start().timestamp();
    json!({
        "tier": "scale", "status": "active", "currency": "usd",
        "billing_period": "monthly_period", "character_refresh_period": "monthly_period",
        "character_count": number(used.floor()), "character_limit": LIMIT,
        "max_credit_limit_extension": "unlimited", "can_extend_character_limit": true,
        "allowed_to_extend_character_limit": true, "max_character_limit_extension": null,
        "next_character_count_reset_unix": reset,
        "current_overage": { "amount": "0.50", "currency": "usd" },
        "voice_slots_used": 3, "voice_limit": 660, "voice_add_edit_counter": 1, "max_voice_add_edits": 2_000,
        "professional_voice_slots_used": 0, "professional_voice_slots_used_in_workspace": 0,
        "professional_voice_limit": 3, "can_extend_voice_limit": true, "can_use_instant_voice_cloning": true,
        "can_use_professional_voice_cloning": true, "has_open_invoices": false, "open_invoices": [],
        "next_invoice": {
            "amount_due_cents": 29_900, "subtotal_cents": 29_900, "tax_cents": 0, "discounts": [],
            "next_payment_attempt_unix": reset, "payment_intent_statusses": [],
        },
        "pending_change": null,
    })
}

async fn stats(
    Shared(state): Shared<Arc<State>>,
    headers: HeaderMap,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    if let Some(refusal) = refusal(&headers) {
        return refusal;
    }
    match asked(&query) {
        Ok((window, breakdown)) => Json(series(&state, window, breakdown)).into_response(),
        Err((name, message)) => {
            let detail = json!([{ "loc": ["query", name], "msg": message, "type": "value_error" }]);
            (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "detail": detail }))).into_response()
        }
    }
}

/// A parameter, and what is wrong with it.
type Problem = (&'static str, &'static str);

/// The days of a query, and what it tells apart: the index of one of a speaker's names.
fn asked(query: &[(String, String)]) -> Result<(Window, Option<usize>), Problem> {
    let param = |wanted: &str| query.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let day = |name: &'static str| {
        let millis = param(name).and_then(|text| text.parse::<i64>().ok()).filter(|millis| *millis > MILLISECONDS);
        let at = millis.and_then(chrono::DateTime::from_timestamp_millis);
        at.map(Day::of).ok_or((name, "Input should be a time in milliseconds"))
    };
    if param("aggregation_interval").unwrap_or("day") != "day" || param("metric").unwrap_or("credits") != "credits" {
        return Err(("metric", "the sandbox has credits by day only"));
    }
    let of_workspace = param("include_workspace_metrics") == Some("true");
    let breakdown = match param("breakdown_type").unwrap_or("none") {
        "none" => None,
        "model" => Some(0),
        "user" if of_workspace => Some(1),
        "voice" => Some(2),
        _ => return Err(("breakdown_type", "not a breakdown of this query")),
    };
    let window = Window::new(day("start_unix")?, day("end_unix")?.next());
    Ok((window.ok_or(("end_unix", "is before start_unix"))?, breakdown))
}

fn series(state: &State, window: Window, breakdown: Option<usize>) -> Value {
    let days: Vec<Day> = window.days().collect();
    let mut usage: BTreeMap<&str, Vec<Decimal>> = BTreeMap::new();
    for (index, (model, user, voice, ..)) in SPEAKERS.iter().enumerate() {
        let name = breakdown.and_then(|part| [*model, *user, *voice].get(part).copied()).unwrap_or("All");
        let sums = usage.entry(name).or_insert_with(|| vec![Decimal::ZERO; days.len()]);
        sums.iter_mut().zip(&days).for_each(|(sum, day)| *sum += credits(state, index, *day));
    }
    let usage: BTreeMap<_, Vec<Value>> =
        usage.into_iter().map(|(name, values)| (name, values.into_iter().map(number).collect())).collect();
    let time: Vec<i64> = days.iter().map(|day| day.start().timestamp_millis()).collect();
    json!({ "time": time, "usage": usage })
}

/// A float, as the vendor sends all of them.
fn number(amount: Decimal) -> Value {
    let text = amount.normalize().to_string();
    text.parse::<Number>().map_or(Value::Null, Value::Number)
}
