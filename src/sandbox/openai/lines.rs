//! The names of OpenAI's invoice lines.

use super::super::bill::Charge;
use super::super::company::{PLAYGROUND, Vendor};
use super::super::streams::{Lane, Meter, Stream, Work};
use super::super::table::{Cell, Cost, Dims, Row};

/// A charge with the dimensions that costs can be grouped by.
pub(super) fn row(charge: &Charge) -> Row<Cost> {
    let stream = charge.stream.map(|(stream, _)| stream);
    let dims: Dims = vec![
        ("project_id", Cell::text(stream.and_then(|stream| stream.site).unwrap_or(PLAYGROUND))),
        ("user_id", Cell::maybe(stream.and_then(|stream| stream.user).map(|user| user.id(Vendor::OpenAi)))),
        ("line_item", Cell::text(line_item(charge))),
        ("api_key_id", Cell::maybe(stream.and_then(|stream| stream.key))),
        ("api_source", Cell::text(stream.map_or(UNLABELED, api_source))),
    ];
    Row { dims, measure: Cost { amount: charge.amount, quantity: charge.quantity } }
}

const UNLABELED: &str = "unlabeled";

/// The vendor tells apart what its agents did; everything else it leaves unlabeled.
pub(super) fn api_source(stream: &Stream) -> &'static str {
    if stream.key == Some("key_SbNotebook") { "agents_api" } else { UNLABELED }
}

fn line_item(charge: &Charge) -> String {
    let Some((stream, meter)) = charge.stream else { return "Service credit".to_owned() };
    match (stream.work, stream.model) {
        (Work::WebSearch, _) => "web search tool calls".to_owned(),
        (Work::FileSearch, _) => "assistants api | file search".to_owned(),
        (Work::CodeInterpreter, _) => "code interpreter sessions".to_owned(),
        (Work::VectorStore, _) | (_, None) => "Vector storage".to_owned(),
        (_, Some(model)) => metered(stream, model, meter),
    }
}

fn metered(stream: &Stream, model: &str, meter: Meter) -> String {
    let lane = match stream.lane {
        Lane::Standard | Lane::Fast => "",
        Lane::Batch => "batch | ",
        Lane::Flex => "flex | ",
        Lane::Priority => "priority | ",
    };
    let what = match meter {
        Meter::AudioInput => " audio, input",
        Meter::AudioOutput => " audio, output",
        Meter::ImageOutput => " image, output",
        Meter::Input if stream.work == Work::Image => " text, input",
        Meter::Cached => ", cached input",
        Meter::CacheWrite | Meter::CacheWriteLong => ", cache writes",
        Meter::Output => ", output",
        Meter::Characters => ", characters",
        Meter::Seconds => ", audio",
        Meter::Input | Meter::Requests | Meter::ToolCalls | Meter::StoredBytes => ", input",
    };
    let context = if stream.long_context { ", long context" } else { "" };
    format!("{lane}{model}{what}{context}")
}

/// The unit of a line's quantity, where the vendor has a word for it.
pub(super) fn unit(line_item: &str) -> Option<&'static str> {
    match line_item {
        "Vector storage" => Some("gibibyte_hours"),
        "Service credit" | "web search tool calls" | "assistants api | file search" | "code interpreter sessions" => {
            None
        }
        line if line.ends_with(", characters") => Some("characters"),
        line if line.starts_with("whisper") => Some("duration_seconds"),
        _ => Some("tokens"),
    }
}
