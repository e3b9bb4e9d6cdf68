//! Keeping the page true: a new one after each change, and when the day turns.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tracing::{error, warn};

use super::bells::Bells;
use crate::domain::clock::Clock;
use crate::metrics::{Facts, Publisher, Settings, Summary};
use crate::shutdown::Shutdown;
use crate::store::Store;

/// Windows such as "today" move with the clock even when nothing is synced.
const TICK: Duration = Duration::from_secs(60);
/// Changes come in bursts; one page a second is fresh enough.
const PAUSE: Duration = Duration::from_secs(1);

/// Publishes until stopped. While the database is away the last page stays.
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
        match publish(&store, &publisher, &settings, &clock).await {
            Ok(()) => published(),
            Err(error) => {
                warn!("the page stays as it was: {error:#}");
                if let Err(error) = publisher.refresh() {
                    error!("the page cannot be encoded: {error}");
                }
            }
        }
        let next = async {
            tokio::time::sleep(PAUSE).await;
            let _ = tokio::time::timeout(TICK, bells.page.notified()).await;
        };
        if shutdown.hard().run_until_cancelled(next).await.is_none() {
            return;
        }
    }
}

/// Makes one page from what the database holds now.
///
/// # Errors
///
/// The database's, or a value that cannot be encoded.
pub(super) async fn publish(
    store: &Store,
    publisher: &Arc<Publisher>,
    settings: &Arc<Settings>,
    clock: &Clock,
) -> Result<()> {
    let now = clock.now();
    let facts = Facts {
        daily: store.daily_rows(settings.range(now)).await?,
        feeds: store.feed_status().await?,
        restated: store.restated().await?,
    };
    let (publisher, settings) = (Arc::clone(publisher), Arc::clone(settings));
    tokio::task::spawn_blocking(move || publisher.publish(&Summary::build(now, &facts, &settings))).await??;
    Ok(())
}
