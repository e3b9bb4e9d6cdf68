//! The feed `usage.gemini`: tokens of the Gemini API, which is asked with keys of AI Studio.

use std::sync::Arc;

use async_trait::async_trait;

use super::convert;
use super::monitoring::{Monitoring, policy};
use crate::domain::period::Window;
use crate::domain::usage::UsageRecord;
use crate::providers::feed::{Feed, FeedPolicy, FetchError};

const OUTPUT: &str = "generativelanguage.googleapis.com/generate_content_usage_output_token_count";
/// Input is counted against quotas only, each tier by itself; the free one costs nothing.
const INPUT: [&str; 3] = [
    "generativelanguage.googleapis.com/quota/generate_content_paid_tier_input_token_count/usage",
    "generativelanguage.googleapis.com/quota/generate_content_paid_tier_2_input_token_count/usage",
    "generativelanguage.googleapis.com/quota/generate_content_paid_tier_3_input_token_count/usage",
];

pub(super) struct Gemini {
    pub(super) monitoring: Arc<Monitoring>,
}

#[async_trait]
impl Feed<UsageRecord> for Gemini {
    fn policy(&self) -> FeedPolicy {
        policy()
    }

    async fn fetch(&self, window: Window) -> Result<Vec<UsageRecord>, FetchError> {
        let groups = ["metric.label.model", "metric.label.output_modality"];
        let output = self.monitoring.hours(OUTPUT, &groups, window).await?;
        let mut records: Vec<UsageRecord> = output.iter().filter_map(convert::gemini_output).collect();
        for metric in INPUT {
            let groups = ["metric.label.model", "metric.label.limit_name"];
            records.extend(convert::gemini_input(&self.monitoring.hours(metric, &groups, window).await?));
        }
        Ok(convert::summed(records.into_iter()))
    }
}
