//! The real binary in a process of its own: over the made-up vendors, real PostgreSQL, Prometheus and Alertmanager.

mod accounts;
mod away;
mod bill;
mod collector;
mod commands;
mod currency;
mod doors;
mod imports;
mod monitoring;
mod replicas;
mod scorecard;
mod secrets;
mod stops;
mod support;
mod weather;
