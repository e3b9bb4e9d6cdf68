//! The feeds `usage.…`: what was used, by hour.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::admin::{self, Admin};
use super::api::UsageResult;
use super::endpoints::Endpoint;
use super::{buckets, convert};
use crate::domain::period::Window;
use crate::domain::usage::UsageRecord;
use crate::providers::feed::{Feed, FeedPolicy, FetchError, Grain};

pub(super) struct Usage {
    admin: Admin,
    endpoint: Endpoint,
    warned: AtomicBool,
}

impl Usage {
    pub(super) fn new(admin: Admin, endpoint: Endpoint) -> Self {
        Self { admin, endpoint, warned: AtomicBool::new(false) }
    }

    fn records(&self, results: Vec<(DateTime<Utc>, UsageResult)>) -> Result<Vec<UsageRecord>, FetchError> {
        let mut records = Vec::new();
        for (at, result) in results {
            if result.object != self.endpoint.object {
                tracing::debug!(feed = %self.endpoint.feed, object = result.object, "unknown kind of usage result skipped");
                continue;
            }
            let counts = self.endpoint.counts.read(&result);
            let counts = counts.map_err(|error| FetchError::Malformed(format!("{error} at {at}")))?;
            records.extend(convert::usage(at, result, counts));
        }
        Ok(records)
    }
}

#[async_trait]
impl Feed<UsageRecord> for Usage {
    fn policy(&self) -> FeedPolicy {
        FeedPolicy { grain: Grain::Hour, days_per_fetch: 7, ..FeedPolicy::USUAL }
    }

    /// An organization without an optional endpoint has no such use: that is an empty answer, with one warning.
    async fn fetch(&self, window: Window) -> Result<Vec<UsageRecord>, FetchError> {
        let query = admin::bucket_query(window, "1h", 168, self.endpoint.group_by);
        let path = format!("v1/organization/usage/{}", self.endpoint.path);
        match self.admin.buckets::<UsageResult>(&path, query).await {
            Ok(pages) => self.records(buckets::results(pages, window, Grain::Hour)?),
            Err(FetchError::Rejected { status: 404, message }) if self.endpoint.optional => {
                if !self.warned.swap(true, Ordering::Relaxed) {
                    tracing::warn!(feed = %self.endpoint.feed, message, "endpoint not available to this organization");
                }
                Ok(Vec::new())
            }
            Err(error) => Err(error),
        }
    }
}
