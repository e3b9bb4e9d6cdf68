//! Who and what: providers, accounts, feeds.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A vendor, as it stands in configuration, the database and the label `provider`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    #[serde(rename = "openai")]
    OpenAi,
    Anthropic,
    ClaudeCode,
    Codex,
    GeminiCli,
    Azure,
    Google,
    Bedrock,
    #[serde(rename = "openrouter")]
    OpenRouter,
    #[serde(rename = "elevenlabs")]
    ElevenLabs,
    Mistral,
    #[serde(rename = "huggingface")]
    HuggingFace,
    #[serde(rename = "deepseek")]
    DeepSeek,
    Copilot,
    Cursor,
    #[serde(rename = "litellm")]
    LiteLlm,
    Xai,
    Together,
    Fireworks,
}

impl Provider {
    pub const ALL: &[Self] = &[
        Self::OpenAi,
        Self::Anthropic,
        Self::ClaudeCode,
        Self::Codex,
        Self::GeminiCli,
        Self::Azure,
        Self::Google,
        Self::Bedrock,
        Self::OpenRouter,
        Self::ElevenLabs,
        Self::Mistral,
        Self::HuggingFace,
        Self::DeepSeek,
        Self::Copilot,
        Self::Cursor,
        Self::LiteLlm,
        Self::Xai,
        Self::Together,
        Self::Fireworks,
    ];

    /// All of them, for a person who has written another.
    #[must_use]
    pub fn listed() -> String {
        Self::ALL.iter().map(|provider| provider.as_str()).collect::<Vec<_>>().join(", ")
    }

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::ClaudeCode => "claude_code",
            Self::Codex => "codex",
            Self::GeminiCli => "gemini_cli",
            Self::Azure => "azure",
            Self::Google => "google",
            Self::Bedrock => "bedrock",
            Self::OpenRouter => "openrouter",
            Self::ElevenLabs => "elevenlabs",
            Self::Mistral => "mistral",
            Self::HuggingFace => "huggingface",
            Self::DeepSeek => "deepseek",
            Self::Copilot => "copilot",
            Self::Cursor => "cursor",
            Self::LiteLlm => "litellm",
            Self::Xai => "xai",
            Self::Together => "together",
            Self::Fireworks => "fireworks",
        }
    }
}

/// A name that is none of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {kind} `{name}`")]
pub struct UnknownName {
    pub kind: &'static str,
    pub name: String,
}

impl FromStr for Provider {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().copied().find(|provider| provider.as_str() == name);
        found.ok_or_else(|| UnknownName { kind: "provider", name: name.to_owned() })
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The database's key of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct AccountId(pub i32);

/// One configured connection to a provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountName {
    pub provider: Provider,
    /// The name from the configuration; `default` where there is only one.
    pub account: String,
}

impl AccountName {
    /// Where it stands in the configuration, below `accounts`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}.{}", self.provider, self.account)
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.provider, self.account)
    }
}

/// The name of a feed within its provider, such as `costs` or `usage.completions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeedName(pub &'static str);

impl fmt::Display for FeedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// How the use that a source reports is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Billing {
    /// Every unit is on the bill.
    Metered,
    /// A plan's fee pays for it: the fee is spend, the use is only valued.
    Subscription,
    /// An account that is synced as well bills it: it tells who used it, and is never added.
    Included,
}

impl Billing {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Metered => "metered",
            Self::Subscription => "subscription",
            Self::Included => "included",
        }
    }
}

/// The name of an id: ids are stable, names are not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DirectoryEntry {
    pub kind: DirectoryKind,
    pub id: String,
    pub name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DirectoryKind {
    Project,
    ApiKey,
    User,
}

impl DirectoryKind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::ApiKey => "api_key",
            Self::User => "user",
        }
    }
}
