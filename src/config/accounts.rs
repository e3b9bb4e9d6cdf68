//! The accounts of the configuration.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::names::{AccountName, Provider};
use crate::providers::account::Account;
use crate::providers::call_logs::LogConfig;
use crate::providers::{anthropic, copilot, deepseek, openai};

/// The connections to providers, by a name of ours.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Accounts {
    pub openai: BTreeMap<String, openai::Config>,
    pub anthropic: BTreeMap<String, anthropic::Config>,
    pub claude_code: BTreeMap<String, LogConfig>,
    pub codex: BTreeMap<String, LogConfig>,
    pub copilot: BTreeMap<String, copilot::Config>,
    pub deepseek: BTreeMap<String, deepseek::Config>,
}

impl Accounts {
    /// The accounts at vendors that are asked over HTTP.
    #[must_use]
    pub fn connections(&self) -> Vec<(AccountName, &dyn Account)> {
        let mut all = Vec::new();
        add(&mut all, Provider::OpenAi, &self.openai);
        add(&mut all, Provider::Anthropic, &self.anthropic);
        add(&mut all, Provider::Copilot, &self.copilot);
        add(&mut all, Provider::DeepSeek, &self.deepseek);
        all
    }

    /// The accounts that are logs of agents on this machine.
    pub fn logs(&self) -> impl Iterator<Item = (Provider, &String, &LogConfig)> {
        let claude_code = self.claude_code.iter().map(|(name, log)| (Provider::ClaudeCode, name, log));
        claude_code.chain(self.codex.iter().map(|(name, log)| (Provider::Codex, name, log)))
    }

    /// The log accounts of an agent, by name; `None` for a provider that is no agent.
    pub fn logs_of(&mut self, provider: Provider) -> Option<&mut BTreeMap<String, LogConfig>> {
        match provider {
            Provider::ClaudeCode => Some(&mut self.claude_code),
            Provider::Codex => Some(&mut self.codex),
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
