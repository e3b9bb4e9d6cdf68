//! Which model and meter a line of the bill is about: Azure tells both in the name of the meter only.

use super::words::{Counted, Word};
use crate::domain::usage::Meter;

/// OpenAI's rule for prompts of long context.
const LONG_CONTEXT: u32 = 272_000;

/// What could be read from a name; a name that could not be read tells nothing rather than half of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) model: Option<String>,
    pub(super) meter: Option<Meter>,
    pub(super) service_tier: Option<&'static str>,
    pub(super) region: Option<&'static str>,
    pub(super) prompt_over: u32,
}

/// How sub-categories of other sellers than OpenAI name a family, and how its models begin.
const FAMILIES: [&str; 9] = ["deepseek", "grok", "llama", "mistral", "phi", "kimi", "cohere", "qwen", "mai"];
const OPENAI: &str = "gpt";

/// How names of models begin that need no family before them.
const OWN_NAMES: [&str; 12] =
    ["gpt", "o1", "o3", "o4", "text", "dall", "whisper", "tts", "sora", "codex", "computer", "claude"];

/// Snapshots of one model that cost differently, by what stands in the meter: without them the day in it says nothing new.
const SNAPSHOTS: [(&str, &str, &str); 3] = [
    ("gpt-4o", "0513", "gpt-4o-2024-05-13"),
    ("gpt-4o", "0806", "gpt-4o-2024-08-06"),
    ("gpt-4o", "1120", "gpt-4o-2024-11-20"),
];

/// Reads a meter such as `GPT 5 Mini cchd Inpt Glbl 1M Tokens` of the sub-category `Azure OpenAI GPT5`.
pub(super) fn parse(meter: &str, sub_category: Option<&str>) -> Item {
    let text = meter.to_lowercase().replace("data zone", "datazone");
    let family = sub_category.and_then(family);
    let (mut item, mut counted) = (Item::default(), Counted::default());
    let (mut name, mut date, mut realtime) = (Vec::new(), None, false);
    for word in text.split([' ', '-', '_']).filter(|word| !word.is_empty()) {
        match Word::of(word) {
            // The models of that name, not what of them is counted.
            Some(Word::Image | Word::Audio) if name == [OPENAI] && matches!(word, "image" | "audio") => name.push(word),
            Some(Word::Foreign) => return Item::default(),
            Some(Word::Tier(tier)) => item.service_tier = Some(tier),
            Some(Word::Region(region)) => item.region = Some(region),
            Some(Word::LongContext) => item.prompt_over = LONG_CONTEXT,
            Some(word) => counted.add(word),
            None if word == "rt" => realtime = true,
            // Grok's word for long context.
            None if word == "l" && family == Some("grok") => {}
            None if is_date(word) => date = Some(word),
            None => name.push(word),
        }
    }
    if realtime {
        name.push("realtime");
    }
    item.meter = counted.meter().or_else(|| name.contains(&"embedding").then_some(Meter::Input));
    item.model = model(&name, family, date);
    if item.model.is_some() { item } else { Item::default() }
}

/// The family of a sub-category such as `Azure Grok Models`.
fn family(sub_category: &str) -> Option<&'static str> {
    let text = sub_category.to_lowercase();
    if text.contains("openai") {
        return Some(OPENAI);
    }
    FAMILIES.into_iter().find(|family| text.split_whitespace().any(|word| word.starts_with(family)))
}

