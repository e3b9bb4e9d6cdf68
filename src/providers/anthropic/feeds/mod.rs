//! What is asked of which report.

mod claude_code;
mod costs;
mod directory;
mod messages;

use chrono::{DateTime, SecondsFormat, Utc};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::domain::period::Window;
use crate::providers::feed::{FeedPolicy, FetchError, Grain};
use crate::providers::http::{Ask, Http, Page};

pub(super) use self::claude_code::ClaudeCode;
pub(super) use self::costs::Costs;
pub(super) use self::directory::{Names, Organization};
pub(super) use self::messages::Messages;

/// What a refused key lacks, for Anthropic only says that it is refused.
const KEY_NEEDED: &str = "the reports need an Admin key (sk-ant-admin…), which an admin of the organisation makes in the \
                          Console under Settings → Admin keys; individual accounts have no Admin API";

/// Days may change for three days after their end; nothing says how far back the reports go.
fn policy(grain: Grain, days_per_fetch: u32) -> FeedPolicy {
    FeedPolicy { grain, days_per_fetch, ..FeedPolicy::USUAL }
}

/// All pages of `ask`, with help where the key is refused.
async fn pages<P: Page>(http: &Http, ask: &Ask, cursor: &str) -> Result<Vec<P::Item>, FetchError> {
    http.pages::<P>(ask, cursor).await.map_err(explain)
}

fn explain(error: FetchError) -> FetchError {
    error.with_help(KEY_NEEDED)
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
