//! The feed `costs` of an account without an export: reports of App Optimize, hour by hour, brought to UTC days.

mod api;
mod convert;
mod pacific;
mod reports;

use async_trait::async_trait;

pub(super) use self::reports::Reports;

use super::convert::DEDICATED;
use super::refusal::explain_report;
use super::settings::ProjectId;
use crate::domain::cost::CostRecord;
use crate::domain::period::Window;
use crate::providers::feed::{Feed, FeedPolicy, FetchError};

pub(super) struct Reported {
    pub(super) reports: Reports,
    /// A report is of one project: each has one of its own.
    pub(super) projects: Vec<ProjectId>,
}

#[async_trait]
impl Feed<CostRecord> for Reported {
    fn policy(&self) -> FeedPolicy {
        FeedPolicy {
            days_per_fetch: 30,
            settles_after_days: 5,
            // A report begins 90 days before now at most: the day on which that lies is no longer whole.
            history_days: Some(89),
            leaves_out: &[DEDICATED],
            ..FeedPolicy::USUAL
        }
    }

    async fn fetch(&self, window: Window) -> Result<Vec<CostRecord>, FetchError> {
        let mut rows = Vec::new();
        for project in &self.projects {
            rows.extend(self.reports.rows(project, window).await.map_err(explain_report)?);
        }
        convert::costs(rows, window)
    }
}
