//! Line items of the bill, read as loosely as open text must be.

use crate::domain::usage::Meter;

/// OpenAI charges the whole request at long-context rates when its prompt has more tokens than this.
const LONG_CONTEXT: u32 = 272_000;

/// Prefixes that name a price of their own; others, such as `evals`, only say where the use came from.
const TIERS: [&str; 7] = ["batch", "flex", "priority", "scale", "balanced", "fast", "ultrafast"];

/// Tools that are billed by themselves; the first that the text contains.
const TOOLS: [(&str, Meter); 5] = [
    ("web search", Meter::WebSearches),
    ("vector storage", Meter::StorageBytes),
    ("file search storage", Meter::StorageBytes),
    ("file search", Meter::FileSearches),
    ("code interpreter", Meter::Sessions),
];

/// What could be read from a line item; what could not is `None`, and the text itself stays with the record.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct LineItem {
    pub model: Option<String>,
    pub meter: Option<Meter>,
    pub service_tier: Option<String>,
    /// In tokens; 0 where the line is not about long prompts.
    pub prompt_over: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Modality {
    Text,
    Audio,
    Image,
}

impl Modality {
    fn named(word: &str) -> Option<Self> {
        match word {
            "text" => Some(Self::Text),
            "audio" => Some(Self::Audio),
            "image" => Some(Self::Image),
            _ => None,
        }
    }
}

/// Reads texts like `priority | gpt-5.6-sol, output, long context`; `unit` is the vendor's unit of the quantity.
#[must_use]
pub fn parse(text: &str, unit: Option<&str>) -> LineItem {
    let lower = text.to_ascii_lowercase();
    if let Some((_, meter)) = TOOLS.iter().find(|(name, _)| lower.contains(name)) {
        return LineItem { meter: Some(*meter), ..LineItem::default() };
    }
    let (prefixes, body) = text.rsplit_once(" | ").unwrap_or(("", text));
    let mut parts = body.split(", ");
    let (model, modality) = head(parts.next().unwrap_or_default());
    let mut item = LineItem { service_tier: prefixes.split(" | ").find_map(tier), ..LineItem::default() };
    let mut meter = None;
    for part in parts {
        if part == "long context" {
            item.prompt_over = LONG_CONTEXT;
        } else {
            item.service_tier = item.service_tier.or_else(|| part.split(' ').find_map(tier));
            meter = meter.or_else(|| token_meter(part, modality));
        }
    }
    // A line that is nothing but a direction, `input_tokens`, has no model.
    let alone = if body.contains(", ") { None } else { token_meter(body, None) };
    item.model = if alone.is_some() { None } else { model };
    item.meter = unit.and_then(unit_meter).or(meter).or(alone);
    item
}

/// The model of `gpt-audio-mini audio`, and which of its modalities is meant. Model ids have no spaces.
fn head(text: &str) -> (Option<String>, Option<Modality>) {
    let (name, modality) = match text.rsplit_once(' ') {
        Some((name, word)) if Modality::named(word).is_some() => (name, Modality::named(word)),
        _ => (text, None),
    };
    let is_model = !name.is_empty() && !name.contains(' ');
    (is_model.then(|| name.to_owned()), modality)
}

fn tier(word: &str) -> Option<String> {
    TIERS.into_iter().find(|tier| tier.eq_ignore_ascii_case(word)).map(str::to_owned)
}

/// The meter of `cached input`, `cache writes`, `batch output` or `input_tokens`.
fn token_meter(part: &str, modality: Option<Modality>) -> Option<Meter> {
    let lower = part.to_ascii_lowercase();
    let words: Vec<&str> = lower.split([' ', '_']).collect();
    let has = |wanted: &str| words.contains(&wanted);
    let modality = words.iter().find_map(|word| Modality::named(word)).or(modality).unwrap_or(Modality::Text);
    let [text, audio, image] = if has("output") {
        [Meter::Output, Meter::OutputAudio, Meter::OutputImage]
    } else if has("writes") || has("write") {
        [if has("12h") { Meter::CacheWrite12h } else { Meter::CacheWrite }; 3]
    } else if has("cached") {
        [Meter::CacheRead, Meter::CacheReadAudio, Meter::CacheReadImage]
    } else if has("input") {
        [Meter::Input, Meter::InputAudio, Meter::InputImage]
    } else if lower == "audio" {
        // Transcription by duration: `whisper-1, audio`.
        return Some(Meter::Seconds);
    } else {
        return None;
    };
    Some(match modality {
        Modality::Text => text,
        Modality::Audio => audio,
        Modality::Image => image,
    })
}

