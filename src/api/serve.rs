//! The listener: serves until told to stop, then lets running requests end.

use std::sync::Arc;

use axum::Router;
use axum::serve::Listener;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::connection::Host;
use super::limits::Limits;
use super::seats::Seats;
use super::tls::Tls;

/// Where the daemon is reached, and how.
pub struct Door {
    pub listener: TcpListener,
    /// Without it everything is in clear text.
    pub tls: Option<Tls>,
    pub limits: Limits,
}

/// Serves `router` until `stop`, and not much longer: a client that never reads its answer does not keep the daemon up.
pub async fn serve(door: Door, router: Router, stop: CancellationToken) {
    let Door { mut listener, tls, limits } = door;
    let slots = Arc::new(Semaphore::new(limits.connections));
    let seats = Seats::new(limits.connections_per_address);
    let host = Arc::new(Host { router, tls, limits, stop: stop.clone() });
    let connections = GracefulShutdown::new();
    let accept = async {
        // The semaphore is never closed.
        while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
            let (stream, peer) = Listener::accept(&mut listener).await;
            let Some(seat) = seats.take(peer.ip()) else {
                tracing::debug!("closing a connection: {} has {} already", peer.ip(), limits.connections_per_address);
                continue;
            };
            let (host, watcher) = (Arc::clone(&host), connections.watcher());
            tokio::spawn(async move {
                host.attend(stream, watcher).await;
                drop((seat, slot));
            });
        }
    };
    stop.run_until_cancelled(accept).await;
    drop(listener);
    if tokio::time::timeout(limits.drain_time, connections.shutdown()).await.is_err() {
        tracing::warn!("requests still run {} s after the stop, leaving them", limits.drain_time.as_secs());
    }
}

#[cfg(test)]
mod tests;
