//! Lines of rollouts → calls. Counts are told again and again, and forks repeat what their parents told.

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use memchr::memmem::Finder;
use serde::{Deserialize, Serialize};

use super::line::{Info, Line, Payload, Usage};
use crate::domain::call_log::Call;
use crate::domain::usage::Dimensions;
use crate::providers::call_logs::{Findings, Format, text, time};

/// A fork writes down the history of its parent at once, under new times; no model answers as fast.
const REPLAY: TimeDelta = TimeDelta::seconds(1);

pub(super) struct Rollouts {
    /// What lines that matter hold.
    words: [Finder<'static>; 3],
}

impl Default for Rollouts {
    fn default() -> Self {
        Self { words: ["\"token_", "\"turn_context\"", "\"session_meta\""].map(Finder::new) }
    }
}

/// What a rollout has said so far.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Rollout {
    session: Option<String>,
    /// The session that this one repeats.
    parent: Option<String>,
    began: Option<DateTime<Utc>>,
    cwd: Option<String>,
    model: Option<String>,
    /// The largest total that was told.
    counted: Usage,
    /// The program writes a record for each call, so that totals need not be taken apart.
    has_records: bool,
}

impl Format for Rollouts {
    type State = Rollout;

    fn folders(&self, root: &Path) -> Vec<PathBuf> {
        let parts = ["sessions", "archived_sessions"].map(|name| root.join(name));
        let there: Vec<PathBuf> = parts.into_iter().filter(|folder| folder.is_dir()).collect();
        if there.is_empty() { vec![root.to_owned()] } else { there }
    }

    fn holds(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("rollout-") && name.ends_with(".jsonl")
    }

    fn start(&self, path: &Path) -> Rollout {
        // Until the first line tells better.
        let session = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        Rollout { session, ..Rollout::default() }
    }

    fn read(&self, line: &[u8], rollout: &mut Rollout, found: &mut Findings) {
        // Most bytes of a rollout are in lines about what people and tools said.
        if !self.words.iter().any(|word| word.find(line).is_some()) {
            found.broken += usize::from(line.last() != Some(&b'}'));
            return;
        }
        let Ok(Line { timestamp, kind, payload }) = serde_json::from_slice(line) else {
            found.broken += 1;
            return;
        };
        match (kind.as_str(), time(timestamp)) {
            ("session_meta", _) => rollout.begin(timestamp, payload),
            ("turn_context", _) => {
                rollout.model = text(payload.model).or(rollout.model.take());
                rollout.cwd = text(payload.cwd).or(rollout.cwd.take());
            }
            ("token_usage_record", Some(at)) => found.calls.extend(rollout.record(at, payload)),
            ("event_msg", Some(at)) if payload.kind.as_deref() == Some("token_count") => {
                found.calls.extend(payload.info.and_then(|info| rollout.count(at, &info)));
            }
            _ => {}
        }
    }
}

impl Rollout {
    /// A fork repeats the beginning of its parent, too: the first one is its own.
    fn begin(&mut self, at: Option<DateTime<Utc>>, meta: Payload) {
        if self.began.is_some() {
            return;
        }
        self.began = at;
        self.parent = text(meta.parent());
        self.session = text(meta.id).or(self.session.take());
        self.cwd = text(meta.cwd);
    }

    fn record(&mut self, at: DateTime<Utc>, record: Payload) -> Option<Call> {
        self.has_records = true;
        let key = text(record.response_id)?;
        Some(self.call(key, at, record.usage?))
    }

    /// A count is a call when the total has grown beyond all that were told before.
    fn count(&mut self, at: DateTime<Utc>, info: &Info) -> Option<Call> {
        let total = info.total_token_usage?;
        if total.total_tokens <= self.counted.total_tokens {
            return None;
        }
        let before = std::mem::replace(&mut self.counted, total);
        let repeated = self.parent.is_some() && self.began.is_some_and(|began| at < began + REPLAY);
        if self.has_records || repeated {
            return None;
        }
        // Parent and fork tell the same total of the same call.
        let family = self.parent.as_ref().or(self.session.as_ref()).map_or("", String::as_str);
        let Usage { input_tokens, cached_input_tokens, output_tokens, total_tokens, .. } = total;
        let model = self.model.as_deref().unwrap_or_default();
        let key = format!("{family}/{model}/{input_tokens}-{cached_input_tokens}-{output_tokens}-{total_tokens}");
        Some(self.call(key, at, info.last_token_usage.unwrap_or_else(|| total.minus(before))))
    }

    fn call(&self, key: String, at: DateTime<Utc>, usage: Usage) -> Call {
        let dims = Dimensions {
            project: self.cwd.clone(),
            model: self.model.clone(),
            prompt_over: u32::try_from(usage.input_tokens).unwrap_or(u32::MAX),
            ..Dimensions::default()
        };
        Call { key, at, session: self.session.clone(), dims, meters: usage.meters() }
    }
}
