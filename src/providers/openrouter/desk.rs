//! Asking OpenRouter: days of activity, and lists by offset.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::api::{Activity, Data, Key, Workspace};
use crate::domain::period::{Day, Window};
use crate::providers::feed::FetchError;
use crate::providers::http::{Ask, Http};

/// Completed days that the activity goes back.
pub(super) const HISTORY_DAYS: u32 = 30;
/// No honest list is longer.
const MAX_ITEMS: usize = 100_000;
/// One account's view of the API.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) http: Arc<Http>,
}

impl Desk {
    pub(super) fn today(&self) -> Day {
        self.http.clock().today()
    }

    pub(super) async fn data<T: DeserializeOwned>(&self, ask: &Ask) -> Result<T, FetchError> {
        Ok(self.http.json::<Data<T>>(ask).await?.data)
    }

    /// The rows of the days of `window`, by workspace, of one key or of all.
    ///
    /// # Errors
    ///
    /// The vendor's, and a refusal of days that it has let go by now: no rows would look like no cost.
    pub(super) async fn activity(&self, window: Window, key: Option<&str>) -> Result<Vec<(Day, Activity)>, FetchError> {
        let oldest = self.today().minus(HISTORY_DAYS);
        if window.first() < oldest {
            let message = format!("openrouter tells no days before {oldest}");
            return Err(FetchError::Rejected { status: 400, message });
        }
        let ask = Ask::get("activity").with("group_by", "workspace");
        let ask = if let Some(hash) = key { ask.with("api_key_hash", hash) } else { ask };
        let rows: Vec<Activity> = self.data(&ask).await?;
        let dated = rows.into_iter().map(|row| Ok((day(&row.date)?, row)));
        let all: Vec<_> = dated.collect::<Result<_, FetchError>>()?;
        Ok(all.into_iter().filter(|(day, _)| window.contains(*day)).collect())
    }

    pub(super) async fn workspaces(&self) -> Result<Vec<Workspace>, FetchError> {
        self.list(&Ask::get("workspaces").with("limit", "100")).await
    }

    /// The keys of all workspaces, each with the id of its workspace.
    pub(super) async fn keys(&self) -> Result<Vec<Key>, FetchError> {
        let mut keys = Vec::new();
        for workspace in self.workspaces().await? {
            let ask = Ask::get("keys").with("include_disabled", "true").with("workspace_id", workspace.id);
            keys.extend(self.list::<Key>(&ask).await?);
        }
        Ok(keys)
    }

    /// All items: a page says neither that it is the last nor how long a page may be, so the end is an empty one.
    async fn list<T: DeserializeOwned>(&self, ask: &Ask) -> Result<Vec<T>, FetchError> {
        let mut items: Vec<T> = Vec::new();
        loop {
            let page: Vec<T> = self.data(&ask.clone().with("offset", items.len().to_string())).await?;
            if page.is_empty() {
                return Ok(items);
            }
            items.extend(page);
            if items.len() > MAX_ITEMS {
                return Err(FetchError::Malformed(format!("{} does not come to an end of its pages", ask.path)));
            }
        }
    }
}

fn day(text: &str) -> Result<Day, FetchError> {
    let date = text.get(..10).and_then(|date| date.parse().ok());
    date.ok_or_else(|| FetchError::Malformed(format!("activity has `{text}` where a day belongs")))
}
