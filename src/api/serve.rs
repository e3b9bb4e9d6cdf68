//! The listener: serves until told to stop, then lets running requests end.

use std::io;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long running requests have once the daemon stops.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves `router` until `stop`, and not much longer: a client that never reads its answer does not keep the daemon up.
///
/// # Errors
///
/// When the listener fails.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) -> io::Result<()> {
    let drained = async {
        stop.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    };
    let server = axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
    tokio::select! {
        result = server => result,
        () = drained => {
            tracing::warn!("requests still run {} s after the stop, leaving them", DRAIN.as_secs());
            Ok(())
        }
    }
}
