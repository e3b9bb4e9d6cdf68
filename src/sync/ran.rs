//! What a run comes to, and who is told while it works.

use crate::store::facts::Stored;

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ran {
    pub windows: usize,
    pub rows: usize,
    pub changed_days: usize,
    pub held_days: usize,
    pub restated: usize,
    /// Whether a person may want to hear of it: facts have changed or are held back.
    pub news: bool,
}

impl Ran {
    pub(super) fn add(&mut self, stored: &Stored) {
        self.windows += 1;
        self.rows += stored.rows;
        self.changed_days += stored.changed.len();
        self.held_days += stored.held.len();
        self.restated += stored.restated.len();
        self.news |= !stored.changed.is_empty() || !stored.held.is_empty();
    }
}

/// Where a run reports each window, so that somebody can watch.
pub trait Watch: Send + Sync {
    /// `done` of `total` windows (of a log: mebibytes) are stored; the ledger has something to do when `changed`.
    fn window(&self, done: usize, total: usize, changed: bool);

    /// The run is over and written down.
    fn ended(&self);
}
