//! What is asked of which report.

mod claude_code;
mod costs;
mod directory;
mod messages;

use chrono::{DateTime, SecondsFormat, Utc};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::domain::period::Window;
use crate::providers::feed::{FeedPolicy, Grain};

pub(super) use self::claude_code::ClaudeCode;
pub(super) use self::costs::Costs;
pub(super) use self::directory::{Names, Organization};
pub(super) use self::messages::Messages;

/// Days may change for three days after their end; nothing says how far back the reports go.
fn policy(grain: Grain, days_per_fetch: u32) -> FeedPolicy {
    FeedPolicy { grain, days_per_fetch, ..FeedPolicy::USUAL }
}

fn beta(name: &'static str) -> HeaderMap {
    [(HeaderName::from_static("anthropic-beta"), HeaderValue::from_static(name))].into_iter().collect()
}

/// Whole days only: a range that ends within one is refused.
fn report_query(window: Window, settings: &[(&str, &str)], dimensions: &[&str]) -> Vec<(String, String)> {
    let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let (start, end) = (instant(window.first().start()), instant(window.end().start()));
    let mut query = query(&[&[("starting_at", start.as_str()), ("ending_at", end.as_str())], settings].concat());
    query.extend(dimensions.iter().map(|dimension| ("group_by[]".to_owned(), (*dimension).to_owned())));
    query
}

fn query(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
