//! Amazon's kinds of use, such as `USE1-MP:USE1_InputTokenCount_Global_Batch-Units`, read as loosely as open text must be.

use crate::domain::usage::Meter;

/// What could be read of a kind of use; the text itself stays with the record.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UsageType {
    /// Of a model of Amazon's own; others are sold under a service of their own name.
    pub(super) name: Option<String>,
    pub(super) meter: Option<Meter>,
    pub(super) service_tier: Option<&'static str>,
    pub(super) region: Option<&'static str>,
    /// Inference ran wherever there was room, which is cheaper.
    pub(super) is_global: bool,
    /// What the quantity counts in, which the bill does not tell.
    pub(super) unit: Option<&'static str>,
}

/// Prefixes of the bill, and the regions that they mean.
const REGIONS: [(&str, &str); 29] = [
    ("USE1", "us-east-1"),
    ("USE2", "us-east-2"),
    ("USW1", "us-west-1"),
    ("USW2", "us-west-2"),
    ("UGE1", "us-gov-east-1"),
    ("UGW1", "us-gov-west-1"),
    ("CAN1", "ca-central-1"),
    ("CAN2", "ca-west-1"),
    ("SAE1", "sa-east-1"),
    ("EU", "eu-west-1"),
    ("EUW1", "eu-west-1"),
    ("EUW2", "eu-west-2"),
    ("EUW3", "eu-west-3"),
    ("EUC1", "eu-central-1"),
    ("EUC2", "eu-central-2"),
    ("EUN1", "eu-north-1"),
    ("EUS1", "eu-south-1"),
    ("EUS2", "eu-south-2"),
    ("APE1", "ap-east-1"),
    ("APN1", "ap-northeast-1"),
    ("APN2", "ap-northeast-2"),
    ("APN3", "ap-northeast-3"),
    ("APS1", "ap-southeast-1"),
    ("APS2", "ap-southeast-2"),
    ("APS3", "ap-south-1"),
    ("APS5", "ap-south-2"),
    ("MEC1", "me-central-1"),
    ("AFS1", "af-south-1"),
    ("ILC1", "il-central-1"),
];

/// Where the name of a model ends in a kind of use of Amazon's own.
const AFTER_NAME: [&str; 6] = ["-input", "-output", "-cache", "-text-input", "-speech", "-batch"];

pub(super) fn parse(text: &str) -> UsageType {
    let (prefix, rest) = text.split_once('-').unwrap_or(("", text));
    let region = REGIONS.iter().find(|(known, _)| *known == prefix).map(|(_, region)| *region);
    let rest = if region.is_some() { rest } else { text };
    let marketplace = rest.starts_with("MP:");
    let lower = text.to_ascii_lowercase();
    let has = |word: &str| lower.contains(word);
    let meter = if has("reserved") || has("provisioned") || !has("token") { None } else { token_meter(&lower) };
    UsageType {
        name: if marketplace { None } else { own_name(rest) },
        meter,
        service_tier: ["batch", "flex", "priority"].into_iter().find(|tier| has(tier)),
        region,
        is_global: has("global"),
        unit: meter.map(|_| if marketplace { "1M tokens" } else { "1K tokens" }),
    }
}

fn token_meter(lower: &str) -> Option<Meter> {
    let has = |word: &str| lower.contains(word);
    let spoken = has("audio") || has("speech");
    let [text, speech] = if has("cache") && has("read") {
        [Meter::CacheRead, Meter::CacheReadAudio]
    } else if has("cache") && has("write") {
        [if has("1h") { Meter::CacheWrite1h } else { Meter::CacheWrite }; 2]
    } else if has("output") {
        [Meter::Output, Meter::OutputAudio]
    } else if has("input") {
        [Meter::Input, Meter::InputAudio]
    } else {
        return None;
    };
    Some(if spoken { speech } else { text })
}

