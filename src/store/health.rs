//! Whether the database answers, asked every few seconds.

use std::time::Duration;

use sqlx::postgres::PgPoolOptions;
use sqlx::{Executor, PgPool};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::Store;

/// A server that takes longer for `SELECT 1` is as good as away.
const PATIENCE: Duration = Duration::from_secs(5);

/// The last answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    Up,
    /// Why not, without user or password.
    Down(String),
}

impl Health {
    #[must_use]
    pub fn is_up(&self) -> bool {
        matches!(self, Self::Up)
    }
}

impl Store {
    /// Asks every `period` until `stop`, or until nobody listens. Starts as [`Health::Up`], since the pool has just connected.
    ///
    /// Needs a running tokio runtime.
    #[must_use]
    pub fn watch_health(&self, period: Duration, stop: CancellationToken) -> watch::Receiver<Health> {
        // A connection of its own: a pool that is busy for a while is not a server that is down.
        let options = self.pool.connect_options().as_ref().clone();
        let probe = PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE).connect_lazy_with(options);
        let (sender, receiver) = watch::channel(Health::Up);
        tokio::spawn(async move {
            tokio::select! {
                () = watch(&probe, period, &sender) => {}
                () = sender.closed() => {}
                () = stop.cancelled() => {}
            }
            probe.close().await;
        });
        receiver
    }
}

async fn watch(probe: &PgPool, period: Duration, sender: &watch::Sender<Health>) {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let health = ask(probe).await;
        sender.send_if_modified(|last| {
            match (&*last, &health) {
                (Health::Up, Health::Down(reason)) => tracing::error!(reason, "the database does not answer"),
                (Health::Down(_), Health::Up) => tracing::info!("the database answers again"),
                _ => {}
            }
            let changed = *last != health;
            *last = health;
            changed
        });
    }
}

async fn ask(probe: &PgPool) -> Health {
    match timeout(PATIENCE, probe.execute("SELECT 1")).await {
        Ok(Ok(_)) => Health::Up,
        Ok(Err(error)) => Health::Down(error.to_string()),
        Err(_) => Health::Down(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}
