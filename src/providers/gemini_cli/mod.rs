//! Gemini CLI: the calls in the chats that it leaves on this machine.

mod chat;
mod entry;
#[cfg(test)]
mod tests;

use self::chat::Chats;
use super::call_logs::{self, LogConfig};
use super::feed::NamedFeed;
use crate::domain::names::Billing;

/// The one feed of an account; `default_billing` holds where the settings do not say who pays.
#[must_use]
pub fn feeds(config: &LogConfig, default_billing: Billing) -> Vec<NamedFeed> {
    vec![call_logs::feed(config, Chats::default(), default_billing)]
}
