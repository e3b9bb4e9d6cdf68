//! The real binary in a process of its own: over the made-up vendors, real PostgreSQL, Prometheus and Alertmanager.

mod accounts;
mod away;
mod bill;
mod commands;
mod imports;
mod monitoring;
mod secrets;
mod stops;
mod support;
