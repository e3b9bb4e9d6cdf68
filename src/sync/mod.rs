//! Bringing feeds up to date: what is due, who does it, when; and the ledger after them.

mod calls;
pub mod error;
pub mod handle;
pub mod identity;
pub mod leases;
pub mod ledger;
pub mod metrics;
pub mod plan;
mod purse;
mod ran;
mod retry;
pub mod run;
pub mod schedule;
pub mod sessions;
pub mod worker;
