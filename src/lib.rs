//! llmtally: what teams spend on LLMs, in numbers that agree with the bill.
//!
//! The way of a cost: a [`providers`] feed fetches whole days, [`sync`] stores them as facts in the [`store`] and has the
//! [`ledger`] rebuilt for the days that changed, [`metrics`] turns the ledger's summary into a page, and [`api`] serves it.
//! `ARCHITECTURE.md` has the map and the invariants.

// A daemon that runs for months does not die of an input, and logs instead of printing. Tests may do both.
#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

pub mod analysis;
pub mod api;
pub mod app;
pub mod cli;
pub mod config;
pub mod currency;
pub mod dashboards;
pub mod domain;
pub mod export;
pub mod import;
pub mod ledger;
pub mod measures;
pub mod metrics;
pub mod pricing;
pub mod providers;
pub mod sandbox;
pub mod shutdown;
pub mod store;
pub mod sync;
pub mod telemetry;