/// `Nova 2 Lite` of `Nova2Lite-input-tokens`.
fn own_name(rest: &str) -> Option<String> {
    let end = AFTER_NAME.iter().filter_map(|mark| rest.find(mark)).min()?;
    let name = rest.get(..end)?;
    let mut spaced = String::new();
    let mut before = ' ';
    for c in name.chars() {
        let word_begins = before.is_ascii_digit() != c.is_ascii_digit() || (before.is_lowercase() && c.is_uppercase());
        if word_begins && before.is_alphanumeric() && c.is_alphanumeric() {
            spaced.push(' ');
        }
        spaced.push(c);
        before = c;
    }
    (!spaced.is_empty()).then_some(spaced)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Region, tier, meter, and whether inference was global.
    fn read(text: &str) -> (&'static str, &'static str, Option<Meter>, bool) {
        let parsed = parse(text);
        (parsed.region.unwrap_or(""), parsed.service_tier.unwrap_or(""), parsed.meter, parsed.is_global)
    }

    #[test]
    fn every_documented_form_is_read() {
        for (text, expected) in [
            ("USE1-MP:USE1_InputTokenCount-Units", ("us-east-1", "", Some(Meter::Input), false)),
            ("EUC1-MP:EUC1_OutputTokenCount_Global-Units", ("eu-central-1", "", Some(Meter::Output), true)),
            ("USE1-MP:USE1_CacheReadInputTokenCount-Units", ("us-east-1", "", Some(Meter::CacheRead), false)),
            ("USE1-MP:USE1_CacheWriteInputTokenCount-Units", ("us-east-1", "", Some(Meter::CacheWrite), false)),
            ("USE1-MP:USE1_CacheWrite1hInputTokenCount-Units", ("us-east-1", "", Some(Meter::CacheWrite1h), false)),
            ("USE1-MP:USE1_InputTokenCount_Global_Batch-Units", ("us-east-1", "batch", Some(Meter::Input), true)),
            ("USE1-MP:USE1_MillionBatchInputTokens-Units", ("us-east-1", "batch", Some(Meter::Input), false)),
            ("USE1-MP:USE1_input_tokens_global_standard-Units", ("us-east-1", "", Some(Meter::Input), true)),
            ("USE1-MP:USE1_output_tokens_batch-Units", ("us-east-1", "batch", Some(Meter::Output), false)),
            ("USE1-MP:USE1_cache_read_tokens_standard-Units", ("us-east-1", "", Some(Meter::CacheRead), false)),
            (
                "USE1-MP:USE1_cache_write_tokens_1h_global_standard-Units",
                ("us-east-1", "", Some(Meter::CacheWrite1h), true),
            ),
            ("USE1-MP:USE1_cache_write_tokens_30m_standard-Units", ("us-east-1", "", Some(Meter::CacheWrite), false)),
            ("USW2-Nova2Lite-input-tokens", ("us-west-2", "", Some(Meter::Input), false)),
            ("USW2-Nova2Lite-output-tokens-flex", ("us-west-2", "flex", Some(Meter::Output), false)),
            ("USW2-NovaPro-cache-read-input-token-count", ("us-west-2", "", Some(Meter::CacheRead), false)),
            ("USE1-Nova2Lite-input-tokens-cross-region-global", ("us-east-1", "", Some(Meter::Input), true)),
            ("XYZ9-Nova2Lite-input-tokens-priority", ("", "priority", Some(Meter::Input), false)),
            ("USE1-MP:USE1_Reserved_1Month_TPM_InputTokens-Units", ("us-east-1", "", None, false)),
            ("USE1-ProvisionedThroughput-NovaPro-Hours", ("us-east-1", "", None, false)),
            ("USE1-Guardrail-ContentPolicyUnitsConsumed", ("us-east-1", "", None, false)),
            ("", ("", "", None, false)),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn only_amazons_own_kinds_of_use_name_a_model() {
        for (text, expected) in [
            ("USW2-Nova2Lite-input-tokens", Some("Nova 2 Lite")),
            ("USE1-NovaPro-cache-read-input-token-count", Some("Nova Pro")),
            ("USE1-MP:USE1_InputTokenCount-Units", None),
            ("USE1-Guardrail-ContentPolicyUnitsConsumed", None),
        ] {
            assert_eq!(parse(text).name.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_bill_counts_in_millions_or_thousands() {
        assert_eq!(parse("USE1-MP:USE1_InputTokenCount-Units").unit, Some("1M tokens"));
        assert_eq!(parse("USE1-Nova2Lite-input-tokens").unit, Some("1K tokens"));
        assert_eq!(parse("USE1-MP:USE1_Images-Units").unit, None);
    }
}
