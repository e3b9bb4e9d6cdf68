//! The feed `usage.vertex`: tokens of the models that Vertex AI serves, Google's own and others'.

use std::sync::Arc;

use async_trait::async_trait;

use super::convert;
use super::monitoring::{Monitoring, policy};
use crate::domain::period::Window;
use crate::domain::usage::UsageRecord;
use crate::providers::feed::{Feed, FeedPolicy, FetchError};

const TOKENS: &str = "aiplatform.googleapis.com/publisher/online_serving/token_count";
const GROUPS: [&str; 6] = [
    "resource.label.model_user_id",
    "resource.label.location",
    "metric.label.type",
    "metric.label.modality",
    "metric.label.request_type",
    "metric.label.shared_request_type",
];

pub(super) struct Vertex {
    pub(super) monitoring: Arc<Monitoring>,
}

#[async_trait]
impl Feed<UsageRecord> for Vertex {
    fn policy(&self) -> FeedPolicy {
        policy()
    }

    async fn fetch(&self, window: Window) -> Result<Vec<UsageRecord>, FetchError> {
        let samples = self.monitoring.hours(TOKENS, &GROUPS, window).await?;
        Ok(convert::summed(samples.iter().filter_map(convert::vertex)))
    }
}
