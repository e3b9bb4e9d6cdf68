//! Lines of transcripts → calls: one answer of the model is written as many lines, in many files, under one key.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use memchr::memmem::Finder;

use super::line::{Line, Message, Usage};
use crate::domain::call_log::Call;
use crate::domain::meters::Meters;
use crate::domain::usage::{Dimensions, Meter};
use crate::providers::call_logs::{Findings, Format, Text, text, time};

/// Claude Code writes its own error messages as answers of this model; no call was made.
const SYNTHETIC: &str = "<synthetic>";
/// What the program says of a session is short; the long lines are what people and tools said.
const MAX_CLAIM_BYTES: usize = 64 * 1024;

pub(super) struct Transcripts {
    usage: Finder<'static>,
    claim: Finder<'static>,
}

impl Default for Transcripts {
    fn default() -> Self {
        Self { usage: Finder::new("\"usage\""), claim: Finder::new("\"cost-state\"") }
    }
}

impl Format for Transcripts {
    /// Each line stands for itself.
    type State = ();

    fn folders(&self, root: &Path) -> Vec<PathBuf> {
        let projects = root.join("projects");
        // A configuration folder holds other `.jsonl` files, too.
        vec![if projects.is_dir() { projects } else { root.to_owned() }]
    }

    fn holds(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".jsonl") && !name.contains(".orphaned") && !name.contains(".superseded")
    }

    fn start(&self, _: &Path) {}

    fn read(&self, line: &[u8], (): &mut (), found: &mut Findings) {
        // Most bytes of a transcript are in lines that hold no counts: only their end is looked at.
        let holds = |finder: &Finder<'_>| finder.find(line).is_some();
        if !holds(&self.usage) && (line.len() > MAX_CLAIM_BYTES || !holds(&self.claim)) {
            found.broken += usize::from(line.last() != Some(&b'}'));
            return;
        }
        match serde_json::from_slice::<Line>(line) {
            Ok(line) => take_in(line.unwrapped(), found),
            Err(_) => found.broken += 1,
        }
    }
}

/// Adds what a line tells, if it tells of a call or of what a session came to.
fn take_in(mut line: Line<'_>, found: &mut Findings) {
    let Some(Message { id, model, usage: Some(usage) }) = line.message.take() else {
        found.claims.extend(line.claim());
        return;
    };
    if model.as_ref().is_some_and(|model| model.as_ref() == SYNTHETIC) {
        return;
    }
    let key = text(id)
        .or_else(|| text(line.request_id).map(|id| format!("request/{id}")))
        .or_else(|| text(line.uuid).map(|id| format!("line/{id}")));
    let (Some(key), Some(at)) = (key, time(instant(line.timestamp.as_ref()))) else {
        found.broken += 1;
        return;
    };
    let meters = meters(&usage);
    let dims = Dimensions {
        project: text(line.cwd),
        model: text(model),
        prompt_over: prompt_size(&meters),
        region: text(usage.inference_geo).filter(|geo| !matches!(geo.as_str(), "not_available" | "global")),
        service_tier: text(usage.speed)
            .filter(|speed| speed == "fast")
            .or_else(|| text(usage.service_tier).filter(|tier| tier != "standard")),
        ..Dimensions::default()
    };
    found.calls.push(Call { key, at, session: text(line.session_id), dims, meters });
}

/// Most are in the strict form, which is read in half the time.
fn instant(text: Option<&Text<'_>>) -> Option<DateTime<Utc>> {
    let text = text?.as_ref();
    DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()).or_else(|_| text.parse()).ok()
}

fn meters(usage: &Usage<'_>) -> Meters {
    let split = usage.cache_creation;
    let long = split.and_then(|split| split.ephemeral_1h_input_tokens).unwrap_or(0);
    let short = split.and_then(|split| split.ephemeral_5m_input_tokens).unwrap_or(0);
    // Without a split, or beyond it, writes live five minutes.
    let short = short.max(usage.cache_creation_input_tokens.unwrap_or(0).saturating_sub(long));
    let searches = usage.server_tool_use.and_then(|tools| tools.web_search_requests);
    Meters::from([
        (Meter::Input, usage.input_tokens.unwrap_or(0)),
        (Meter::CacheRead, usage.cache_read_input_tokens.unwrap_or(0)),
        (Meter::CacheWrite, short),
        (Meter::CacheWrite1h, long),
        (Meter::Output, usage.output_tokens.unwrap_or(0)),
        (Meter::WebSearches, searches.unwrap_or(0)),
        (Meter::Requests, 1),
    ])
}

fn prompt_size(meters: &Meters) -> u32 {
    let prompt = [Meter::Input, Meter::CacheRead, Meter::CacheWrite, Meter::CacheWrite1h];
    let tokens = prompt.into_iter().fold(0_u64, |sum, meter| sum.saturating_add(meters.get(meter)));
    u32::try_from(tokens).unwrap_or(u32::MAX)
}
