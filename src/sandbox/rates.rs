//! The vendors' own rates, written down here and nowhere else, in picodollars per unit: $1 per million tokens is 1 000 000.

use super::company::{RESEARCH, Vendor};
use super::streams::{Lane, Meter, Stream, Work};
use crate::domain::period::Day;

/// Picodollars per unit in the standard lane, by meter.
struct Rate {
    model: &'static str,
    /// `(year, month, day)` from which it is charged.
    since: (i32, u32, u32),
    units: &'static [(Meter, u64)],
}

const ALWAYS: (i32, u32, u32) = (2000, 1, 1);

const fn rate(model: &'static str, since: (i32, u32, u32), units: &'static [(Meter, u64)]) -> Rate {
    Rate { model, since, units }
}

/// The last row that began by the day counts.
#[rustfmt::skip]
static RATES: [Rate; 18] = {
    use Meter::{AudioInput, AudioOutput, CacheWrite, CacheWriteLong, Cached, Characters, ImageOutput, Input, Output, Seconds};
    [
        rate("gpt-5.4-2026-03-05", ALWAYS, &[(Input, 2_500_000), (Cached, 250_000), (Output, 15_000_000)]),
        rate("gpt-5.4-mini-2026-03-17", ALWAYS, &[(Input, 750_000), (Cached, 75_000), (Output, 4_500_000)]),
        rate("gpt-5.6-sol", ALWAYS, &[(Input, 5_000_000), (Cached, 500_000), (CacheWrite, 6_250_000), (Output, 30_000_000)]),
        rate("gpt-5.6-sol", (2026, 8, 21), &[(Input, 4_000_000), (Cached, 400_000), (CacheWrite, 5_000_000), (Output, 20_000_000)]),
        rate("gpt-5.6-luna", ALWAYS, &[(Input, 1_000_000), (Cached, 100_000), (Output, 6_000_000)]),
        rate("gpt-5.6-luna", (2026, 7, 30), &[(Input, 200_000), (Cached, 20_000), (Output, 1_200_000)]),
        rate("gpt-4o-mini-2024-07-18", ALWAYS, &[(Input, 150_000), (Cached, 75_000), (Output, 600_000)]),
        rate("gpt-audio-mini-2025-12-15", ALWAYS, &[(Input, 600_000), (Output, 2_400_000), (AudioInput, 10_000_000), (AudioOutput, 20_000_000)]),
        rate("gpt-image-2.5-flare", ALWAYS, &[(Input, 5_000_000), (ImageOutput, 30_000_000)]),
        rate("text-embedding-3-small", ALWAYS, &[(Input, 20_000)]),
        rate("omni-moderation-latest", ALWAYS, &[(Input, 0)]),
        rate("whisper-1", ALWAYS, &[(Seconds, 100_000_000)]),
        rate("tts-1-hd", ALWAYS, &[(Characters, 30_000_000)]),
        rate("claude-opus-5-5", ALWAYS, &[(Input, 4_000_000), (Cached, 200_000), (CacheWrite, 5_000_000), (CacheWriteLong, 8_000_000), (Output, 20_000_000)]),
        rate("claude-opus-4-8", ALWAYS, &[(Input, 5_000_000), (Cached, 500_000), (CacheWrite, 6_250_000), (CacheWriteLong, 10_000_000), (Output, 25_000_000)]),
        rate("claude-sonnet-5-5", ALWAYS, &[(Input, 2_000_000), (Cached, 100_000), (CacheWrite, 2_500_000), (CacheWriteLong, 4_000_000), (Output, 10_000_000)]),
        rate("claude-sonnet-4-6", ALWAYS, &[(Input, 3_000_000), (Cached, 300_000), (CacheWrite, 3_750_000), (CacheWriteLong, 6_000_000), (Output, 15_000_000)]),
        rate("claude-haiku-4-5-20251001", ALWAYS, &[(Input, 1_000_000), (Cached, 100_000), (CacheWrite, 1_250_000), (CacheWriteLong, 2_000_000), (Output, 5_000_000)]),
    ]
};

/// Picodollars per unit before any discount; `None` where the meter is not charged.
pub(super) fn list_price(stream: &Stream, meter: Meter, day: Day) -> Option<u64> {
    match (stream.work, meter) {
        (Work::VectorStore, Meter::StoredBytes) => return Some(93),
        (Work::CodeInterpreter, Meter::ToolCalls) => return Some(30_000_000_000),
        (Work::FileSearch, Meter::ToolCalls) => return Some(2_500_000_000),
        (Work::WebSearch, Meter::ToolCalls) => return Some(10_000_000_000),
        (Work::CodeExecution, Meter::Seconds) => return Some(13_888_889),
        _ => {}
    }
    let begun = |rate: &&Rate| {
        let (year, month, first) = rate.since;
        Some(rate.model) == stream.model && Day::from_ymd(year, month, first).is_some_and(|since| since <= day)
    };
    let rate = RATES.iter().rfind(begun)?;
    let unit = rate.units.iter().find(|(known, _)| *known == meter)?.1;
    let long_context = match (stream.long_context, stream.vendor, meter) {
        (true, Vendor::OpenAi, Meter::Output) => 1_500,
        (true, Vendor::OpenAi, _) => 2_000,
        _ => 1_000,
    };
    let lane = match stream.lane {
        Lane::Standard => 1_000,
        Lane::Batch | Lane::Flex => 500,
        Lane::Priority | Lane::Fast => 2_000,
    };
    let region = if is_american(stream) { 1_100 } else { 1_000 };
    Some([long_context, lane, region].iter().fold(unit, |price, permille| price * permille / 1_000))
}

/// Whether the workload pays for inference in the United States.
pub(super) fn is_american(stream: &Stream) -> bool {
    stream.site == Some(RESEARCH) && stream.model == Some("claude-opus-4-8")
}

/// The permille of the list price that this customer pays.
pub(super) fn negotiated(stream: &Stream, meter: Meter, day: Day, founded: Day) -> u64 {
    if !meter.is_tokens() {
        return 1_000;
    }
    match stream.vendor {
        Vendor::OpenAi if stream.model.is_some_and(|model| model.starts_with("gpt-5")) => {
            if day < founded.plus(30) {
                1_000
            } else {
                940
            }
        }
        Vendor::OpenAi => 1_000,
        Vendor::Anthropic => 920,
    }
}
