//! Signals of the process: the first asks to stop, the second insists.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tracing::{info, warn};

use crate::shutdown::Shutdown;

/// Watches for SIGTERM and Ctrl-C. `grace` after the first of them, or at the second, what still runs is dropped.
///
/// # Errors
///
/// The system refuses signal handlers.
pub(super) fn watch(shutdown: Shutdown, grace: Duration) -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        let mut next = async || {
            tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
            }
        };
        tokio::select! {
            name = next() => {
                info!("{name}: stopping once running windows are stored, {} s at most", grace.as_secs());
                shutdown.ask();
            }
            // The daemon stops by itself: it has no more time for that than when it is told to.
            () = shutdown.soft().cancelled() => {}
        }
        tokio::select! {
            name = next() => warn!("{name} again: stopping at once"),
            () = tokio::time::sleep(grace) => {}
        }
        shutdown.insist();
    });
    Ok(())
}
