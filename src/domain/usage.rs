//! Measured use: disjoint meters, so that sums are right.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::names::UnknownName;

/// What is counted. Meters are disjoint: `Input` is text input that was neither read from nor written to a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meter {
    Input,
    CacheRead,
    /// A cache write with the provider's short life: 5 minutes at Anthropic, 30 minutes at OpenAI.
    CacheWrite,
    #[serde(rename = "cache_write_1h")]
    CacheWrite1h,
    #[serde(rename = "cache_write_12h")]
    CacheWrite12h,
    /// Includes reasoning.
    Output,
    InputAudio,
    CacheReadAudio,
    OutputAudio,
    InputImage,
    CacheReadImage,
    OutputImage,
    Requests,
    Images,
    Characters,
    Seconds,
    Sessions,
    WebSearches,
    FileSearches,
    /// Bytes kept for the length of the bucket.
    StorageBytes,
}

impl Meter {
    pub const ALL: [Self; 20] = [
        Self::Input,
        Self::CacheRead,
        Self::CacheWrite,
        Self::CacheWrite1h,
        Self::CacheWrite12h,
        Self::Output,
        Self::InputAudio,
        Self::CacheReadAudio,
        Self::OutputAudio,
        Self::InputImage,
        Self::CacheReadImage,
        Self::OutputImage,
        Self::Requests,
        Self::Images,
        Self::Characters,
        Self::Seconds,
        Self::Sessions,
        Self::WebSearches,
        Self::FileSearches,
        Self::StorageBytes,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::CacheRead => "cache_read",
            Self::CacheWrite => "cache_write",
            Self::CacheWrite1h => "cache_write_1h",
            Self::CacheWrite12h => "cache_write_12h",
            Self::Output => "output",
            Self::InputAudio => "input_audio",
            Self::CacheReadAudio => "cache_read_audio",
            Self::OutputAudio => "output_audio",
            Self::InputImage => "input_image",
            Self::CacheReadImage => "cache_read_image",
            Self::OutputImage => "output_image",
            Self::Requests => "requests",
            Self::Images => "images",
            Self::Characters => "characters",
            Self::Seconds => "seconds",
            Self::Sessions => "sessions",
            Self::WebSearches => "web_searches",
            Self::FileSearches => "file_searches",
            Self::StorageBytes => "storage_bytes",
        }
    }

    /// The group of a token meter; `None` for what is not counted in tokens.
    #[must_use]
    pub fn token_type(self) -> Option<TokenType> {
        match self {
            Self::Input | Self::InputAudio | Self::InputImage => Some(TokenType::Input),
            Self::CacheRead | Self::CacheReadAudio | Self::CacheReadImage => Some(TokenType::CacheRead),
            Self::CacheWrite | Self::CacheWrite1h | Self::CacheWrite12h => Some(TokenType::CacheWrite),
            Self::Output | Self::OutputAudio | Self::OutputImage => Some(TokenType::Output),
            Self::Requests
            | Self::Images
            | Self::Characters
            | Self::Seconds
            | Self::Sessions
            | Self::WebSearches
            | Self::FileSearches
            | Self::StorageBytes => None,
        }
    }
}

impl fmt::Display for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Meter {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|meter| meter.as_str() == name);
        found.ok_or_else(|| UnknownName { kind: "meter", name: name.to_owned() })
    }
}

/// The label `token_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TokenType {
    Input,
    CacheRead,
    CacheWrite,
    Output,
}

impl TokenType {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::CacheRead => "cache_read",
            Self::CacheWrite => "cache_write",
            Self::Output => "output",
        }
    }
}

/// What a record is broken down by. `None` means that the provider does not tell.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dimensions {
    /// The provider's id of the project or workspace.
    pub project: Option<String>,
    /// The provider's id of the API key; never the key.
    pub api_key: Option<String>,
    pub user: Option<String>,
    /// The model as the provider writes it.
    pub model: Option<String>,
    /// `batch`, `flex`, `priority`, …; `None` is the standard tier.
    pub service_tier: Option<String>,
    /// Where inference ran, when that changes the price.
    pub region: Option<String>,
    /// Every request of the record had a prompt of more tokens than this; 0 where prices do not depend on it.
    pub prompt_over: u32,
}

/// How much of one meter was used in the hour or day that starts at `at`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageRecord {
    pub at: DateTime<Utc>,
    pub dims: Dimensions,
    pub meter: Meter,
    pub quantity: Decimal,
}

/// What a usage feed's rows are for. A provider that refuses many groupings at once is asked twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UsageRole {
    /// The quantities that are priced and counted.
    Measured,
    /// The same use once more by project, key and user: weights only.
    Attribution,
    /// The measured use once more, as far as single calls are known and who made them: what it leaves out is nobody's.
    Named,
    /// Use that another feed of the same account counts: shown apart, never added.
    Included,
}

impl UsageRole {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Attribution => "attribution",
            Self::Named => "named",
            Self::Included => "included",
        }
    }
}
