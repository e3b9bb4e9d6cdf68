//! Asking the proxy: a day at a time, with a key that sees all of it.

use std::sync::Arc;

use async_trait::async_trait;
use serde::de::IgnoredAny;

use super::api::{Activity, DayPart};
use crate::domain::period::{Day, Window};
use crate::providers::feed::{FeedPolicy, FetchError};
use crate::providers::http::{Ask, Http, Page};
use crate::providers::statement::Statement;

/// The most that the proxy gives on a page.
const PAGE_SIZE: &str = "1000";

#[derive(Clone)]
pub(super) struct Desk {
    pub(super) http: Arc<Http>,
}

impl Desk {
    pub(super) async fn pages<P: Page>(&self, ask: &Ask) -> Result<Vec<P::Item>, FetchError> {
        self.http.pages::<P>(ask, "page").await
    }

    /// The list of users is for admins, while the activity shows to anybody else without a word only what is their own.
    async fn see_everybody(&self) -> Result<(), FetchError> {
        let ask = Ask::get("user/list").with("page", "1").with("page_size", "1");
        self.http.json::<IgnoredAny>(&ask).await.map(|_| ())
    }
}

#[async_trait]
impl Statement for Desk {
    type Line = (Day, DayPart);

    fn policy(&self) -> FeedPolicy {
        FeedPolicy {
            // A request counts for the day on which it began, and is written down when it is over.
            settles_after_days: 2,
            // What a proxy has counted it never corrects.
            second_look: false,
            ..FeedPolicy::USUAL
        }
    }

    /// The activity of the days of `window`, each in one or more parts.
    ///
    /// Each day is asked for by itself: pages are cut from rows with the newest day first, and a row that today gets meanwhile
    /// would move those of other days.
    ///
    /// # Errors
    ///
    /// The proxy's, and a refusal of a key that does not see everybody's activity.
    async fn lines(&self, window: Window) -> Result<Vec<(Day, DayPart)>, FetchError> {
        self.see_everybody().await?;
        let mut parts = Vec::new();
        for day in window.days() {
            let ask = Ask::get("user/daily/activity")
                .with("start_date", day.to_string())
                .with("end_date", day.to_string())
                .with("page_size", PAGE_SIZE);
            for part in self.pages::<Activity>(&ask).await? {
                if part.date != day.date() {
                    return Err(FetchError::Malformed(format!("activity of {} is in the answer for {day}", part.date)));
                }
                parts.push((day, part));
            }
        }
        Ok(parts)
    }
}
