//! Logs of agents on this machine: what they have in common, which is everything but the meaning of a line.

mod config;
mod find;
mod format;
mod lines;
mod pass;
#[cfg(test)]
mod tests;
mod watermark;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

pub use self::config::LogConfig;
pub(super) use self::format::{Findings, Format, Text, text, time};
use self::pass::Pass;
use super::feed::{CallLog, FeedKind, FetchError, NamedFeed};
use crate::domain::call_log::{LogBatch, LogPosition};
use crate::domain::names::{Billing, FeedName};

/// A minute: logs grow while people work, and reading them costs only this machine.
const READ_INTERVAL: Duration = Duration::from_secs(60);

/// The files below some folders, in the format of one agent.
struct LogFolders<F> {
    roots: Vec<PathBuf>,
    format: Arc<F>,
}

/// The one feed of an agent's account; `default_billing` holds where the settings do not say who pays.
pub(super) fn feed<F: Format>(config: &LogConfig, format: F, default_billing: Billing) -> NamedFeed {
    let billing = config.billing.unwrap_or(default_billing);
    let log = LogFolders { roots: config.paths.clone(), format: Arc::new(format) };
    NamedFeed { name: FeedName("calls"), min_interval: READ_INTERVAL, kind: FeedKind::Calls(billing, Box::new(log)) }
}

impl<F: Format> CallLog for LogFolders<F> {
    fn read(&self, known: Vec<LogPosition>) -> mpsc::Receiver<Result<LogBatch, FetchError>> {
        // One batch is made while the one before is stored; more would only fill the memory.
        let (sender, receiver) = mpsc::channel(1);
        let (roots, format) = (self.roots.clone(), Arc::clone(&self.format));
        tokio::task::spawn_blocking(move || Pass::new(format.as_ref(), sender).run(&roots, &known));
        receiver
    }
}
