//! The accounts of the configuration.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::names::{AccountName, Provider};
use crate::providers::account::Account;
use crate::providers::call_logs::LogConfig;
use crate::providers::{
    anthropic, azure, bedrock, copilot, cursor, deepseek, elevenlabs, fireworks, google, huggingface, litellm, mistral,
    openai, openrouter, together, xai,
};

/// The connections to providers, by a name of ours.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Accounts {
    pub openai: BTreeMap<String, openai::Config>,
    pub anthropic: BTreeMap<String, anthropic::Config>,
    pub claude_code: BTreeMap<String, LogConfig>,
    pub codex: BTreeMap<String, LogConfig>,
    pub copilot: BTreeMap<String, copilot::Config>,
    pub cursor: BTreeMap<String, cursor::Config>,
    pub gemini_cli: BTreeMap<String, LogConfig>,
    pub litellm: BTreeMap<String, litellm::Config>,
    pub deepseek: BTreeMap<String, deepseek::Config>,
    pub google: BTreeMap<String, google::Config>,
    pub azure: BTreeMap<String, azure::Config>,
    pub openrouter: BTreeMap<String, openrouter::Config>,
    pub elevenlabs: BTreeMap<String, elevenlabs::Config>,
    pub mistral: BTreeMap<String, mistral::Config>,
    pub huggingface: BTreeMap<String, huggingface::Config>,
    pub bedrock: BTreeMap<String, bedrock::Config>,
    pub xai: BTreeMap<String, xai::Config>,
    pub together: BTreeMap<String, together::Config>,
    pub fireworks: BTreeMap<String, fireworks::Config>,
}

impl Accounts {
    /// The accounts at vendors that are asked over HTTP.
    #[must_use]
    pub fn connections(&self) -> Vec<(AccountName, &dyn Account)> {
        let mut all = Vec::new();
        add(&mut all, Provider::OpenAi, &self.openai);
        add(&mut all, Provider::Anthropic, &self.anthropic);
        add(&mut all, Provider::Copilot, &self.copilot);
        add(&mut all, Provider::Cursor, &self.cursor);
        add(&mut all, Provider::LiteLlm, &self.litellm);
        add(&mut all, Provider::DeepSeek, &self.deepseek);
        add(&mut all, Provider::Google, &self.google);
        add(&mut all, Provider::Azure, &self.azure);
        add(&mut all, Provider::OpenRouter, &self.openrouter);
        add(&mut all, Provider::ElevenLabs, &self.elevenlabs);
        add(&mut all, Provider::Mistral, &self.mistral);
        add(&mut all, Provider::HuggingFace, &self.huggingface);
        add(&mut all, Provider::Bedrock, &self.bedrock);
        add(&mut all, Provider::Xai, &self.xai);
        add(&mut all, Provider::Together, &self.together);
        add(&mut all, Provider::Fireworks, &self.fireworks);
        all
    }

    /// The accounts that are logs of agents on this machine.
    pub fn logs(&self) -> impl Iterator<Item = (Provider, &String, &LogConfig)> {
        let claude_code = self.claude_code.iter().map(|(name, log)| (Provider::ClaudeCode, name, log));
        let codex = self.codex.iter().map(|(name, log)| (Provider::Codex, name, log));
        let gemini_cli = self.gemini_cli.iter().map(|(name, log)| (Provider::GeminiCli, name, log));
        claude_code.chain(codex).chain(gemini_cli)
    }

    /// The log accounts of an agent, by name; `None` for a provider that is no agent.
    pub fn logs_of(&mut self, provider: Provider) -> Option<&mut BTreeMap<String, LogConfig>> {
        match provider {
            Provider::ClaudeCode => Some(&mut self.claude_code),
            Provider::Codex => Some(&mut self.codex),
            Provider::GeminiCli => Some(&mut self.gemini_cli),
            _ => None,
        }
    }

    /// All accounts, in the order of the configuration.
    #[must_use]
    pub fn names(&self) -> Vec<AccountName> {
        let connections = self.connections().into_iter().map(|(name, _)| name);
        let logs = self.logs().map(|(provider, name, _)| AccountName { provider, account: name.clone() });
        connections.chain(logs).collect()
    }
}

fn add<'a, A: Account>(
    all: &mut Vec<(AccountName, &'a dyn Account)>,
    provider: Provider,
    accounts: &'a BTreeMap<String, A>,
) {
    let name = |account: &String| AccountName { provider, account: account.clone() };
    all.extend(accounts.iter().map(|(account, settings)| (name(account), settings as &dyn Account)));
}
