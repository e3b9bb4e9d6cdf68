//! Claude Code: the calls in the transcripts that it leaves on this machine.

mod line;
#[cfg(test)]
mod tests;
mod transcript;

use std::path::PathBuf;

use self::transcript::Transcripts;
use super::call_logs::{self, LogConfig};
use super::feed::NamedFeed;
use crate::domain::names::Billing;

/// The one feed of an account; `default_billing` holds where the settings do not say who pays.
#[must_use]
pub fn feeds(config: &LogConfig, default_billing: Billing) -> Vec<NamedFeed> {
    vec![call_logs::feed(config, Transcripts::default(), default_billing)]
}

/// Somebody has signed in with a plan, in one of the folders: only that the file is there is looked at.
#[must_use]
pub fn signed_in_with_a_plan(config: &LogConfig) -> bool {
    let folder = |path: &PathBuf| match path.file_name() {
        Some(name) if name == "projects" => path.parent().map(ToOwned::to_owned),
        _ => Some(path.clone()),
    };
    config.paths.iter().filter_map(folder).any(|folder| folder.join(".credentials.json").exists())
}