/// Four digits in a row are a month and a day.
fn is_date(word: &str) -> bool {
    word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// `5.4` is one of OpenAI's if the sub-category says so, and nobody's if it says nothing.
fn model(words: &[&str], family: Option<&str>, date: Option<&str>) -> Option<String> {
    let first = words.first()?;
    let name = words.join("-");
    let name = match family {
        _ if starts_own(first) => name,
        Some(family) if first.starts_with(family) => name,
        Some(OPENAI) if !first.starts_with(|c: char| c.is_ascii_digit()) => return None,
        Some(family) => format!("{family}-{name}"),
        None => return None,
    };
    let dated = SNAPSHOTS.iter().find(|(model, day, _)| *model == name && Some(*day) == date);
    Some(dated.map_or(name, |(_, _, snapshot)| (*snapshot).to_owned()))
}

fn starts_own(word: &str) -> bool {
    OWN_NAMES.iter().any(|own| word.starts_with(own))
}

/// Sellers of models in the marketplace, as their offers begin.
const SELLERS: [&str; 12] =
    ["claude", "anthropic", "cohere", "mistral", "llama", "meta", "deepseek", "grok", "jamba", "ai21", "nvidia", "gpt"];

/// Reads a charge of the marketplace: the model is in the name of a resource such as `claude-sonnet-5-5-<guid>`. `None` where it
/// is about no model.
pub(super) fn parse_offer(resource: &str, meter: &str) -> Option<Item> {
    let name = without_guid(resource.rsplit('/').next().unwrap_or_default());
    let words = meter.to_lowercase();
    let sells = |text: &str| SELLERS.iter().any(|seller| text.starts_with(seller));
    let is_model = sells(name) || sells(&words) || words.contains("claude consumption unit");
    is_model.then(|| Item { model: Some(name.to_owned()).filter(|name| !name.is_empty()), ..Item::default() })
}

/// `claude-sonnet-5-5-01234567-89ab-cdef-0123-456789abcdef` without what makes it one of a kind.
fn without_guid(name: &str) -> &str {
    const GUID: [usize; 5] = [12, 4, 4, 4, 8];
    let mut rest = name;
    for length in GUID {
        match rest.rsplit_once('-') {
            Some((head, part)) if part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                rest = head;
            }
            _ => return name,
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(
        meter: &str,
        sub_category: &str,
    ) -> (Option<String>, Option<Meter>, Option<&'static str>, Option<&'static str>) {
        let item = parse(meter, Some(sub_category));
        (item.model, item.meter, item.service_tier, item.region)
    }

    #[test]
    fn every_way_of_writing_is_one_meter() {
        use Meter::{CacheRead, CacheWrite, Input, Output, OutputAudio};
        for (meter, sub_category, model, counted, tier, region) in [
            ("5.4 opt Dz 1M Tokens", "Azure OpenAI GPT5", "gpt-5.4", Output, None, Some("data_zone")),
            ("GPT 5 Mini cchd Inpt Glbl 1M Tokens", "Azure OpenAI GPT5", "gpt-5-mini", CacheRead, None, Some("global")),
            (
                "gpt 4o 0806 Batch Outp Data Zone Tokens",
                "Azure OpenAI",
                "gpt-4o-2024-08-06",
                Output,
                Some("batch"),
                Some("data_zone"),
            ),
            (
                "5.6 sol ShortCo Cd Wr PP Gl 1M Tokens",
                "Azure OpenAI GPT5",
                "gpt-5.6-sol",
                CacheWrite,
                Some("priority"),
                Some("global"),
            ),
            (
                "o4-mini 0416 cached Inp regnl Tokens",
                "Azure OpenAI Reasoning",
                "o4-mini",
                CacheRead,
                None,
                Some("regional"),
            ),
            ("4.3 Cached Inp DZ L Tokens", "Azure Grok Models", "grok-4.3", CacheRead, None, Some("data_zone")),
            ("V4 Pro cached DZ Tokens", "Azure Deepseek Models", "deepseek-v4-pro", CacheRead, None, Some("data_zone")),
            (
                "text embedding 3 large DZ Tokens",
                "Azure OpenAI Embedding",
                "text-embedding-3-large",
                Input,
                None,
                Some("data_zone"),
            ),
            (
                "gpt rt aud 0828 Outp DZone Tokens",
                "Azure OpenAI Media",
                "gpt-realtime",
                OutputAudio,
                None,
                Some("data_zone"),
            ),
        ] {
            let expected = (Some(model.to_owned()), Some(counted), tier, region);
            assert_eq!(read(meter, sub_category), expected, "{meter}");
        }
        let image = parse("gpt image 1 Outp img Glbl Tokens", None);
        assert_eq!((image.model.as_deref(), image.meter), (Some("gpt-image-1"), Some(Meter::OutputImage)));
        assert_eq!(parse("5.6 sol LongCo Inp Gl 1M Tokens", Some("Azure OpenAI GPT5")).prompt_over, 272_000);
    }

    #[test]
    fn what_is_no_model_is_not_guessed() {
        for (meter, sub_category) in [
            ("Provisioned Managed Data Zone Unit", "Azure OpenAI"),
            ("gpt 4o ft hosting Unit", "Azure OpenAI PP FT GPT4s"),
            ("Neural Text To Speech Characters", "Azure Speech"),
            ("", ""),
        ] {
            assert_eq!(parse(meter, Some(sub_category)), Item::default(), "{meter}");
        }
        // A bare version is nobody's where the sub-category is not told.
        assert_eq!(parse("4.3 Cached Inp DZ L Tokens", None), Item::default());
        assert_eq!(parse("5.1 Inp DZ Tokens", Some("Azure Fireworks Models")), Item::default());
    }

    #[test]
    fn offers_of_models_are_told_from_others() {
        let model = |resource: &str, meter: &str| parse_offer(resource, meter).map(|item| item.model);
        let rg = "/subscriptions/0a/resourcegroups/rg/providers/microsoft.saas/resources";
        let claude = format!("{rg}/claude-sonnet-5-5-01234567-89ab-cdef-0123-456789abcdef");
        assert_eq!(model(&claude, "Claude Consumption Units"), Some(Some("claude-sonnet-5-5".to_owned())));
        assert_eq!(model(&format!("{rg}/team-a"), "Claude Consumption Units"), Some(Some("team-a".to_owned())));
        assert_eq!(model(&format!("{rg}/monitors/dd-prod"), "Datadog Pro"), None);
    }
}
