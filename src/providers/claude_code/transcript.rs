//! Lines of transcripts → calls: one answer of the model is written as many lines, in many files.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use chrono::{DateTime, Utc};

use super::line::{Line, Message, Usage};
use crate::domain::usage::{Call, Dimensions, Meter};

/// Claude Code writes its own error messages as answers of this model; no call was made.
const SYNTHETIC: &str = "<synthetic>";

/// The calls of any number of lines, each once.
#[derive(Debug, Clone, Default)]
pub(super) struct Gathered {
    calls: BTreeMap<String, Sighting>,
    /// Lines that could not be read.
    pub(super) broken: usize,
}

/// The best line of a call, and when its first line was written.
#[derive(Debug, Clone)]
struct Sighting {
    /// With the time of the line that it was made from.
    call: Call,
    first_at: DateTime<Utc>,
}

impl Gathered {
    /// Takes in one line without its line end.
    pub(super) fn line(&mut self, text: &str) {
        // Most bytes of a transcript are in lines that hold no counts: only their end is looked at.
        if !text.contains("\"usage\"") {
            self.broken += usize::from(!text.is_empty() && !text.ends_with('}'));
            return;
        }
        match serde_json::from_str::<Line>(text).map(|line| read(line.unwrapped())) {
            Ok(Read::Call(call)) => self.see(Sighting { first_at: call.at, call: *call }),
            Ok(Read::Nothing) => {}
            Ok(Read::Broken) | Err(_) => self.broken += 1,
        }
    }

    /// Takes in the calls of another file.
    pub(super) fn merge(&mut self, other: &Self) {
        other.calls.values().for_each(|sighting| self.see(sighting.clone()));
    }

    pub(super) fn into_calls(self) -> Vec<Call> {
        self.calls.into_values().map(|sighting| Call { at: sighting.first_at, ..sighting.call }).collect()
    }

    /// Early lines carry placeholders, so the line with the most output holds, as a whole: lines of one answer may differ
    /// in model and caches, and a maximum by field would mix them. Among equals the later one.
    fn see(&mut self, seen: Sighting) {
        match self.calls.entry(seen.call.key.clone()) {
            Entry::Vacant(place) => {
                place.insert(seen);
            }
            Entry::Occupied(mut place) => {
                let rank = |sighting: &Sighting| (output(&sighting.call), sighting.call.at);
                let known = place.get_mut();
                known.first_at = known.first_at.min(seen.first_at);
                if rank(&seen) >= rank(known) {
                    known.call = seen.call;
                }
            }
        }
    }
}

enum Read {
    Call(Box<Call>),
    /// A line about something else.
    Nothing,
    /// A call without a time or without anything to know it by.
    Broken,
}

fn read(line: Line) -> Read {
    let Some(Message { id, model, usage: Some(usage) }) = line.message else { return Read::Nothing };
    if model.as_deref() == Some(SYNTHETIC) {
        return Read::Nothing;
    }
    let key = present(id)
        .or_else(|| present(line.request_id).map(|id| format!("request/{id}")))
        .or_else(|| present(line.uuid).map(|id| format!("line/{id}")));
    let (Some(key), Some(at)) = (key, line.timestamp) else { return Read::Broken };
    let meters = meters(&usage);
    let dims = Dimensions {
        project: present(line.cwd),
        model: present(model),
        prompt_over: prompt_size(&meters),
        region: present(usage.inference_geo).filter(|geo| !matches!(geo.as_str(), "not_available" | "global")),
        service_tier: present(usage.speed)
            .filter(|speed| speed == "fast")
            .or_else(|| present(usage.service_tier).filter(|tier| tier != "standard")),
        ..Dimensions::default()
    };
    Read::Call(Box::new(Call { key, at, session: present(line.session_id), dims, meters }))
}

fn meters(usage: &Usage) -> BTreeMap<Meter, u64> {
    let split = usage.cache_creation;
    let long = split.and_then(|split| split.ephemeral_1h_input_tokens).unwrap_or(0);
    let short = split.and_then(|split| split.ephemeral_5m_input_tokens).unwrap_or(0);
    // Without a split, or beyond it, writes live five minutes.
    let short = short.max(usage.cache_creation_input_tokens.unwrap_or(0).saturating_sub(long));
    let searches = usage.server_tool_use.and_then(|tools| tools.web_search_requests);
    let counts = [
        (Meter::Input, usage.input_tokens.unwrap_or(0)),
        (Meter::CacheRead, usage.cache_read_input_tokens.unwrap_or(0)),
        (Meter::CacheWrite, short),
        (Meter::CacheWrite1h, long),
        (Meter::Output, usage.output_tokens.unwrap_or(0)),
        (Meter::WebSearches, searches.unwrap_or(0)),
        (Meter::Requests, 1),
    ];
    counts.into_iter().filter(|(_, count)| *count > 0).collect()
}

fn prompt_size(meters: &BTreeMap<Meter, u64>) -> u32 {
    let prompt = [Meter::Input, Meter::CacheRead, Meter::CacheWrite, Meter::CacheWrite1h];
    let tokens = prompt.iter().filter_map(|meter| meters.get(meter)).fold(0_u64, |sum, n| sum.saturating_add(*n));
    u32::try_from(tokens).unwrap_or(u32::MAX)
}

fn output(call: &Call) -> u64 {
    call.meters.get(&Meter::Output).copied().unwrap_or(0)
}

fn present(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}
