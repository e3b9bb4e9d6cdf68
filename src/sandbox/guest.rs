//! The vendors beside the two that the made-up company mostly uses, by name.

use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guest {
    Copilot,
    DeepSeek,
    Google,
    /// Google without an export.
    AppOptimize,
    Azure,
    OpenRouter,
    ElevenLabs,
    Mistral,
    HuggingFace,
    Bedrock,
    Cursor,
    LiteLlm,
    Xai,
    Together,
    Fireworks,
}

impl Guest {
    pub const ALL: &[Self] = &[
        Self::Copilot,
        Self::DeepSeek,
        Self::Google,
        Self::AppOptimize,
        Self::Azure,
        Self::OpenRouter,
        Self::ElevenLabs,
        Self::Mistral,
        Self::HuggingFace,
        Self::Bedrock,
        Self::Fireworks,
        Self::Together,
        Self::Xai,
        Self::Cursor,
        Self::LiteLlm,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Copilot => "copilot",
            Self::DeepSeek => "deepseek",
            Self::Google => "google",
            Self::AppOptimize => "app_optimize",
            Self::Azure => "azure",
            Self::OpenRouter => "openrouter",
            Self::ElevenLabs => "elevenlabs",
            Self::Mistral => "mistral",
            Self::HuggingFace => "huggingface",
            Self::Bedrock => "bedrock",
            Self::Fireworks => "fireworks",
            Self::Together => "together",
            Self::Xai => "xai",
            Self::Cursor => "cursor",
            Self::LiteLlm => "litellm",
        }
    }
}

impl fmt::Display for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
