//! Codex CLI: the calls in the rollouts that it leaves on this machine.

mod line;
mod rollout;
#[cfg(test)]
mod tests;

use self::rollout::Rollouts;
use super::call_logs::{self, LogConfig};
use super::feed::NamedFeed;
use crate::domain::names::Billing;

/// The one feed of an account; `default_billing` holds where the settings do not say who pays.
#[must_use]
pub fn feeds(config: &LogConfig, default_billing: Billing) -> Vec<NamedFeed> {
    vec![call_logs::feed(config, Rollouts::default(), default_billing)]
}
