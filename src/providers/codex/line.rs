//! A line of a rollout, as far as it tells of calls. The format is no published contract: everything may be absent.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::meters::Meters;
use crate::domain::usage::Meter;

/// One JSON object a line; what the payload holds depends on the kind.
#[derive(Debug, Deserialize)]
pub(super) struct Line {
    pub(super) timestamp: Option<DateTime<Utc>>,
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) payload: Payload,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Payload {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) id: Option<String>,
    pub(super) cwd: Option<String>,
    pub(super) model: Option<String>,
    pub(super) forked_from_id: Option<String>,
    source: serde_json::Value,
    pub(super) response_id: Option<String>,
    pub(super) usage: Option<Usage>,
    pub(super) info: Option<Info>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Info {
    pub(super) last_token_usage: Option<Usage>,
    pub(super) total_token_usage: Option<Usage>,
}

/// `input_tokens` includes the cached ones, `output_tokens` includes reasoning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Usage {
    pub(super) input_tokens: u64,
    pub(super) cached_input_tokens: u64,
    pub(super) cache_write_input_tokens: u64,
    pub(super) output_tokens: u64,
    pub(super) total_tokens: u64,
}

impl Payload {
    /// The session whose history this one repeats.
    pub(super) fn parent(&self) -> Option<String> {
        let spawned = self.source.pointer("/subagent/thread_spawn/parent_thread_id");
        self.forked_from_id.clone().or_else(|| spawned?.as_str().map(ToOwned::to_owned))
    }
}

impl Usage {
    pub(super) fn minus(self, before: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.saturating_sub(before.input_tokens),
            cached_input_tokens: self.cached_input_tokens.saturating_sub(before.cached_input_tokens),
            cache_write_input_tokens: self.cache_write_input_tokens.saturating_sub(before.cache_write_input_tokens),
            output_tokens: self.output_tokens.saturating_sub(before.output_tokens),
            total_tokens: self.total_tokens.saturating_sub(before.total_tokens),
        }
    }

    pub(super) fn meters(self) -> Meters {
        let cached = self.cached_input_tokens.saturating_add(self.cache_write_input_tokens);
        Meters::from([
            (Meter::Input, self.input_tokens.saturating_sub(cached)),
            (Meter::CacheRead, self.cached_input_tokens),
            (Meter::CacheWrite, self.cache_write_input_tokens),
            (Meter::Output, self.output_tokens),
            (Meter::Requests, 1),
        ])
    }
}
