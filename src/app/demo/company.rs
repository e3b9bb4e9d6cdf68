//! The company as llmtally is told of it: a configuration file like any other.

use std::path::Path;

use anyhow::{Context, Result};
use rust_decimal::Decimal;

use crate::config::{self, Config, Environment};
use crate::sandbox::{Guest, Sandbox, Target, Vendor};

const FILE: &str = include_str!("../../../config/demo.toml");

/// Whom the company uses beside OpenAI and Anthropic.
pub(super) const GUESTS: &[Guest] =
    &[Guest::Azure, Guest::Google, Guest::Mistral, Guest::OpenRouter, Guest::DeepSeek, Guest::ElevenLabs];
const CLOUDS: [Target; 2] = [Target::Guest(Guest::Azure), Target::Guest(Guest::Google)];

/// The configuration of an llmtally that asks `sandbox` and reads the agent's transcripts in `agent`. It is written to `folder`
/// first, where people can read it.
///
/// # Errors
///
/// A file that cannot be written or read.
pub(super) fn config(folder: &Path, agent: &Path, sandbox: &Sandbox) -> Result<Config> {
    let address = format!("http://{}", sandbox.address());
    let budget = |percent: u32, targets: &[Target]| -> Decimal { sandbox.budget_spent_to(percent, targets) };
    let values = [
        ("{sandbox}", address.clone()),
        ("{agent}", agent.display().to_string()),
        ("{openai_key}", Sandbox::OPENAI_KEY.to_owned()),
        ("{anthropic_key}", Sandbox::ANTHROPIC_KEY.to_owned()),
        ("{azure_tenant}", Sandbox::AZURE_TENANT.to_owned()),
        ("{azure_client}", Sandbox::AZURE_CLIENT.to_owned()),
        ("{azure_secret}", Sandbox::AZURE_SECRET.to_owned()),
        ("{azure_subscriptions}", Sandbox::AZURE_SUBSCRIPTIONS.join(",")),
        ("{google_key}", Sandbox::google_account(&address)),
        ("{mistral_key}", Sandbox::MISTRAL_KEY.to_owned()),
        ("{openrouter_key}", Sandbox::OPENROUTER_KEY.to_owned()),
        ("{deepseek_key}", Sandbox::DEEPSEEK_KEY.to_owned()),
        ("{elevenlabs_key}", Sandbox::ELEVENLABS_KEY.to_owned()),
        ("{budget}", budget(88, &sandbox.billed_by()).to_string()),
        ("{budget_anthropic}", budget(96, &[Vendor::Anthropic.into()]).to_string()),
        ("{budget_clouds}", budget(62, &CLOUDS).to_string()),
    ];
    let text = values.iter().fold(FILE.to_owned(), |text, (name, value)| text.replace(name, value));
    let path = folder.join("llmtally.toml");
    std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    // Keys in the environment are for real vendors: the demo does not look at them.
    Ok(config::load(Some(&path), &Environment::default())?.config)
}
