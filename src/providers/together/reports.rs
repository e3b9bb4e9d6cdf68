//! Asking for the billing report: a month at a time, of days that are over.

use std::sync::Arc;

use async_trait::async_trait;

use super::api::{Charge, Report};
use crate::domain::period::{Day, Window};
use crate::providers::account::Identity;
use crate::providers::feed::{FeedPolicy, FetchError};
use crate::providers::http::{Ask, Http};
use crate::providers::statement::Statement;

/// One organization's view of its bill.
#[derive(Clone)]
pub(super) struct Reports {
    pub(super) http: Arc<Http>,
}

#[async_trait]
impl Statement for Reports {
    type Line = Charge;

    /// One question is for a month. Days are told once they are over; whether they stay as they are nobody says.
    fn policy(&self) -> FeedPolicy {
        FeedPolicy::USUAL
    }

    /// What was charged on the days of `window`: of today there is nothing yet.
    async fn lines(&self, window: Window) -> Result<Vec<Charge>, FetchError> {
        let today = self.http.clock().today();
        let (mut charges, mut first) = (Vec::new(), window.first().month_start());
        // A month without a finished day is not asked for.
        while first < window.end().min(today) {
            let months = self.http.pages::<Report>(&month(first, "1000"), "after").await?;
            let is_asked_for = |day: Day| window.contains(day) && day.month_start() == first && day < today;
            charges.extend(months.into_iter().filter(|charge| is_asked_for(charge.day)));
            first = first.plus_months(1);
        }
        Ok(charges)
    }
}

/// `limit` counts days.
fn month(first: Day, limit: &str) -> Ask {
    let month = first.date().format("%Y-%m").to_string();
    Ask::get("billing/usage").with("month", month).with("granularity", "day").with("limit", limit)
}

#[async_trait]
impl Identity for Reports {
    /// Every report says whose it is, if only of a day.
    async fn ids(&self) -> Result<Vec<String>, FetchError> {
        let yesterday = self.http.clock().today().previous();
        let report: Report = self.http.json(&month(yesterday, "1")).await?;
        Ok(vec![report.organization_id])
    }
}
