//! `GET /bill`: what is owed, for a person who wants to compare.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State as Shared};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::books;
use super::faults::Target;
use super::state::State;
use super::weather::is_settled;
use crate::domain::money::Currency;
use crate::domain::period::{Day, Window};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    vendor: Option<String>,
    from: Option<Day>,
    to: Option<Day>,
}

#[derive(Debug, Serialize)]
pub(super) struct Statement {
    vendor: &'static str,
    day: Day,
    /// In `currency`, digit for digit.
    amount: String,
    currency: Currency,
    /// Whether the amount no longer moves, unless the vendor restates the day.
    settled: bool,
}

/// The days `from..to` (without `to`; the last 30 with today unless asked otherwise), oldest first.
pub(super) async fn handle(
    Shared(state): Shared<Arc<State>>,
    Query(asked): Query<Asked>,
) -> Result<Json<Vec<Statement>>, (StatusCode, &'static str)> {
    let now = state.now();
    let to = asked.to.unwrap_or(Day::of(now).next());
    let from = asked.from.unwrap_or(to.minus(30)).max(state.world.founded);
    let window = Window::new(from, to).ok_or((StatusCode::BAD_REQUEST, "from must be before to"))?;
    let known = |vendor: &Target| asked.vendor.as_deref().is_none_or(|name| name == vendor.name());
    let vendors: Vec<_> = books::billed_by(&state).into_iter().filter(known).collect();
    if vendors.is_empty() {
        return Err((StatusCode::BAD_REQUEST, "vendor must be one that bills the company by days"));
    }
    let line = |day: Day, vendor: Target| {
        let amount = books::owed(&state, vendor, day)?.normalize().to_string();
        let currency = books::currency(vendor);
        Some(Statement { vendor: vendor.name(), day, amount, currency, settled: is_settled(day, now) })
    };
    let lines = window.days().flat_map(|day| vendors.iter().filter_map(move |vendor| line(day, *vendor)));
    Ok(Json(lines.collect()))
}
