//! The colour of each provider, the same on every panel, whatever its rank.
//!
//! The first nine are told apart by people who do not see red or green, too (the palettes of Okabe and Ito, and of Tol); beyond nine no
//! palette is, and those that are rarely seen together have to share what is left.

use super::grafana::{Field, Panel};
use crate::domain::names::Provider;

/// What a panel adds up because it is too little to be shown by itself.
pub(super) const OTHERS: &str = "all others";
/// What metrics fold together, see `metrics.max_series`.
const FOLDED: &str = "other";
const GREY: &str = "#8E8E8E";

fn color(provider: Provider) -> &'static str {
    match provider {
        Provider::Anthropic => "#D55E00",
        Provider::OpenAi => "#009E73",
        Provider::Azure => "#0072B2",
        Provider::Google => "#F0E442",
        Provider::Bedrock => "#E69F00",
        Provider::OpenRouter => "#56B4E9",
        Provider::Mistral => "#CC79A7",
        Provider::ElevenLabs => "#AA4499",
        Provider::ClaudeCode => "#EE99AA",
        Provider::Copilot => "#44AA99",
        Provider::HuggingFace => "#DDCC77",
        Provider::DeepSeek => "#6675D9",
        Provider::Codex => "#117733",
        Provider::GeminiCli => "#999933",
        Provider::Cursor => "#882255",
        Provider::LiteLlm => "#9970AB",
        Provider::Xai => "#A65A2A",
        Provider::Together => "#6699CC",
        Provider::Fireworks => "#BB5566",
    }
}

/// Fixes the colours of series and slices that are named after a provider.
pub(super) fn by_provider(panel: Panel) -> Panel {
    let providers = Provider::ALL.iter().map(|provider| (provider.as_str(), color(*provider)));
    let others = [(OTHERS, GREY), (FOLDED, GREY)];
    providers.chain(others).fold(panel, |panel, (name, color)| panel.series(name, Field::new().hex(color)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_providers_look_the_same() {
        let colors: BTreeSet<_> = Provider::ALL.iter().map(|provider| color(*provider)).collect();
        assert_eq!(colors.len(), Provider::ALL.len());
        assert!(!colors.contains(GREY));
    }
}
