//! Claude Code: the calls in the transcripts that it leaves on this machine.

mod line;
mod log;
#[cfg(test)]
mod tests;
mod transcript;

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use self::log::Transcripts;
use super::feed::{FeedKind, NamedFeed};
use crate::domain::names::{Billing, FeedName};

/// A minute: transcripts grow while people work, and reading them costs only this machine.
const READ_INTERVAL: Duration = Duration::from_secs(60);

/// Where one user's or machine's transcripts are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Configuration folders of Claude Code (`~/.claude`), their `projects` folders, or plain folders of transcripts.
    pub paths: Vec<PathBuf>,
    /// Who pays for the calls; without it the caller decides by what else is configured.
    #[serde(default)]
    pub billing: Option<Billing>,
}

/// The one feed of an account; `default_billing` holds where the settings do not say who pays.
#[must_use]
pub fn feeds(config: &Config, default_billing: Billing) -> Vec<NamedFeed> {
    let billing = config.billing.unwrap_or(default_billing);
    let transcripts = Transcripts::new(config.paths.clone());
    vec![NamedFeed {
        name: FeedName("calls"),
        min_interval: READ_INTERVAL,
        kind: FeedKind::Calls(billing, Box::new(transcripts)),
    }]
}
