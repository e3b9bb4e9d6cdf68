//! What people see: reads on schema `reporting` only, so that the page, the API and exports tell one truth.

mod charged;
mod daily;
mod export;
mod sessions;
mod snapshots;
mod spend;
mod status;

pub use charged::Charged;
pub use daily::{DailyRow, Range};
pub use export::ExportRow;
pub use sessions::LatestSession;
pub use snapshots::SnapshotRow;
pub use spend::{Dimension, Spend, SpendFilter, SpendGroup};
pub use status::{FeedStatus, Restated};

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod tests;
