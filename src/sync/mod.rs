//! Bringing feeds up to date: what is due, who does it, when; and the ledger after them.

pub mod error;
pub mod handle;
pub mod identity;
pub mod leases;
pub mod ledger;
pub mod metrics;
pub mod plan;
mod purse;
pub mod run;
pub mod schedule;
pub mod sessions;
pub mod worker;
