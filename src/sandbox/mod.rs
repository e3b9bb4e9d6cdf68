//! The vendors' APIs over a made-up company, on loopback, for the demo and for tests.
//!
//! The sandbox is as nasty as the vendors are and has a bill of its own. It shares no code with the adapters or the price
//! lists: if it did, their agreement would prove nothing.

mod anthropic;
mod auth;
mod bill;
mod books;
mod buckets;
mod company;
mod ecb;
mod faults;
mod figures;
mod guest;
mod guests;
mod keys;
mod mishaps;
mod openai;
mod options;
mod params;
mod rates;
mod refusal;
mod server;
mod state;
mod statement;
mod streams;
mod table;
mod tamper;
#[cfg(test)]
mod tests;
mod time;
pub mod transcripts;
mod visits;
mod weather;
mod world;

pub use company::Vendor;
pub use faults::{Fault, Faults, RetryAfter, Target};
pub use guest::Guest;
pub use options::Options;
pub use server::Sandbox;
pub use tamper::Tampering;
pub use weather::Restatement;
