//! `usage.pricing` and `usage.attribution`: tokens, by what the price depends on or by who used them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use reqwest::header::HeaderMap;

use super::{beta, policy, report_query};
use crate::domain::period::Window;
use crate::domain::usage::UsageRecord;
use crate::providers::anthropic::api::{Bucket, MessagesUsage, Report};
use crate::providers::anthropic::{buckets, convert};
use crate::providers::feed::{Feed, FeedPolicy, FetchError, Grain};
use crate::providers::http::{Ask, Http};

const FAST_MODE_BETA: &str = "fast-mode-2026-02-01";

/// One report, asked twice: it refuses all dimensions at once.
pub(crate) struct Messages {
    http: Arc<Http>,
    policy: FeedPolicy,
    bucket_width: &'static str,
    /// The most buckets that a page may hold at this width.
    limit: &'static str,
    dimensions: &'static [&'static str],
    optional: Option<Optional>,
}

/// A dimension that not every organisation may ask for.
struct Optional {
    dimension: &'static str,
    headers: HeaderMap,
    refused: AtomicBool,
}

impl Messages {
    pub(crate) fn pricing(http: Arc<Http>) -> Self {
        Self {
            http,
            policy: policy(Grain::Hour, 7),
            bucket_width: "1h",
            limit: "168",
            dimensions: &["model", "service_tier", "context_window", "inference_geo"],
            optional: Some(Optional {
                dimension: "speed",
                headers: beta(FAST_MODE_BETA),
                refused: AtomicBool::new(false),
            }),
        }
    }

    pub(crate) fn attribution(http: Arc<Http>) -> Self {
        Self {
            http,
            policy: policy(Grain::Day, 31),
            bucket_width: "1d",
            limit: "31",
            // Five are as many as the report takes. Without the context window, cheap and dear tokens would be shared alike.
            dimensions: &["workspace_id", "api_key_id", "model", "service_tier", "context_window"],
            optional: None,
        }
    }

    async fn ask(&self, window: Window, optional: Option<&Optional>) -> Result<Vec<Bucket<MessagesUsage>>, FetchError> {
        let mut dimensions = self.dimensions.to_vec();
        dimensions.extend(optional.map(|optional| optional.dimension));
        let width = [("bucket_width", self.bucket_width), ("limit", self.limit)];
        let ask = Ask {
            path: "v1/organizations/usage_report/messages".to_owned(),
            query: report_query(window, &width, &dimensions),
            headers: optional.map(|optional| optional.headers.clone()).unwrap_or_default(),
            ..Ask::default()
        };
        self.http.pages::<Report<Bucket<MessagesUsage>>>(&ask, "page").await
    }

    /// With the optional dimension, or without it from the first time on that this alone is refused.
    async fn buckets(&self, window: Window) -> Result<Vec<Bucket<MessagesUsage>>, FetchError> {
        let optional = self.optional.as_ref().filter(|optional| !optional.refused.load(Ordering::Relaxed));
        match (self.ask(window, optional).await, optional) {
            (Err(FetchError::Rejected { status: 400, message }), Some(optional)) => {
                let answer = self.ask(window, None).await?;
                optional.refused.store(true, Ordering::Relaxed);
                tracing::info!("usage is read without {}: {message}", optional.dimension);
                Ok(answer)
            }
            (answer, _) => answer,
        }
    }
}

#[async_trait]
impl Feed<UsageRecord> for Messages {
    fn policy(&self) -> FeedPolicy {
        self.policy
    }

    async fn fetch(&self, window: Window) -> Result<Vec<UsageRecord>, FetchError> {
        let answer = self.buckets(window).await?;
        let rows = buckets::rows(answer, window, &self.policy, self.http.clock().now())?;
        Ok(convert::usage(rows))
    }
}
