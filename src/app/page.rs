//! Keeping the page true: a new one after each change, and when the day turns.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tracing::{debug, warn};

use super::bells::Bells;
use crate::domain::clock::Clock;
use crate::metrics::update::UpdateError;
use crate::metrics::{Publisher, Settings};
use crate::shutdown::Shutdown;
use crate::store::Store;
use crate::sync::leases::{Leases, Word};

/// Windows such as "today" move with the clock even when nothing is synced.
const TICK: Duration = Duration::from_secs(60);
/// Changes come in bursts; one page a second is fresh enough.
const PAUSE: Duration = Duration::from_secs(1);

/// What it takes to make pages.
pub(super) struct Press {
    pub(super) store: Store,
    pub(super) publisher: Arc<Publisher>,
    pub(super) settings: Arc<Settings>,
    pub(super) clock: Clock,
    pub(super) bells: Bells,
    pub(super) leases: Leases,
    pub(super) shutdown: Shutdown,
}

impl Press {
    /// Publishes until stopped, and calls `published` after each page. While the database is away the last page stays. Who does
    /// not lead shows no figures, and tells the leader what is new.
    pub(super) async fn keep(self, published: impl Fn()) {
        let mut leadership = self.leases.leadership();
        // Until it is known who leads there is nothing to show.
        let known = leadership.wait_for(Option::is_some);
        if self.shutdown.hard().run_until_cancelled(known).await.is_none() {
            return;
        }
        let mut news = false;
        loop {
            let leads = *leadership.borrow_and_update() == Some(true);
            let update = async {
                self.publisher.set_leader(leads)?;
                self.publisher.update(&self.store, &self.settings, self.clock.now()).await
            };
            tokio::select! {
                // However long the database takes: who has lost the lead shows nothing from now on.
                () = changed(&mut leadership) => continue,
                updated = update => match updated {
                    Ok(()) => published(),
                    // Its turn comes as soon as the ledger's keeper has written the rates, who says what is in the way.
                    Err(error @ UpdateError::OtherCurrency { .. }) => debug!("the page keeps its last figures: {error}"),
                    Err(error) => warn!("the page keeps its last figures: {:#}", anyhow::Error::from(error)),
                },
            }
            if news && !leads {
                self.leases.tell(Word::News);
            }
            match self.shutdown.hard().run_until_cancelled(self.next(&mut leadership)).await {
                Some(rung) => news = rung,
                None => return,
            }
        }
    }

    /// Waits until a new page is due; true where somebody rang.
    async fn next(&self, leadership: &mut watch::Receiver<Option<bool>>) -> bool {
        let rung = async {
            tokio::time::sleep(PAUSE).await;
            // Woken or not, the clock has moved.
            tokio::time::timeout(TICK, self.bells.page.notified()).await.is_ok()
        };
        tokio::select! {
            () = changed(leadership) => false,
            rung = rung => rung,
        }
    }
}

async fn changed(leadership: &mut watch::Receiver<Option<bool>>) {
    // Where nobody says anything any more, it stays as it is.
    if leadership.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}