/// The meter of a unit other than tokens: it knows better than the words what the quantity counts.
fn unit_meter(unit: &str) -> Option<Meter> {
    match unit {
        "characters" => Some(Meter::Characters),
        "images" => Some(Meter::Images),
        "gibibyte_hours" => Some(Meter::StorageBytes),
        _ if unit.starts_with("duration_") => Some(Meter::Seconds),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(model: &str, meter: impl Into<Option<Meter>>, tier: &str, prompt_over: u32) -> LineItem {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        LineItem { model: text(model), meter: meter.into(), service_tier: text(tier), prompt_over }
    }

    #[test]
    fn every_form_that_was_seen_is_read() {
        for (text, expected) in [
            ("gpt-4o-2024-08-06, input", item("gpt-4o-2024-08-06", Meter::Input, "", 0)),
            ("gpt-4o-2024-08-06, output", item("gpt-4o-2024-08-06", Meter::Output, "", 0)),
            ("gpt-4o-2024-08-06, cached input", item("gpt-4o-2024-08-06", Meter::CacheRead, "", 0)),
            ("gpt-5.6-sol, cache writes", item("gpt-5.6-sol", Meter::CacheWrite, "", 0)),
            ("ft-gpt-4o-2024-08-06, input", item("ft-gpt-4o-2024-08-06", Meter::Input, "", 0)),
            (
                "priority | gpt-5.6-sol, output, long context",
                item("gpt-5.6-sol", Meter::Output, "priority", LONG_CONTEXT),
            ),
            ("gpt-5.6-sol, cached input, long context", item("gpt-5.6-sol", Meter::CacheRead, "", LONG_CONTEXT)),
            ("batch | gpt-4o-2024-08-06, input", item("gpt-4o-2024-08-06", Meter::Input, "batch", 0)),
            ("gpt-4o-2024-08-06, batch output", item("gpt-4o-2024-08-06", Meter::Output, "batch", 0)),
            ("evals | gpt-4o-mini-2024-07-18, input", item("gpt-4o-mini-2024-07-18", Meter::Input, "", 0)),
            ("evals | flex | gpt-5.4, output", item("gpt-5.4", Meter::Output, "flex", 0)),
            ("assistants api | file search", item("", Meter::FileSearches, "", 0)),
            ("web search tool calls", item("", Meter::WebSearches, "", 0)),
            ("Vector storage", item("", Meter::StorageBytes, "", 0)),
            ("code interpreter sessions", item("", Meter::Sessions, "", 0)),
            ("gpt-audio-mini-2025-12-15 audio, input", item("gpt-audio-mini-2025-12-15", Meter::InputAudio, "", 0)),
            (
                "gpt-audio-mini-2025-12-15 audio, cached input",
                item("gpt-audio-mini-2025-12-15", Meter::CacheReadAudio, "", 0),
            ),
            ("gpt-image-2.5-flare image, output", item("gpt-image-2.5-flare", Meter::OutputImage, "", 0)),
            ("gpt-image-2.5-sunburst text, cached input", item("gpt-image-2.5-sunburst", Meter::CacheRead, "", 0)),
            ("whisper-1, audio", item("whisper-1", Meter::Seconds, "", 0)),
            ("gpt-6-astra, input_tokens", item("gpt-6-astra", Meter::Input, "", 0)),
            ("input_tokens", item("", Meter::Input, "", 0)),
            ("ft-gpt-4o-2024-08-06, training", item("ft-gpt-4o-2024-08-06", None, "", 0)),
            ("text-embedding-3-small", item("text-embedding-3-small", None, "", 0)),
            ("something nobody has seen yet", item("", None, "", 0)),
            ("", item("", None, "", 0)),
        ] {
            assert_eq!(parse(text, Some("tokens")), expected, "{text}");
        }
    }

    #[test]
    fn a_unit_other_than_tokens_decides_what_is_counted() {
        for (text, unit, meter) in [
            ("tts-1, input", "characters", Meter::Characters),
            ("dall-e-3, standard", "images", Meter::Images),
            ("gpt-4o-transcribe, audio", "duration_minutes", Meter::Seconds),
            ("storage", "gibibyte_hours", Meter::StorageBytes),
        ] {
            assert_eq!(parse(text, Some(unit)).meter, Some(meter), "{text}");
        }
    }
}
