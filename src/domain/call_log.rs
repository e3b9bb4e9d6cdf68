//! Logs of single calls: what was read of them, and how far.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::meters::Meters;
use super::usage::Dimensions;

/// One call to a model, as a log or an application tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What makes the call one call wherever it is read again, such as the vendor's message id.
    pub key: String,
    pub at: DateTime<Utc>,
    pub session: Option<String>,
    /// `prompt_over` holds the size of the whole prompt.
    pub dims: Dimensions,
    pub meters: Meters,
}

/// One file of a log, as far as it has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPosition {
    pub path: String,
    pub device: u64,
    pub inode: u64,
    /// Bytes, when it was last looked at.
    pub size: u64,
    pub modified_at: DateTime<Utc>,
    /// Everything before this byte is read; it is the first of a line.
    pub read_to: u64,
    /// Digest of the first and the last bytes that were read: other content under the same name has another.
    pub fingerprint: i64,
    /// What earlier lines of the file mean for later ones.
    pub state: serde_json::Value,
}

/// What a program says that one of its sessions came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionClaim {
    pub session: String,
    pub cost_usd: Decimal,
    pub tokens: u64,
}

/// A part of a log. All of it is stored, or nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogBatch {
    /// One for each line; lines of one call have one key.
    pub calls: Vec<Call>,
    pub claims: Vec<SessionClaim>,
    /// How far files are read once this batch is stored.
    pub positions: Vec<LogPosition>,
    /// Paths of files that are there no more.
    pub gone: Vec<String>,
    /// Bytes of the log that are dealt with after this batch, and of all of it.
    pub done: u64,
    pub total: u64,
}
