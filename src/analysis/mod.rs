//! What figures mean for people: pure, from what the ledger and the facts hold.

pub mod purse;
pub mod runway;
pub mod sessions;
