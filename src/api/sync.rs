//! How up to date feeds are, and "refresh now".

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::ApiState;
use super::error::ApiError;
use super::params::Params;
use crate::domain::names::Provider;
use crate::domain::period::Day;

#[derive(Serialize)]
pub(super) struct Status {
    now: DateTime<Utc>,
    feeds: Vec<Feed>,
}

#[derive(Serialize)]
struct Feed {
    provider: String,
    account: String,
    feed: String,
    /// False when the last run failed.
    ok: bool,
    last_attempt_at: DateTime<Utc>,
    last_success_at: Option<DateTime<Utc>>,
    next_attempt_at: Option<DateTime<Utc>>,
    failure_reason: Option<String>,
    failure_message: Option<String>,
    days: i64,
    first_day: Option<Day>,
    last_day: Option<Day>,
    vanished_days: i64,
}

pub(super) async fn status(State(state): State<ApiState>, uri: Uri) -> Result<Json<Status>, ApiError> {
    Params::parse(&uri, &[])?;
    let feeds = state.store.feed_status().await?.into_iter().map(|feed| Feed {
        ok: feed.failure_reason.is_none(),
        provider: feed.provider,
        account: feed.account,
        feed: feed.feed,
        last_attempt_at: feed.last_attempt_at,
        last_success_at: feed.last_success_at,
        next_attempt_at: feed.next_attempt_at,
        failure_reason: feed.failure_reason,
        failure_message: feed.failure_message,
        days: feed.days,
        first_day: feed.first_day,
        last_day: feed.last_day,
        vanished_days: feed.vanished,
    });
    Ok(Json(Status { now: state.clock.now(), feeds: feeds.collect() }))
}

#[derive(Serialize)]
pub(super) struct Woken {
    woken_feeds: usize,
}

/// Wakes feeds and does not wait for them; a feed's own minimum interval still holds.
pub(super) async fn refresh(State(state): State<ApiState>, uri: Uri) -> Result<(StatusCode, Json<Woken>), ApiError> {
    let params = Params::parse(&uri, &["provider"])?;
    let provider = params.one("provider")?.map(str::parse::<Provider>).transpose();
    let provider = provider.map_err(|error| {
        let known = Provider::listed();
        ApiError::bad_query(error.to_string()).hint(format!("providers are {known}"))
    })?;
    let woken_feeds = state.sync.wake(provider);
    Ok((StatusCode::ACCEPTED, Json(Woken { woken_feeds })))
}
