//! What a provider is to the rest of the house: feeds that answer for whole days, or fail.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use crate::domain::call_log::{LogBatch, LogPosition};
use crate::domain::cost::CostRecord;
use crate::domain::names::{Billing, DirectoryEntry, FeedName};
pub use crate::domain::period::Grain;
use crate::domain::period::Window;
use crate::domain::snapshot::Snapshot;
use crate::domain::usage::UsageRecord;
pub use crate::domain::usage::UsageRole;

/// A source of records that can be asked for any window of whole days.
#[async_trait]
pub trait Feed<R>: Send + Sync {
    fn policy(&self) -> FeedPolicy;

    /// Everything the provider reports for `window`, or an error. Never a part of it.
    async fn fetch(&self, window: Window) -> Result<Vec<R>, FetchError>;
}

/// Today's names of ids.
#[async_trait]
pub trait Directory: Send + Sync {
    async fn list(&self) -> Result<Vec<DirectoryEntry>, FetchError>;
}

/// Readings of now, such as a balance: asked for again and again, and each kept.
#[async_trait]
pub trait Gauge: Send + Sync {
    async fn read(&self) -> Result<Vec<Snapshot>, FetchError>;
}

/// A log of single calls on this machine.
pub trait CallLog: Send + Sync {
    /// Reads, in the background, what the log holds beyond `known`: batch after batch, each with how far it has come. Whoever
    /// stores a batch as a whole reads on behind it the next time. Ends when everything is read, or with an error that
    /// tells what could not be; dropping the receiver stops it. Must be called within a runtime.
    fn read(&self, known: Vec<LogPosition>) -> mpsc::Receiver<Result<LogBatch, FetchError>>;
}

/// One feed of any kind, with the name under which its runs are known.
pub struct NamedFeed {
    pub name: FeedName,
    /// No setting makes the feed run more often.
    pub min_interval: Duration,
    pub kind: FeedKind,
}

impl NamedFeed {
    /// The feed `costs`: what the vendor charges.
    #[must_use]
    pub fn costs(min_interval: Duration, feed: impl Feed<CostRecord> + 'static) -> Self {
        Self { name: FeedName("costs"), min_interval, kind: FeedKind::Costs(Box::new(feed)) }
    }

    /// A feed `usage…`: what was used, as far as `role` says.
    #[must_use]
    pub fn usage(
        name: &'static str,
        min_interval: Duration,
        role: UsageRole,
        feed: impl Feed<UsageRecord> + 'static,
    ) -> Self {
        Self { name: FeedName(name), min_interval, kind: FeedKind::Usage(role, Box::new(feed)) }
    }

    /// The feed `directory`: what ids are called.
    #[must_use]
    pub fn directory(min_interval: Duration, names: impl Directory + 'static) -> Self {
        Self { name: FeedName("directory"), min_interval, kind: FeedKind::Directory(Box::new(names)) }
    }

    /// A feed of readings, such as `balance` or `limits`.
    #[must_use]
    pub fn snapshots(name: &'static str, min_interval: Duration, gauge: impl Gauge + 'static) -> Self {
        Self { name: FeedName(name), min_interval, kind: FeedKind::Snapshots(Box::new(gauge)) }
    }
}

pub enum FeedKind {
    Costs(Box<dyn Feed<CostRecord>>),
    Usage(UsageRole, Box<dyn Feed<UsageRecord>>),
    Directory(Box<dyn Directory>),
    Snapshots(Box<dyn Gauge>),
    /// Readings of a balance that are the only bill there is: what falls of its paid part becomes charges.
    Purse(Box<dyn Gauge>),
    Calls(Billing, Box<dyn CallLog>),
}

/// How a feed wants to be asked, and when its answers are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedPolicy {
    pub grain: Grain,
    /// How many days one fetch may span; at least 1.
    pub days_per_fetch: u32,
    /// How many whole days after its end a day may still change.
    pub settles_after_days: u32,
    /// How far back the provider answers, in days; `None` where it names no limit.
    pub history_days: Option<u32>,
    /// Whether a look at settled days tells as much as the first: bills are corrected, while measures are not, and forget
    /// what is no longer there.
    pub second_look: bool,
    /// Units of use that this feed's bill leaves out although usage feeds report them, such as a service tier.
    pub leaves_out: &'static [&'static str],
}

impl FeedPolicy {
    /// A month of days a fetch, each of which may change for three more: what feeds differ from by what they say.
    pub const USUAL: Self = Self {
        grain: Grain::Day,
        days_per_fetch: 31,
        settles_after_days: 3,
        history_days: None,
        second_look: true,
        leaves_out: &[],
    };
}

/// Why a fetch failed, sorted by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// Wait until then.
    #[error("rate limited until {until}")]
    RateLimited { until: DateTime<Utc> },
    /// Try again later: network, timeout or a server error.
    #[error("{0}")]
    Unavailable(String),
    /// Somebody has to change the key.
    #[error("{0}")]
    Unauthorized(String),
    /// The provider understood and refuses; asking again will not help.
    #[error("status {status}: {message}")]
    Rejected { status: u16, message: String },
    /// The answer is not what the provider documents.
    #[error("{0}")]
    Malformed(String),
    /// The daemon is stopping.
    #[error("stopped")]
    Stopped,
}

impl FetchError {
    /// The closed set of the label `reason`.
    pub const REASONS: [&str; 6] = ["rate_limited", "unavailable", "unauthorized", "rejected", "malformed", "stopped"];

    /// The same, and where a key is refused what a person can do about it.
    #[must_use]
    pub fn with_help(self, help: &str) -> Self {
        match self {
            Self::Unauthorized(said) => Self::Unauthorized(format!("{said}; {help}")),
            other => other,
        }
    }

    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::RateLimited { .. } => "rate_limited",
            Self::Unavailable(_) => "unavailable",
            Self::Unauthorized(_) => "unauthorized",
            Self::Rejected { .. } => "rejected",
            Self::Malformed(_) => "malformed",
            Self::Stopped => "stopped",
        }
    }
}
