//! Anthropic's JSON, as far as we read it: strict about what makes an answer whole, lenient about everything else.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::domain::money::parse_decimal;
use crate::providers::http::{Page, PageParts};

/// A page of a report.
#[derive(Debug, Deserialize)]
pub(super) struct Report<Row> {
    data: Vec<Row>,
    has_more: Option<bool>,
    next_page: Option<String>,
}

impl<Row: DeserializeOwned> Page for Report<Row> {
    type Item = Row;

    fn into_parts(self) -> PageParts<Row> {
        let has_more = self.has_more.unwrap_or(self.next_page.is_some());
        PageParts { items: self.data, has_more, cursor: self.next_page }
    }
}

/// A page of a directory.
#[derive(Debug, Deserialize)]
pub(super) struct List<Row> {
    data: Vec<Row>,
    has_more: bool,
    last_id: Option<String>,
}

impl<Row: DeserializeOwned> Page for List<Row> {
    type Item = Row;

    fn into_parts(self) -> PageParts<Row> {
        PageParts { items: self.data, has_more: self.has_more, cursor: self.last_id }
    }
}

/// The rows of an hour or a day.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Bucket<Row> {
    pub(super) starting_at: DateTime<Utc>,
    pub(super) ending_at: DateTime<Utc>,
    pub(super) results: Vec<Row>,
}

/// A row of `usage_report/messages`. The counters do not overlap.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct MessagesUsage {
    #[serde(default, deserialize_with = "count")]
    pub(super) uncached_input_tokens: Decimal,
    #[serde(default, deserialize_with = "count")]
    pub(super) cache_read_input_tokens: Decimal,
    #[serde(default, deserialize_with = "count")]
    pub(super) output_tokens: Decimal,
    pub(super) cache_creation: Option<CacheCreation>,
    pub(super) server_tool_use: Option<ServerToolUse>,
    pub(super) workspace_id: Option<String>,
    pub(super) api_key_id: Option<String>,
    pub(super) model: Option<String>,
    pub(super) service_tier: Option<String>,
    pub(super) context_window: Option<String>,
    pub(super) inference_geo: Option<String>,
    pub(super) speed: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub(super) struct CacheCreation {
    #[serde(default, deserialize_with = "count")]
    pub(super) ephemeral_5m_input_tokens: Decimal,
    #[serde(default, deserialize_with = "count")]
    pub(super) ephemeral_1h_input_tokens: Decimal,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub(super) struct ServerToolUse {
    #[serde(default, deserialize_with = "count")]
    pub(super) web_search_requests: Decimal,
}

/// A row of `cost_report`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Cost {
    pub(super) amount: Cents,
    pub(super) currency: Option<String>,
    pub(super) workspace_id: Option<String>,
    pub(super) description: Option<String>,
    pub(super) cost_type: Option<String>,
    pub(super) token_type: Option<String>,
    pub(super) model: Option<String>,
    pub(super) service_tier: Option<String>,
    pub(super) context_window: Option<String>,
    pub(super) inference_geo: Option<String>,
    pub(super) speed: Option<String>,
}

/// A row of `analytics/cost`.
#[derive(Debug, Deserialize)]
pub(super) struct AnalyticsCost {
    pub(super) starting_at: DateTime<Utc>,
    pub(super) ending_at: DateTime<Utc>,
    pub(super) group: AnalyticsGroup,
    pub(super) cost: AnalyticsAmount,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct AnalyticsGroup {
    pub(super) workspace_id: Option<String>,
    pub(super) api_key_id: Option<String>,
    pub(super) model: Option<String>,
    pub(super) service_tier: Option<String>,
    pub(super) product: Option<String>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct AnalyticsAmount {
    /// After discounts, before credits.
    pub(super) amount: Cents,
    pub(super) currency: Option<String>,
    #[serde(default, deserialize_with = "optional_count")]
    pub(super) requests: Option<Decimal>,
}

/// A record of `usage_report/claude_code`: one actor on one terminal on one day.
#[derive(Debug, Deserialize)]
pub(super) struct ClaudeCodeUsage {
    pub(super) date: DateTime<Utc>,
    pub(super) actor: Actor,
    pub(super) customer_type: Option<String>,
    pub(super) model_breakdown: Vec<ModelUsage>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Actor {
    pub(super) email_address: Option<String>,
    pub(super) api_key_name: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ModelUsage {
    pub(super) model: Option<String>,
    pub(super) tokens: ModelTokens,
}

#[derive(Debug, Deserialize)]
pub(super) struct ModelTokens {
    #[serde(default, deserialize_with = "count")]
    pub(super) input: Decimal,
    #[serde(default, deserialize_with = "count")]
    pub(super) output: Decimal,
    #[serde(default, deserialize_with = "count")]
    pub(super) cache_read: Decimal,
    #[serde(default, deserialize_with = "count")]
    pub(super) cache_creation: Decimal,
}

/// A workspace, an API key or a user; also the organisation.
#[derive(Debug, Deserialize)]
pub(super) struct Named {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
}

/// Hundredths of the currency, with fractions: the unit of all amounts here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cents(pub(super) Decimal);

impl<'de> Deserialize<'de> for Cents {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        optional_count(deserializer)?.map(Self).ok_or_else(|| D::Error::custom("amount is null"))
    }
}

/// A number or a text that holds one; null is none of it.
fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    Ok(optional_count(deserializer)?.unwrap_or_default())
}

fn optional_count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    let text = match Value::deserialize(deserializer)? {
        Value::Null => return Ok(None),
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => return Err(D::Error::custom("neither a number nor a text that holds one")),
    };
    parse_decimal(&text).map(Some).map_err(D::Error::custom)
}
