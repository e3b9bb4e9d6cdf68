//! Asking Cursor: events of whole days, from pages that must agree with each other.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::DateTime;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::api::{Event, Sheet};
use super::convert::INCLUDED;
use crate::domain::period::{Day, Window};
use crate::providers::feed::{FeedPolicy, FetchError};
use crate::providers::http::{Ask, Body, Http};
use crate::providers::statement::Statement;

/// The most that Cursor gives on a page.
const PAGE_SIZE: u32 = 1000;
/// How often events are read from the first page again before they are left for later.
const READINGS: u32 = 3;

/// One team's view of the API.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) http: Arc<Http>,
}

impl Desk {
    /// Asks with a body, as Cursor wants it even where nothing is changed.
    pub(super) async fn post<T: DeserializeOwned>(&self, path: &str, question: &Value) -> Result<T, FetchError> {
        self.http.json(&post(path, question)).await
    }
}

#[async_trait]
impl Statement for Desk {
    type Line = (Day, Event);

    fn policy(&self) -> FeedPolicy {
        FeedPolicy {
            // Cursor takes 30; a large team has hundreds of pages a week, and one that fails fails the window.
            days_per_fetch: 7,
            leaves_out: &[INCLUDED],
            ..FeedPolicy::USUAL
        }
    }

    /// Events have no ids and pages are cut from a list with the newest first, so an event that comes in while pages are read
    /// moves others to pages where they were read before. So nothing is asked for that is still to come, and pages that do not
    /// hold as many events as they say there are, or differ about that, are read again. Events that look alike are two events.
    ///
    /// # Errors
    ///
    /// The vendor's, and `Unavailable` where the events do not come to rest.
    async fn lines(&self, window: Window) -> Result<Vec<(Day, Event)>, FetchError> {
        let first = window.first().start();
        let end = window.end().start().min(self.http.clock().now()).max(first);
        let question = |page: Option<u64>| {
            let mut question = json!({
                "startDate": first.timestamp_millis(),
                "endDate": end.timestamp_millis(),
                "pageSize": PAGE_SIZE,
            });
            if let Some(page) = page {
                question["page"] = json!(page);
            }
            post("teams/filtered-usage-events", &question)
        };
        for _ in 0..READINGS {
            let sheets = self.http.pages_by::<Sheet>(&question(None), |page| question(page.parse().ok())).await;
            if let Some(events) = whole(sheets?) {
                return dated(window, events);
            }
        }
        Err(FetchError::Unavailable(format!("the usage events of {window} changed while their pages were read")))
    }
}

fn post(path: &str, question: &Value) -> Ask {
    Ask::post(path, Body::bytes("application/json", question.to_string().into_bytes()))
}

/// The events of all pages, if these hold as many as each says that there are.
fn whole(sheets: Vec<Sheet>) -> Option<Vec<Event>> {
    let told: Vec<_> = sheets.iter().filter_map(|sheet| sheet.total_usage_events_count).collect();
    let events: Vec<Event> = sheets.into_iter().flat_map(|sheet| sheet.usage_events).collect();
    told.iter().all(|total| total.0 == events.len().into()).then_some(events)
}

/// The events with their days, without one that began the day after: the end of what was asked for may belong to it.
fn dated(window: Window, events: Vec<Event>) -> Result<Vec<(Day, Event)>, FetchError> {
    let dated = events.into_iter().map(|event| Ok((day(&event)?, event)));
    let all: Vec<_> = dated.collect::<Result<_, FetchError>>()?;
    Ok(all.into_iter().filter(|(day, _)| window.contains(*day)).collect())
}

fn day(event: &Event) -> Result<Day, FetchError> {
    let at = i64::try_from(event.timestamp.0).ok().and_then(DateTime::from_timestamp_millis);
    let fail = || FetchError::Malformed(format!("`{}` is no time of a usage event", event.timestamp.0));
    at.map(Day::of).ok_or_else(fail)
}
