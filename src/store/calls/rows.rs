//! What a batch adds: keys that were not known, and the lines that hold.

use chrono::{DateTime, Utc};

use super::best::Rank;
use crate::domain::call_log::Call;

/// A row of `call_keys`.
#[derive(Debug)]
pub(super) struct Key<'a> {
    pub(super) key: &'a str,
    pub(super) at: DateTime<Utc>,
    pub(super) rank: Rank,
}

/// A row of `calls`.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) call: &'a Call,
    /// Of the earliest line of the call.
    pub(super) at: DateTime<Utc>,
}
