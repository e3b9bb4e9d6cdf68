//! What a chat holds, as far as it tells of calls. The format is no published contract: everything may be absent.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::domain::meters::Meters;
use crate::domain::usage::Meter;
use crate::providers::call_logs::Text;

/// A message, a line that lists messages again, or the document of an older version: they differ in what is there.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry<'a> {
    #[serde(borrow)]
    pub(super) session_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
    pub(super) timestamp: Option<DateTime<Utc>>,
    #[serde(borrow)]
    pub(super) model: Option<Text<'a>>,
    pub(super) tokens: Option<Tokens>,
    #[serde(borrow)]
    pub(super) messages: Option<Vec<Entry<'a>>>,
    /// Changes of the chat as a whole.
    #[serde(borrow, rename = "$set")]
    pub(super) set: Option<Box<Entry<'a>>>,
}

/// `output` does not include `thoughts`; `input` includes `cached`, but for versions whose total says otherwise.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(super) struct Tokens {
    input: u64,
    output: u64,
    cached: u64,
    thoughts: u64,
    /// What tools have told the model.
    tool: u64,
    total: Option<u64>,
}

impl Tokens {
    /// Tokens of the prompt, whether they come from the cache or not.
    pub(super) fn prompt(self) -> u64 {
        let apart = if self.cached_is_apart() { self.cached } else { 0 };
        self.input.saturating_add(self.tool).saturating_add(apart)
    }

    pub(super) fn meters(self) -> Meters {
        Meters::from([
            (Meter::Input, self.prompt().saturating_sub(self.cached)),
            (Meter::CacheRead, self.cached),
            (Meter::Output, self.output.saturating_add(self.thoughts)),
            (Meter::Requests, 1),
        ])
    }

    fn cached_is_apart(self) -> bool {
        let others = [self.output, self.thoughts, self.tool, self.cached];
        self.total == Some(others.into_iter().fold(self.input, u64::saturating_add))
    }
}
