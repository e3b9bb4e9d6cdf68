//! Whether the database answers, asked every few seconds.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::Store;

/// A server that takes longer for nothing is as good as away.
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
        let mut probe = Probe { server: self.pool.connect_options().as_ref().clone(), connection: None };
        let (sender, receiver) = watch::channel(Health::Up);
        tokio::spawn(async move {
            tokio::select! {
                () = watch(&mut probe, period, &sender) => {}
                () = sender.closed() => {}
                () = stop.cancelled() => {}
            }
        });
        receiver
    }
}

async fn watch(probe: &mut Probe, period: Duration, sender: &watch::Sender<Health>) {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let health = probe.ask().await;
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

struct Probe {
    server: PgConnectOptions,
    connection: Option<PgConnection>,
}

impl Probe {
    async fn ask(&mut self) -> Health {
        match timeout(PATIENCE, self.ping()).await {
            Ok(Ok(())) => Health::Up,
            Ok(Err(error)) => Health::Down(error.to_string()),
            Err(_) => Health::Down(format!("no answer within {} s", PATIENCE.as_secs())),
        }
    }

    /// Keeps the connection only when it has answered.
    async fn ping(&mut self) -> Result<(), sqlx::Error> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => PgConnection::connect_with(&self.server).await?,
        };
        connection.ping().await?;
        self.connection = Some(connection);
        Ok(())
    }
}
