//! The lines of Anthropic's cost report, and the words that both its reports have for a workload.

use super::super::bill::Charge;
use super::super::rates::is_american;
use super::super::streams::{Lane, Meter, Stream, Work};
use super::super::table::{Cell, Cost, Row};

/// All that `group_by=description` opens.
pub(super) const DESCRIBED: [&str; 8] =
    ["description", "cost_type", "token_type", "model", "context_window", "service_tier", "inference_geo", "speed"];

/// A charge with the dimensions that cost can be grouped by; `None` where it belongs to no workload.
pub(super) fn row(charge: &Charge) -> Option<Row<Cost>> {
    let (stream, meter) = charge.stream?;
    let (cost_type, what) = match stream.work {
        Work::WebSearch => ("web_search", None),
        Work::CodeExecution => ("code_execution", None),
        _ => ("tokens", Some(meter)),
    };
    let of_tokens = |cell: Cell| if what.is_some() { cell } else { Cell::Null };
    let dims = vec![
        ("workspace_id", Cell::maybe(stream.site)),
        ("description", Cell::text(description(stream, meter))),
        ("cost_type", Cell::text(cost_type)),
        ("token_type", Cell::maybe(what.and_then(token_type))),
        ("model", of_tokens(Cell::maybe(stream.model))),
        ("context_window", of_tokens(Cell::text(context_window(stream)))),
        ("service_tier", of_tokens(Cell::text(service_tier(stream)))),
        ("inference_geo", of_tokens(Cell::text(inference_geo(stream)))),
        ("speed", of_tokens(Cell::text(speed(stream)))),
    ];
    Some(Row { dims, measure: Cost { amount: charge.amount, quantity: charge.quantity } })
}

fn description(stream: &Stream, meter: Meter) -> String {
    let what = match (stream.work, meter) {
        (Work::WebSearch, _) => return "Web Search Usage".to_owned(),
        (Work::CodeExecution, _) => return "Code Execution Usage".to_owned(),
        (_, Meter::Cached) => "Input Tokens, Cache Hit",
        (_, Meter::CacheWrite) => "Input Tokens, Cache Write 5m",
        (_, Meter::CacheWriteLong) => "Input Tokens, Cache Write 1h",
        (_, Meter::Output) => "Output Tokens",
        _ => "Input Tokens",
    };
    let lane = match stream.lane {
        Lane::Batch => ", Batch",
        Lane::Fast => ", Fast",
        Lane::Standard | Lane::Flex | Lane::Priority => "",
    };
    let context = if stream.long_context { ", Over 200k" } else { "" };
    let geo = if is_american(stream) { ", US" } else { "" };
    format!("{} Usage - {what}{lane}{context}{geo}", display_name(stream.model.unwrap_or_default()))
}

/// `claude-sonnet-4-6` is sold as "Claude Sonnet 4.6".
fn display_name(model: &str) -> String {
    let mut words = model.split('-').skip(1);
    let family = words.next().unwrap_or_default();
    let version: Vec<_> = words.filter(|word| word.len() < 3).collect();
    let (initial, rest) = family.split_at(family.len().min(1));
    format!("Claude {}{rest} {}", initial.to_uppercase(), version.join("."))
}

fn token_type(meter: Meter) -> Option<&'static str> {
    match meter {
        Meter::Input => Some("uncached_input_tokens"),
        Meter::Cached => Some("cache_read_input_tokens"),
        Meter::CacheWrite => Some("cache_creation.ephemeral_5m_input_tokens"),
        Meter::CacheWriteLong => Some("cache_creation.ephemeral_1h_input_tokens"),
        Meter::Output => Some("output_tokens"),
        _ => None,
    }
}

pub(super) fn context_window(stream: &Stream) -> &'static str {
    if stream.long_context { "200k-1M" } else { "0-200k" }
}

pub(super) fn service_tier(stream: &Stream) -> &'static str {
    match stream.lane {
        Lane::Batch => "batch",
        Lane::Priority => "priority",
        Lane::Flex => "flex",
        Lane::Standard | Lane::Fast => "standard",
    }
}

/// Models older than the choice of a region have none.
pub(super) fn inference_geo(stream: &Stream) -> &'static str {
    match stream.model {
        _ if is_american(stream) => "us",
        Some(model) if model.starts_with("claude-haiku-4-5") => "not_available",
        _ => "global",
    }
}

pub(super) fn speed(stream: &Stream) -> &'static str {
    if stream.lane == Lane::Fast { "fast" } else { "standard" }
}
