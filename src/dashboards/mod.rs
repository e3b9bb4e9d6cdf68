//! The Grafana dashboards, built in Rust so that queries share their words and every sum has one definition.
//!
//! `cargo run --example dashboards` writes them to `grafana/dashboards/`; a test compares the files with what is built here.

mod agents;
pub mod assets;
mod balances;
pub mod grafana;
mod naming;
mod overview;
mod sync_health;

use grafana::Dashboard;

/// The uid under which provisioning registers the read-only PostgreSQL datasource.
pub const SQL_UID: &str = "llmtally-sql";
/// The uid under which provisioning registers Prometheus.
pub const PROMETHEUS_UID: &str = "llmtally-prometheus";

/// What a panel says when its query has no rows.
const NO_DATA: &str = "no data yet, see Sync health";

/// Every dashboard that is shipped, each in a file `<uid>.json`.
#[must_use]
pub fn all() -> Vec<Dashboard> {
    vec![overview::dashboard(), agents::dashboard(), balances::dashboard(), sync_health::dashboard()]
}
