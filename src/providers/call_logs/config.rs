//! What can be set for the log of an agent.

use std::path::PathBuf;

use serde::Deserialize;

use crate::domain::names::Billing;

/// Where one user's or machine's logs are, and who pays for the calls in them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// Folders to read with everything below; where there are none, those that the agent uses by itself.
    #[serde(default)]
    pub paths: Vec<PathBuf>,
    /// Who pays for the calls; without it the caller decides by what else is configured.
    #[serde(default)]
    pub billing: Option<Billing>,
    /// How many tokens the plan allows in a session of five hours, as far as its owner knows.
    #[serde(default)]
    pub session_token_limit: Option<u64>,
}
