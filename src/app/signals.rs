//! Signals of the process: the first asks to stop, the second insists. A hangup means either that a terminal is gone, or that somebody
//! thinks of other daemons, which read their configuration again.

use std::io::IsTerminal;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{info, warn};

use crate::shutdown::Shutdown;

/// Watches for SIGTERM, Ctrl-C and hangups. `grace` after the first of them, or at the second, what still runs is dropped.
///
/// # Errors
///
/// The system refuses signal handlers.
pub(super) fn watch(shutdown: Shutdown, grace: Duration) -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(mind_hangups(signal(SignalKind::hangup())?, shutdown.clone()));
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

/// Waits for the first SIGTERM or Ctrl-C, which from now on ends nothing by itself.
///
/// # Errors
///
/// The system refuses signal handlers.
pub(super) async fn first() -> std::io::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// A terminal that is closed asks to stop, and does not insist: a shell may say so a second time. Everybody else is told to start again.
async fn mind_hangups(mut hangups: Signal, shutdown: Shutdown) {
    // Later, a terminal that is gone looks like none.
    let on_terminal = std::io::stderr().is_terminal();
    while hangups.recv().await.is_some() {
        if on_terminal {
            info!("SIGHUP: stopping, as the terminal is gone");
            shutdown.ask();
        } else {
            info!("SIGHUP: going on; configuration is read at the start, restart to apply changes");
        }
    }
}
