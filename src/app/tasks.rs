//! The daemon's own tasks: one that panics takes the daemon down, so that nothing half alive looks healthy.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};

use anyhow::{Result, bail};
use futures::FutureExt;
use tokio_util::task::TaskTracker;
use tracing::error;

use crate::shutdown::Shutdown;

/// What runs beside each other until the stop.
#[derive(Debug, Clone)]
pub(super) struct Tasks {
    running: TaskTracker,
    shutdown: Shutdown,
    /// The first that panicked.
    panicked: Arc<OnceLock<String>>,
}

impl Tasks {
    #[must_use]
    pub(super) fn new(shutdown: Shutdown) -> Self {
        Self { running: TaskTracker::new(), shutdown, panicked: Arc::default() }
    }

    /// Runs a task that the stop waits for: it has to end by itself once it is asked to.
    pub(super) fn spawn(&self, name: &str, work: impl Future<Output = ()> + Send + 'static) {
        self.running.spawn(self.guard(name, work));
    }

    /// `work`, which asks the daemon to stop where it panics: `None` then.
    pub(super) fn guard<T, W>(&self, name: &str, work: W) -> impl Future<Output = Option<T>> + Send + use<T, W>
    where
        W: Future<Output = T> + Send,
    {
        let (name, tasks) = (name.to_owned(), self.clone());
        // Nobody looks at what a panic has left behind: all that follows is the stop.
        AssertUnwindSafe(work).catch_unwind().map(move |done| {
            if done.is_err() {
                error!("the {name} task panicked: stopping, as the daemon is no use without it");
                let _ = tasks.panicked.set(name);
                tasks.shutdown.ask();
            }
            done.ok()
        })
    }

    /// Waits for the stop and the end of every task.
    ///
    /// # Errors
    ///
    /// When the stop came from a panic.
    pub(super) async fn ended(&self) -> Result<()> {
        self.shutdown.soft().cancelled().await;
        self.running.close();
        self.running.wait().await;
        match self.panicked.get() {
            Some(name) => bail!("the {name} task panicked"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_stops_the_others_softly_and_is_an_error() {
        let shutdown = Shutdown::new();
        let tasks = Tasks::new(shutdown.clone());
        let (stop, hard) = (shutdown.soft().clone(), shutdown.hard().clone());
        let finished = Arc::new(OnceLock::new());
        let other = Arc::clone(&finished);
        tasks.spawn("patient", async move {
            stop.cancelled().await;
            let _ = other.set(hard.is_cancelled());
        });
        tasks.spawn("clumsy", async { panic!("on purpose") });
        let error = tasks.ended().await.unwrap_err();
        assert!(error.to_string().contains("clumsy"), "{error}");
        assert_eq!(finished.get(), Some(&false), "the other task was not left to finish");
    }

    #[tokio::test]
    async fn a_task_that_is_done_stops_nobody() {
        let shutdown = Shutdown::new();
        let tasks = Tasks::new(shutdown.clone());
        assert_eq!(tasks.guard("short", async { 7 }).await, Some(7));
        assert!(!shutdown.asked());
        shutdown.ask();
        tasks.ended().await.unwrap();
    }
}
