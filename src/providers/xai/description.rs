//! Descriptions of charges, such as `grok-4.3 input tokens`. Nobody documents them: what cannot be read stays open.

use crate::domain::usage::Meter;
use crate::providers::words;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) model: Option<String>,
    pub(super) meter: Option<Meter>,
    pub(super) service_tier: Option<String>,
}

pub(super) fn parse(text: &str) -> Item {
    // Hyphens belong to names of models, some of which have words in them such as `reasoning`.
    let parts = || text.split(|letter: char| letter.is_whitespace() || ",:;|()[]/".contains(letter));
    let model = parts().find(|part| is_model(part));
    let rest: Vec<_> = parts().filter(|part| !is_model(part)).collect();
    let rest = rest.join(" ");
    Item { model: model.map(str::to_owned), meter: words::meter(&rest), service_tier: words::service_tier(&rest) }
}

/// `Grok` alone is a family, and none of its models.
fn is_model(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    word.strip_prefix("grok").is_some_and(|rest| rest.bytes().any(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(model: &str, meter: Option<Meter>, tier: Option<&str>) -> Item {
        let model = Some(model.to_owned()).filter(|model| !model.is_empty());
        Item { model, meter, service_tier: tier.map(str::to_owned) }
    }

    #[test]
    fn words_are_read_in_any_order_and_the_rest_stays_open() {
        for (text, expected) in [
            ("grok-4.3 input tokens", item("grok-4.3", Some(Meter::Input), None)),
            ("Cached prompt text tokens: grok-4.3", item("grok-4.3", Some(Meter::CacheRead), None)),
            ("grok-4-fast-non-reasoning, prompt", item("grok-4-fast-non-reasoning", Some(Meter::Input), None)),
            ("grok-4-fast-reasoning completion tokens", item("grok-4-fast-reasoning", Some(Meter::Output), None)),
            ("grok-4.3 (batch) reasoning tokens", item("grok-4.3", Some(Meter::Output), Some("batch"))),
            ("grok-imagine-image | images", item("grok-imagine-image", Some(Meter::Images), None)),
            ("Web search", item("", Some(Meter::WebSearches), None)),
            ("Grok something new", item("", None, None)),
            ("", item("", None, None)),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
