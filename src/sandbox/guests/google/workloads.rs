//! What the company does at Google: which project calls which model, how often, and what one request takes.

use chrono::{DateTime, TimeDelta, Utc};

use crate::sandbox::state::State;

pub(super) const SHOP: &str = "shop-prod-123";
pub(super) const LAB: &str = "research-lab-7";
pub(super) const PROJECTS: [(&str, &str); 2] = [(SHOP, "Web shop"), (LAB, "Research lab")];

/// Whose metrics know of the use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Api {
    Vertex,
    Gemini,
}

/// One thing that is counted and billed by itself.
pub(super) struct Line {
    /// The label `type`: of Google's own models, input from a cache is input.
    pub(super) kind: &'static str,
    pub(super) modality: &'static str,
    pub(super) per_request: u64,
    pub(super) sku: &'static str,
    /// Millionths of a euro for a thousand tokens.
    pub(super) price: i64,
}

pub(super) struct Workload {
    pub(super) project: &'static str,
    pub(super) api: Api,
    pub(super) service_id: &'static str,
    pub(super) service: &'static str,
    pub(super) model: &'static str,
    pub(super) publisher: &'static str,
    pub(super) location: &'static str,
    /// The label `shared_request_type`.
    pub(super) tier: &'static str,
    /// Requests an hour, about.
    pub(super) load: u64,
    pub(super) lines: &'static [Line],
    /// Percent of the cost that is given back.
    pub(super) credit: i64,
    /// Hours until the export has it.
    pub(super) lag: i64,
}

const fn line(kind: &'static str, modality: &'static str, per_request: u64, sku: &'static str, price: i64) -> Line {
    Line { kind, modality, per_request, sku, price }
}

/// A model of Google's on Vertex AI.
const fn vertex(project: &'static str, model: &'static str, load: u64, lines: &'static [Line]) -> Workload {
    Workload {
        project,
        api: Api::Vertex,
        service_id: "C7E2-9256-1C43",
        service: "Vertex AI",
        model,
        publisher: "google",
        location: "global",
        tier: "standard",
        load,
        lines,
        credit: 0,
        lag: 6,
    }
}

/// The same with a key of the Gemini API's.
const fn gemini(project: &'static str, model: &'static str, load: u64, lines: &'static [Line]) -> Workload {
    Workload {
        api: Api::Gemini,
        service_id: "AEFD-7695-64FA",
        service: "Gemini API",
        ..vertex(project, model, load, lines)
    }
}

#[rustfmt::skip]
pub(super) static WORKLOADS: [Workload; 6] = [
    vertex(SHOP, "gemini-3.8-flash", 900, &[
        line("input", "TEXT", 1_400, "Gemini 3.8 Flash Global Text Input - Predictions", 700),
        line("input", "TEXT", 600, "Gemini 3.8 Flash Global Text Input Caching - Predictions", 70),
        line("input", "AUDIO", 80, "Gemini 3.8 Flash Global Audio Input - Predictions", 1_000),
        line("output", "TEXT", 250, "Gemini 3.8 Flash Global Text Output - Predictions", 3_400),
    ]),
    Workload {
        tier: "priority",
        ..vertex(SHOP, "gemini-3.8-flash", 60, &[
            line("input", "TEXT", 2_000, "Gemini 3.8 Flash Global Text Input Priority - Predictions", 1_260),
            line("output", "TEXT", 300, "Gemini 3.8 Flash Global Text Output Priority - Predictions", 6_120),
        ])
    },
    Workload {
        service_id: "5B1D-0C5A-93AB",
        service: "Claude Opus 5",
        publisher: "anthropic",
        location: "us-east5",
        lag: 30,
        ..vertex(LAB, "claude-opus-5", 40, &[
            line("input", "TEXT", 3_000, "Claude Opus 5 Input", 4_600),
            line("cache_read_input", "TEXT", 9_000, "Claude Opus 5 Cache Read", 460),
            line("cache_write_input", "TEXT", 1_200, "Claude Opus 5 5-minute Cache Write", 5_750),
            line("output", "TEXT", 700, "Claude Opus 5 Output", 23_000),
        ])
    },
    Workload {
        credit: 12,
        ..gemini(LAB, "gemini-2.5-flash", 300, &[
            line("input", "TEXT", 900, "Generate content input token count gemini 2.5 flash short input text", 280),
            line("output", "TEXT", 200, "Generate content output token count gemini 2.5 flash short input text", 2_300),
        ])
    },
    Workload {
        credit: 100,
        lag: 30,
        ..gemini(LAB, "gemini-2.5-pro", 1, &[
            line("input", "TEXT", 250_000, "Generate content input token count gemini 2.5 pro long input text", 2_300),
            line("output", "TEXT", 1_000, "Generate content output token count gemini 2.5 pro long input text", 13_800),
        ])
    },
    gemini(SHOP, "gemini-2.5-flash", 25, &[
        line("input", "TEXT", 500, "Generate content input token count gemini 2.5 flash short input text", 280),
        line("output", "TEXT", 100, "Generate content output token count gemini 2.5 flash short input text", 2_300),
    ]),
];

impl Workload {
    /// The tokens of a line in the hour that starts at `at`; none before the founding.
    pub(super) fn tokens(&self, line: &Line, state: &State, at: DateTime<Utc>) -> u64 {
        if at < state.world.founded.start() {
            return 0;
        }
        let hour = u64::try_from(at.timestamp()).unwrap_or_default() / 3_600;
        let salt = self.model.len() as u64 + self.load;
        let requests = 1 + self.load * state.world.noise(&[77_000 + salt, hour], 400) / 1_000;
        requests * line.per_request
    }
}

/// The starts of the hours from `from` to `to`.
pub(super) fn hours(from: DateTime<Utc>, to: DateTime<Utc>) -> impl Iterator<Item = DateTime<Utc>> {
    std::iter::successors(Some(from), |at| Some(*at + TimeDelta::hours(1))).take_while(move |at| *at < to)
}
