//! The collector that the daemon tells of itself, where there is one.

use std::sync::Arc;

use anyhow::{Result, anyhow};
use nix::unistd::gethostname;

use super::house::House;
use crate::config::{Config, PushInterval};
use crate::metrics::Pusher;
use crate::providers::http::shared_client;
use crate::telemetry::Otlp;

/// Where spans and metrics go, if anywhere.
///
/// # Errors
///
/// What is wrong with the headers.
pub(super) fn of(config: &Config) -> Result<Option<Otlp>> {
    let Some(endpoint) = config.telemetry.otlp_endpoint.clone() else { return Ok(None) };
    let headers = config.telemetry.headers();
    let headers = headers.map_err(|(suffix, message)| anyhow!("telemetry.otlp_headers{suffix}: {message}"))?;
    Ok(Some(Otlp { client: shared_client()?, endpoint, headers, instance: instance(config) }))
}

/// Who sends the page to the collector, where that is wanted.
///
/// # Errors
///
/// What is wrong with the headers.
pub(super) fn pusher(house: &House) -> Result<Option<Pusher>> {
    let PushInterval::Every(every) = house.config.telemetry.otlp_metrics_interval else { return Ok(None) };
    let otlp = of(&house.config)?;
    Ok(otlp.map(|otlp| Pusher::new(Arc::clone(&house.publisher), &otlp, every, house.clock.clone())))
}

/// The same after a restart, and another for each daemon that has an address of its own.
fn instance(config: &Config) -> String {
    let host = gethostname().unwrap_or_default();
    format!("{}:{}", host.to_string_lossy(), config.http.listen.port())
}
