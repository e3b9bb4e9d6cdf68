//! Bringing feeds up to date: what is due, who does it, when.

pub mod handle;
pub mod ledger;
