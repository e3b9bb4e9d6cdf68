//! A line of a transcript, as far as it tells of a call. The format is no published contract: everything may be absent.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Number;

use crate::domain::call_log::SessionClaim;
use crate::providers::call_logs::{Text, text};

/// One JSON object a line; lines of many kinds share a file.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line<'a> {
    #[serde(borrow)]
    pub(super) timestamp: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) session_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) cwd: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) request_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) uuid: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) message: Option<Message<'a>>,
    /// Older versions wrap the lines of subagents in `progress` lines of the parent.
    #[serde(borrow)]
    data: Option<Progress<'a>>,
    /// Only in `cost-state` lines, with what the session has come to so far.
    #[serde(rename = "totalCostUSD")]
    total_cost_usd: Option<Number>,
    #[serde(default)]
    model_usage: BTreeMap<String, ModelUsage>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ModelUsage {
    input_tokens: u64,
    output_tokens: u64,
    cache_read_input_tokens: u64,
    cache_creation_input_tokens: u64,
}

#[derive(Debug, Deserialize)]
struct Progress<'a> {
    #[serde(borrow)]
    message: Option<Box<Line<'a>>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Message<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) model: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) usage: Option<Usage<'a>>,
}

/// The four token counts are disjoint; `output_tokens` includes thinking. `iterations`, which is not read, repeats them.
#[derive(Debug, Deserialize)]
pub(super) struct Usage<'a> {
    pub(super) input_tokens: Option<u64>,
    pub(super) cache_read_input_tokens: Option<u64>,
    pub(super) cache_creation_input_tokens: Option<u64>,
    pub(super) cache_creation: Option<CacheCreation>,
    pub(super) output_tokens: Option<u64>,
    pub(super) server_tool_use: Option<ServerToolUse>,
    #[serde(borrow)]
    pub(super) service_tier: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) speed: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) inference_geo: Option<Text<'a>>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct CacheCreation {
    pub(super) ephemeral_5m_input_tokens: Option<u64>,
    pub(super) ephemeral_1h_input_tokens: Option<u64>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct ServerToolUse {
    pub(super) web_search_requests: Option<u64>,
}

impl Line<'_> {
    /// The line of a subagent out of its wrapping, which knows time, session and folder where the inner line does not.
    pub(super) fn unwrapped(mut self) -> Self {
        let Some(mut inner) = self.data.take().and_then(|progress| progress.message) else { return self };
        inner.timestamp = inner.timestamp.or(self.timestamp);
        inner.session_id = inner.session_id.or(self.session_id);
        inner.cwd = inner.cwd.or(self.cwd);
        *inner
    }

    /// What the program reckons the session to have come to.
    pub(super) fn claim(self) -> Option<SessionClaim> {
        let cost = self.total_cost_usd?.to_string();
        let tokens = self.model_usage.values().flat_map(|usage| {
            [usage.input_tokens, usage.output_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens]
        });
        Some(SessionClaim {
            session: text(self.session_id)?,
            cost_usd: cost.parse().or_else(|_| Decimal::from_scientific(&cost)).ok()?,
            tokens: tokens.fold(0, u64::saturating_add),
        })
    }
}
