//! Bringing feeds up to date: what is due, who does it, when.

pub mod handle;
<<<<<<< HEAD
pub mod metrics;
pub mod plan;
pub mod run;
pub mod schedule;
pub mod worker;
=======
pub mod ledger;
>>>>>>> ledger
