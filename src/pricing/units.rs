//! How our disjoint meters are told to the price library, whose keys contain one another.

use crate::domain::usage::Meter;

/// A meter in the library's words.
pub(super) struct Unit {
    /// Every key that the meter's quantity counts towards: its own and those that contain it.
    pub(super) keys: &'static [&'static str],
    /// How many units the list's price is for.
    pub(super) per: u32,
    pub(super) side: Side,
}

/// Where the meter's cost shows in the library's answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Tokens of the prompt: they decide by their number which long-context rate holds.
    Prompt,
    Output,
    /// Not tokens: no prompt, no long-context rate.
    Apart,
}

/// Tokens are priced by the million.
pub(super) const MILLION: u32 = 1_000_000;
const THOUSAND: u32 = 1_000;
const HOUR: u32 = 3_600;

/// `None` for meters that the library has no key for.
pub(super) fn unit(meter: Meter) -> Option<Unit> {
    let (keys, per, side): (&[&str], _, _) = match meter {
        Meter::Input => (&["input_tokens"], MILLION, Side::Prompt),
        Meter::CacheRead => (&["input_tokens", "cache_read_tokens"], MILLION, Side::Prompt),
        Meter::CacheWrite => (&["input_tokens", "cache_write_tokens"], MILLION, Side::Prompt),
        Meter::CacheWrite1h => {
            (&["input_tokens", "cache_write_tokens", "cache_write_1h_tokens"], MILLION, Side::Prompt)
        }
        Meter::InputAudio => (&["input_tokens", "input_audio_tokens"], MILLION, Side::Prompt),
        Meter::CacheReadAudio => (
            &["input_tokens", "input_audio_tokens", "cache_read_tokens", "cache_audio_read_tokens"],
            MILLION,
            Side::Prompt,
        ),
        Meter::InputImage => (&["input_tokens", "input_image_tokens"], MILLION, Side::Prompt),
        Meter::CacheReadImage => (
            &["input_tokens", "input_image_tokens", "cache_read_tokens", "cache_image_read_tokens"],
            MILLION,
            Side::Prompt,
        ),
        Meter::Output => (&["output_tokens"], MILLION, Side::Output),
        Meter::OutputAudio => (&["output_tokens", "output_audio_tokens"], MILLION, Side::Output),
        Meter::OutputImage => (&["output_tokens", "output_image_tokens"], MILLION, Side::Output),
        Meter::Characters => (&["input_characters"], MILLION, Side::Apart),
        Meter::Seconds => (&["audio_seconds", "input_audio_seconds"], HOUR, Side::Apart),
        Meter::WebSearches => (&["web_searches"], THOUSAND, Side::Apart),
        Meter::FileSearches => (&["storage_searches"], THOUSAND, Side::Apart),
        Meter::CacheWrite12h | Meter::Requests | Meter::Images | Meter::Sessions | Meter::StorageBytes => return None,
    };
    Some(Unit { keys, per, side })
}
