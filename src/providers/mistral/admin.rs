//! Asking the Admin API: months, pages of workspaces, and refusals that say what to do about them.

use std::sync::Arc;

use chrono::Datelike;
use serde::de::DeserializeOwned;

use super::api::{Month, Row, Workspace, WorkspacePage};
use crate::domain::period::{Day, Window};
use crate::providers::feed::FetchError;
use crate::providers::http::{Ask, Http};

/// No honest list is longer.
const MAX_WORKSPACES: usize = 10_000;
pub(super) const KEY_HELP: &str = "mistral needs an admin key, which an organization admin makes at \
    backoffice.mistral.ai; it exists with an Enterprise plan only, and keys of workspaces do not work; without one, \
    bring the figures of the console in as CSV";

/// One organisation's view of the Admin API.
#[derive(Clone)]
pub(super) struct Admin {
    pub(super) http: Arc<Http>,
}

impl Admin {
    pub(super) fn today(&self) -> Day {
        self.http.clock().today()
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, ask: &Ask) -> Result<T, FetchError> {
        self.http.json(ask).await.map_err(explain)
    }

    /// Makes visible that units are paid for at a price that nobody tells.
    pub(super) fn miss_price(&self, line_item: &str) {
        self.http.miss("usage", &format!("the price of `{line_item}`"));
    }

    /// The months that `window` touches, each with its rows of days of the window.
    pub(super) async fn months(
        &self,
        window: Window,
        workspace: Option<&str>,
    ) -> Result<Vec<(Month, Vec<(Day, Row)>)>, FetchError> {
        let mut months = Vec::new();
        let mut first = window.first().month_start();
        while first < window.end() {
            let date = first.date();
            let ask = Ask::get("usage").with("month", date.month().to_string()).with("year", date.year().to_string());
            let ask = if let Some(id) = workspace { ask.with("workspace_id", id) } else { ask };
            let month: Month = self.get(&ask).await?;
            let rows =
                month.rows().map_err(|error| FetchError::Malformed(format!("usage has another row: {error}")))?;
            let dated = rows.into_iter().map(|row| Ok((day(&row.timestamp)?, row)));
            let dated: Vec<_> = dated.collect::<Result<_, FetchError>>()?;
            let is_asked_for = |day: Day| window.contains(day) && day.month_start() == first;
            months.push((month, dated.into_iter().filter(|(day, _)| is_asked_for(*day)).collect()));
            first = first.plus_months(1);
        }
        Ok(months)
    }

    /// All workspaces, archived ones too. A page does not say whether it is the last: the end is an empty one.
    pub(super) async fn workspaces(&self) -> Result<Vec<Workspace>, FetchError> {
        let mut workspaces: Vec<Workspace> = Vec::new();
        for page in 1.. {
            let ask = Ask::get("workspaces").with("page", page.to_string()).with("page_size", "100");
            let items = self.get::<WorkspacePage>(&ask).await?.into_items();
            if items.is_empty() {
                break;
            }
            let again = items.iter().any(|item| workspaces.iter().any(|known| known.id == item.id));
            if again || workspaces.len() > MAX_WORKSPACES {
                return Err(FetchError::Malformed("workspaces does not come to an end of its pages".to_owned()));
            }
            workspaces.extend(items);
        }
        Ok(workspaces)
    }
}

fn day(text: &str) -> Result<Day, FetchError> {
    let date = text.get(..10).and_then(|date| date.parse().ok());
    date.ok_or_else(|| FetchError::Malformed(format!("usage has `{text}` where a day belongs")))
}

/// Without the Admin API an organisation may not find anything.
fn explain(error: FetchError) -> FetchError {
    match error {
        FetchError::Rejected { status: 404, message } => FetchError::Unauthorized(message).with_help(KEY_HELP),
        other => other,
    }
}
