//! What the free text of a charge counts, word by word: for vendors who write it for people to read.

use std::collections::BTreeSet;

use crate::domain::usage::Meter;

/// What `text` counts, a model's name left out; `None` where its words say nothing of it, contradict each other or are about
/// something else than calls of a model.
pub(super) fn meter(text: &str) -> Option<Meter> {
    let text = text.to_ascii_lowercase();
    let words = words(&text);
    let says = |any: &[&str]| any.iter().any(|word| words.contains(word));
    if says(&["training", "tuning", "tuned", "hosting", "storage", "deployment", "gpu", "hour", "hours", "minutes"]) {
        return None;
    }
    if says(&["seconds", "second"]) {
        return Some(Meter::Seconds);
    }
    if says(&["characters", "character"]) {
        return Some(Meter::Characters);
    }
    if says(&["search", "searches"]) {
        let of_web = says(&["web"]).then_some(Meter::WebSearches);
        return of_web.or_else(|| says(&["file", "files"]).then_some(Meter::FileSearches));
    }
    let (audio, image) = (says(&["audio", "voice", "speech"]), says(&["image", "images"]));
    let input = says(&["input", "prompt"]);
    let output = says(&["output", "completion", "reasoning", "generated"]);
    let tokens = says(&["token", "tokens"]);
    let of = |text, of_audio, of_image| match (audio, image) {
        (false, false) => Some(text),
        (true, false) => of_audio,
        (false, true) => of_image,
        (true, true) => None,
    };
    match (input, output, says(&["cached", "cache"]), says(&["write", "writes", "creation"])) {
        _ if image && !tokens => (!input && !says(&["megapixel", "megapixels", "steps"])).then_some(Meter::Images),
        (true, false, false, false) => of(Meter::Input, Some(Meter::InputAudio), Some(Meter::InputImage)),
        (false, true, false, false) => of(Meter::Output, Some(Meter::OutputAudio), Some(Meter::OutputImage)),
        (_, false, true, false) => of(Meter::CacheRead, Some(Meter::CacheReadAudio), Some(Meter::CacheReadImage)),
        (_, false, true, true) => of(Meter::CacheWrite, None, None),
        (false, false, false, false) if says(&["requests", "request"]) && !tokens => Some(Meter::Requests),
        _ => None,
    }
}

/// The tier of service, where `text` has a word for one.
pub(super) fn service_tier(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let words = words(&text);
    let tier = ["batch", "flex", "priority"].into_iter().find(|tier| words.contains(tier));
    tier.map(str::to_owned)
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_said_in_many_ways() {
        for (text, meter) in [
            ("input tokens", Some(Meter::Input)),
            ("Prompt text tokens", Some(Meter::Input)),
            ("Serverless Inference - Input Tokens", Some(Meter::Input)),
            ("cached_prompt_text_tokens", Some(Meter::CacheRead)),
            ("cached", Some(Meter::CacheRead)),
            ("cache write tokens", Some(Meter::CacheWrite)),
            ("Reasoning tokens", Some(Meter::Output)),
            ("completion", Some(Meter::Output)),
            ("prompt image tokens", Some(Meter::InputImage)),
            ("audio output tokens", Some(Meter::OutputAudio)),
            ("audio input seconds", Some(Meter::Seconds)),
            ("text to speech characters", Some(Meter::Characters)),
            ("Images", Some(Meter::Images)),
            ("output images", Some(Meter::Images)),
            ("web search", Some(Meter::WebSearches)),
            ("API requests", Some(Meter::Requests)),
        ] {
            assert_eq!(super::meter(text), meter, "{text}");
        }
    }

    #[test]
    fn what_is_no_count_of_calls_or_could_be_two_is_left_open() {
        for text in [
            "",
            "tokens",
            "input and output tokens",
            "Fine-tuning input tokens",
            "On-demand deployment, H100 GPU hours",
            "image generation megapixels",
            "X search",
            "audio image input tokens",
            "the input was fine for 3 minutes",
        ] {
            assert_eq!(meter(text), None, "{text}");
        }
    }

    #[test]
    fn a_tier_is_a_word_of_its_own() {
        assert_eq!(service_tier("Batch Inference: output").as_deref(), Some("batch"));
        assert_eq!(service_tier("batches of input"), None);
    }
}
