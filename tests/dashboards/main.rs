//! The dashboards and alerts that are shipped: their queries run, their metrics exist, their files are what the code builds.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail loudly too")]

mod alerts;
mod boards;
mod files;
mod grafana;
mod promql;
mod sql;
