//! Transcripts as Claude Code writes them: answers on several lines, and sessions that copy lines into new files.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::place::Place;

/// Tokens of one call: what the vendor's price list speaks of.
#[derive(Clone, Copy)]
pub(crate) struct Tokens {
    pub(crate) input: u64,
    pub(crate) cache_read: u64,
    pub(crate) cache_write: u64,
    pub(crate) output: u64,
}

/// Two calls of claude-opus-4-5, of which the files hold five lines.
pub(crate) const CALLS: [Tokens; 2] = [
    Tokens { input: 12, cache_read: 18_000, cache_write: 2_400, output: 640 },
    Tokens { input: 9, cache_read: 20_400, cache_write: 310, output: 1_150 },
];

impl Tokens {
    pub(crate) fn all(self) -> u64 {
        self.input + self.cache_read + self.cache_write + self.output
    }
}

fn line(at: DateTime<Utc>, number: usize, uuid: &str, output: u64) -> String {
    let Tokens { input, cache_read, cache_write, .. } = CALLS[number];
    // One after the other, so that a session has a pace.
    let at = at - if number == 0 { TimeDelta::seconds(1) } else { TimeDelta::zero() };
    json!({
        "parentUuid": null, "isSidechain": false, "userType": "external", "cwd": "/home/dev/shop",
        "sessionId": "5b1e7f0c-0000-4000-8000-000000000001", "version": "2.0.55", "gitBranch": "main",
        "type": "assistant", "uuid": uuid, "requestId": format!("req_{number}"),
        "timestamp": at,
        "message": {
            "id": format!("msg_{number}"), "type": "message", "role": "assistant", "model": "claude-opus-4-5-20251101",
            "content": [{"type": "text", "text": "done"}], "stop_reason": null,
            "usage": {
                "input_tokens": input, "cache_read_input_tokens": cache_read,
                "cache_creation_input_tokens": cache_write,
                "cache_creation": {"ephemeral_5m_input_tokens": cache_write, "ephemeral_1h_input_tokens": 0},
                "output_tokens": output, "service_tier": "standard",
            },
        },
    })
    .to_string()
}

/// Writes the files, as if the calls were made at `at`, and returns the configuration of the account `team` that reads them.
pub(crate) fn write(place: &Place, at: DateTime<Utc>) -> String {
    let user = json!({"type": "user", "uuid": "u", "timestamp": at, "message": {"role": "user", "content": "go"}});
    let grown = line(at, 0, "b", CALLS[0].output);
    let first = [user.to_string(), line(at, 0, "a", 3), grown.clone(), line(at, 1, "c", CALLS[1].output)];
    // A session that was resumed begins with the lines of the old one.
    let resumed = [grown, line(at, 1, "c", CALLS[1].output)];
    place.write("claude/projects/shop/first.jsonl", &(first.join("\n") + "\n"));
    place.write("claude/projects/shop/resumed.jsonl", &(resumed.join("\n") + "\n"));
    format!(
        "[accounts.claude_code.team]\npaths = ['{}']\nbilling = 'subscription'\nsession_token_limit = 1000\n",
        place.path("claude").display()
    )
}
