//! Price rules that vendors publish in words and the list does not carry.

use rust_decimal::Decimal;

use super::tier::Tier;
use crate::domain::names::Provider;
use crate::domain::period::Day;
use crate::domain::usage::{Meter, TokenType};

/// Whose price list holds: Claude Code calls Anthropic's API, Codex OpenAI's, Gemini CLI Google's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Seller {
    OpenAi,
    Anthropic,
    /// One without rules beyond the list.
    Other(Provider),
}

impl Seller {
    /// Without these a list is none.
    pub(super) const NEEDED: [Self; 2] = [Self::OpenAi, Self::Anthropic];

    pub(super) fn of(provider: Provider) -> Self {
        match provider {
            Provider::OpenAi | Provider::Codex => Self::OpenAi,
            Provider::Anthropic | Provider::ClaudeCode => Self::Anthropic,
            other => Self::Other(other),
        }
    }

    /// Whose models it passes on at their prices, where it has none of its own for a name.
    ///
    /// Cursor: <https://cursor.com/docs/models-and-pricing>. A proxy has no prices at all.
    pub(super) fn passes_on(self) -> &'static [Self] {
        match self {
            Self::Other(Provider::Cursor | Provider::LiteLlm) => {
                &[Self::Anthropic, Self::OpenAi, Self::Other(Provider::Google), Self::Other(Provider::Xai)]
            }
            _ => &[],
        }
    }

    /// The seller's id in the list.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Other(Provider::Bedrock) => "aws",
            Self::Other(Provider::Copilot) => "github-copilot",
            Self::Other(Provider::GeminiCli) => "google",
            Self::Other(Provider::Xai) => "x-ai",
            Self::Other(provider) => provider.as_str(),
        }
    }
}

/// `day`, or the first day for which the list has verified the rates of every tier, if that is later. Vendors had the
/// tiers before: the ratio of tier to standard rate of the returned day holds on `day`, too.
pub(super) fn day_with_known_tiers(day: Day) -> Day {
    Day::from_ymd(2026, 10, 14).map_or(day, |verified| day.max(verified))
}

/// Meters whose rate is a published multiple of another meter's.
///
/// Cache writes that live 12 hours: twice the input rate
/// (<https://developers.openai.com/api/docs/guides/prompt-caching>).
pub(super) fn derived(meter: Meter) -> (Meter, Decimal) {
    match meter {
        Meter::CacheWrite12h => (Meter::Input, Decimal::TWO),
        other => (other, Decimal::ONE),
    }
}

/// What a tier that the list does not know for `model` costs, as a multiple of the standard rate; `None` where the
/// vendor publishes no rule, as for prepaid capacity (Anthropic's and OpenAI's committed tiers).
pub(super) fn tier_factor(seller: Seller, model: &str, tier: &Tier, meter: Meter) -> Option<Decimal> {
    let half = Decimal::new(5, 1);
    let factor = match (seller, tier) {
        (_, Tier::Standard) => Decimal::ONE,
        // Half of all token rates, caches included: https://platform.claude.com/docs/en/build-with-claude/batch-processing
        (Seller::Anthropic, Tier::Batch) => half,
        // Half, but no batch rate is published for cached input: https://developers.openai.com/api/docs/pricing
        (Seller::OpenAi, Tier::Batch) if meter.token_type() == Some(TokenType::CacheRead) => Decimal::ONE,
        (Seller::OpenAi, Tier::Batch) => half,
        // On all token rates: https://platform.claude.com/docs/en/build-with-claude/fast-mode
        (Seller::Anthropic, Tier::Named(name)) if name == "fast" => match model {
            "claude-opus-4-6" | "claude-opus-4-7" => Decimal::from(6),
            "claude-opus-4-8" => Decimal::TWO,
            _ => return None,
        },
        (_, Tier::Batch | Tier::Named(_)) => return None,
    };
    Some(if meter.token_type().is_some() { factor } else { Decimal::ONE })
}

/// What the place of inference adds, as a multiple.
///
/// Anthropic charges 1.1 times every token rate for inference that stays in the United States
/// (<https://platform.claude.com/docs/en/about-claude/pricing#data-residency-pricing>).
pub(super) fn region_factor(seller: Seller, region: Option<&str>, meter: Meter) -> Decimal {
    match (seller, region) {
        (Seller::Anthropic, Some("us")) if meter.token_type().is_some() => Decimal::new(11, 1),
        _ => Decimal::ONE,
    }
}

/// Whether nobody charges for `meter`: requests by themselves, and moderation as a whole
/// (<https://developers.openai.com/api/docs/guides/moderation>).
pub(super) fn is_free(seller: Seller, model: Option<&str>, meter: Meter) -> bool {
    meter == Meter::Requests || (seller == Seller::OpenAi && model == Some("moderation"))
}

/// Whether `meter` counts calls of a tool, which vendors charge apart from the model.
pub(super) fn is_tool(meter: Meter) -> bool {
    matches!(meter, Meter::WebSearches | Meter::FileSearches)
}
