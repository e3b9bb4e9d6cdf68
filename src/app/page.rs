//! Keeping the page true: a new one after each change, and when the day turns.

use std::sync::Arc;
use std::time::Duration;

use tracing::warn;

use super::bells::Bells;
use crate::domain::clock::Clock;
use crate::metrics::{Publisher, Settings};
use crate::shutdown::Shutdown;
use crate::store::Store;

/// Windows such as "today" move with the clock even when nothing is synced.
const TICK: Duration = Duration::from_secs(60);
/// Changes come in bursts; one page a second is fresh enough.
const PAUSE: Duration = Duration::from_secs(1);

/// Publishes until stopped, and calls `published` after each page. While the database is away the last page stays.
pub(super) async fn keep(
    store: Store,
    publisher: Arc<Publisher>,
    settings: Arc<Settings>,
    clock: Clock,
    bells: Bells,
    shutdown: Shutdown,
    published: impl Fn(),
) {
    loop {
        match publisher.update(&store, &settings, clock.now()).await {
            Ok(()) => published(),
            Err(error) => warn!("the page keeps its last figures: {:#}", anyhow::Error::from(error)),
        }
        let next = async {
            tokio::time::sleep(PAUSE).await;
            // Woken or not, the clock has moved.
            let _ = tokio::time::timeout(TICK, bells.page.notified()).await;
        };
        if shutdown.hard().run_until_cancelled(next).await.is_none() {
            return;
        }
    }
}
