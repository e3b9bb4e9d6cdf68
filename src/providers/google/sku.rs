//! Descriptions of SKUs, read as loosely as text that people write must be.

use crate::domain::usage::Meter;

/// Gemini charges the whole request at long-context rates when its prompt has more tokens than this.
const LONG_CONTEXT: u32 = 200_000;

/// Words that a model's name begins with.
const FAMILIES: [&str; 3] = ["gemini", "gemma", "claude"];

/// Words that end a model's name: what is counted, of what kind, where and how.
const ENDS: [&str; 26] = [
    "input",
    "output",
    "token",
    "tokens",
    "count",
    "text",
    "audio",
    "image",
    "video",
    "cached",
    "caching",
    "cache",
    "batch",
    "flex",
    "priority",
    "global",
    "regional",
    "short",
    "long",
    "thinking",
    "grounding",
    "storage",
    "5-minute",
    "1-hour",
    "-",
    "predictions",
];

const TIERS: [&str; 3] = ["batch", "flex", "priority"];

/// What could be read from a SKU; what could not is `None`, and the text itself stays with the record.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sku {
    pub(super) model: Option<String>,
    pub(super) meter: Option<Meter>,
    pub(super) service_tier: Option<String>,
    /// In tokens; 0 where the SKU is not about long prompts.
    pub(super) prompt_over: u32,
}

/// Reads texts like `Gemini 3.8 Flash Global Text Input Priority - Predictions`. Claude's models are services of their own,
/// whose SKUs need not name them again.
pub(super) fn parse(service: &str, sku: &str) -> Sku {
    let text = sku.to_lowercase().replace('_', " ");
    let words: Vec<&str> = text.split_whitespace().collect();
    let model = model(&words).or_else(|| model(&service.to_lowercase().split_whitespace().collect::<Vec<_>>()));
    let has_long = words.contains(&"long") && model.as_deref().is_some_and(|model| model.starts_with("gemini"));
    Sku {
        model,
        meter: meter(&text),
        service_tier: TIERS.iter().find(|tier| words.contains(tier)).map(|tier| (*tier).to_owned()),
        prompt_over: if has_long { LONG_CONTEXT } else { 0 },
    }
}

/// `gemini 2.5 flash` as the API names it, `gemini-2.5-flash`; `None` where there is none, or where two share the SKU.
fn model(words: &[&str]) -> Option<String> {
    let is_family = |word: &&str| FAMILIES.iter().any(|family| word.split('-').next() == Some(family));
    let start = words.iter().position(is_family)?;
    let name: Vec<&str> = words.iter().copied().skip(start).take_while(|word| !ENDS.contains(word)).collect();
    if name.contains(&"api") || name.iter().any(|word| word.contains('/')) {
        return None;
    }
    let name = name.join("-");
    let versioned = name.bytes().any(|byte| byte.is_ascii_digit());
    // Versions of Claude have no points in the names of the API.
    let name = if name.starts_with("claude") { name.replace('.', "-") } else { name };
    versioned.then_some(name)
}

fn meter(text: &str) -> Option<Meter> {
    let has = |part: &str| text.contains(part);
    // Kept by the hour: tokens, but not of a request.
    if has("storage") {
        return None;
    }
    if has("cache write") {
        let long = has("1-hour") || has("1 hour") || has("1h");
        return Some(if long { Meter::CacheWrite1h } else { Meter::CacheWrite });
    }
    let audio = has("audio");
    if has("cached") || has("cache read") || has("caching") {
        return Some(if audio { Meter::CacheReadAudio } else { Meter::CacheRead });
    }
    // Behind "token count" stands the kind of prompt: an output of a short input is an output.
    let counted = text.split("token count").next().unwrap_or(text);
    if counted.contains("output") {
        let of = |kind: &str| counted.contains(kind);
        return Some(match () {
            () if of("audio") => Meter::OutputAudio,
            () if of("image") => Meter::OutputImage,
            () => Meter::Output,
        });
    }
    has("input").then_some(if audio { Meter::InputAudio } else { Meter::Input })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sku(model: &str, meter: impl Into<Option<Meter>>, tier: &str, prompt_over: u32) -> Sku {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Sku { model: text(model), meter: meter.into(), service_tier: text(tier), prompt_over }
    }

    #[test]
    fn every_form_that_was_seen_is_read() {
        let gemini = "Gemini API";
        for (service, text, expected) in [
            (
                gemini,
                "Generate content input token count gemini 2.5 flash short input text",
                sku("gemini-2.5-flash", Meter::Input, "", 0),
            ),
            (
                gemini,
                "Generate content output token count gemini 2.5 flash short input text",
                sku("gemini-2.5-flash", Meter::Output, "", 0),
            ),
            (
                gemini,
                "Generate content cached input token count gemini 2.5 pro long input text",
                sku("gemini-2.5-pro", Meter::CacheRead, "", LONG_CONTEXT),
            ),
            (
                gemini,
                "Generate_content text output token count for gemini 3 pro short",
                sku("gemini-3-pro", Meter::Output, "", 0),
            ),
            (
                gemini,
                "GenerateContent text input token count for Gemini 2.0 Flash",
                sku("gemini-2.0-flash", Meter::Input, "", 0),
            ),
            (
                gemini,
                "Generate content input token count gemini 2.5 flash lite short input audio",
                sku("gemini-2.5-flash-lite", Meter::InputAudio, "", 0),
            ),
            (
                gemini,
                "EmbedContent input token count for gemini-embedding-001",
                sku("gemini-embedding-001", Meter::Input, "", 0),
            ),
            (
                "Vertex AI",
                "Gemini 3.8 Flash Global Text Input Priority - Predictions",
                sku("gemini-3.8-flash", Meter::Input, "priority", 0),
            ),
            ("Vertex AI", "Gemini 3.8 Flash Text Output - Predictions", sku("gemini-3.8-flash", Meter::Output, "", 0)),
            ("Vertex AI", "Gemini 3.0 / 3.1 Pro Text Input - Predictions", sku("", Meter::Input, "", 0)),
            ("Vertex AI", "Gemini 2.5 Pro Text Caching Storage", sku("gemini-2.5-pro", None, "", 0)),
            ("Vertex AI", "Notebook management fee", sku("", None, "", 0)),
            ("Claude Opus 5", "Claude Opus 5 Input", sku("claude-opus-5", Meter::Input, "", 0)),
            ("Claude Opus 5", "Claude Opus 5 Cache Read", sku("claude-opus-5", Meter::CacheRead, "", 0)),
            (
                "Claude Haiku 4.5",
                "Claude Haiku 4.5 5-minute Cache Write",
                sku("claude-haiku-4-5", Meter::CacheWrite, "", 0),
            ),
            ("Claude Sonnet 5.5", "1-hour Cache Write", sku("claude-sonnet-5-5", Meter::CacheWrite1h, "", 0)),
            (gemini, "something nobody has seen yet", sku("", None, "", 0)),
            ("", "", sku("", None, "", 0)),
        ] {
            assert_eq!(parse(service, text), expected, "{text}");
        }
    }
}
