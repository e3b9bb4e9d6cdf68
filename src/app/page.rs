//! Keeping the page true: a new one after each change, and when the day turns.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tracing::warn;

use super::bells::Bells;
use crate::domain::clock::Clock;
use crate::metrics::{Publisher, Settings};
use crate::shutdown::Shutdown;
use crate::store::Store;
use crate::sync::leases::{Leases, Word};

/// Windows such as "today" move with the clock even when nothing is synced.
const TICK: Duration = Duration::from_secs(60);
/// Changes come in bursts; one page a second is fresh enough.
const PAUSE: Duration = Duration::from_secs(1);

/// Publishes until stopped, and calls `published` after each page. While the database is away the last page stays. Who does not
/// lead shows no figures, and tells the leader what is new.
pub(super) async fn keep(
    store: Store,
    publisher: Arc<Publisher>,
    settings: Arc<Settings>,
    clock: Clock,
    bells: Bells,
    leases: Leases,
    shutdown: Shutdown,
    published: impl Fn(),
) {
    let mut leadership = leases.leadership();
    // Until it is known who leads there is nothing to show.
    if shutdown.hard().run_until_cancelled(leadership.wait_for(Option::is_some)).await.is_none() {
        return;
    }
    let mut news = false;
    loop {
        let leads = *leadership.borrow_and_update() == Some(true);
        let update = async {
            publisher.set_leader(leads)?;
            publisher.update(&store, &settings, clock.now()).await
        };
        tokio::select! {
            // However long the database takes: who has lost the lead shows nothing from now on.
            () = changed(&mut leadership) => continue,
            updated = update => match updated {
                Ok(()) => published(),
                Err(error) => warn!("the page keeps its last figures: {:#}", anyhow::Error::from(error)),
            },
        }
        if news && !leads {
            leases.tell(Word::News);
        }
        let next = async {
            tokio::select! {
                () = changed(&mut leadership) => false,
                // Woken or not, the clock has moved.
                rung = async {
                    tokio::time::sleep(PAUSE).await;
                    tokio::time::timeout(TICK, bells.page.notified()).await.is_ok()
                } => rung,
            }
        };
        match shutdown.hard().run_until_cancelled(next).await {
            Some(rung) => news = rung,
            None => return,
        }
    }
}

async fn changed(leadership: &mut watch::Receiver<Option<bool>>) {
    // Nobody says anything any more: it stays as it is.
    if leadership.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}
