//! The price list of the daemon: the last good table, overrides from a file, a refresh now and then.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tracing::{info, warn};

use super::bells::Bells;
use crate::config::{Config, Refresh};
use crate::domain::clock::Clock;
use crate::pricing::{self, Catalog, Prices, source};
use crate::providers::feed::FetchError;
use crate::providers::http::download;
use crate::shutdown::Shutdown;
use crate::store::Store;

/// After a refresh that failed.
const RETRY: Duration = Duration::from_secs(3600);

/// The table that came with the binary, under the overrides of the configuration.
///
/// # Errors
///
/// An overrides file that cannot be read, with the line at fault.
pub(super) fn bundled(config: &Config) -> Result<Arc<Prices>> {
    let overrides = config.prices.read_overrides().map_err(|message| anyhow::anyhow!("prices.overrides: {message}"))?;
    Ok(Arc::new(Prices::new(Catalog::bundled(overrides))))
}

/// Takes the last table that was fetched, if it is still good and tables are fetched at all: otherwise the built-in one, which
/// comes with each new version, would never be used again.
///
/// # Errors
///
/// The database's.
pub(super) async fn restore(prices: &Prices, store: &Store, refresh: Refresh) -> Result<()> {
    if refresh != Refresh::Off
        && let Some(body) = store.latest_catalog().await?
        && let Err(error) = prices.refresh(&body)
    {
        warn!("the stored price table is not usable any more, the built-in one is: {error}");
    }
    Ok(())
}

/// Fetches the table by schedule until stopped; what is fetched is kept in the database.
pub(super) async fn keep(
    prices: Arc<Prices>,
    store: Store,
    refresh: Refresh,
    url: String,
    clock: Clock,
    bells: Bells,
    shutdown: Shutdown,
) {
    let Refresh::Every(every) = refresh else { return };
    loop {
        let Some(body) = shutdown.soft().run_until_cancelled(download(&url, source::MAX_BYTES)).await else { return };
        let pause = match take(&prices, &store, body, &clock).await {
            Ok(changed) => {
                if changed {
                    info!("new price table");
                    bells.ledger.notify_one();
                }
                every
            }
            Err(error) => {
                warn!(url, "the price table was not refreshed, the last good one stays: {error:#}");
                RETRY.min(every)
            }
        };
        if shutdown.soft().run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return;
        }
    }
}

async fn take(prices: &Prices, store: &Store, body: Result<Vec<u8>, FetchError>, clock: &Clock) -> Result<bool> {
    let body = body?;
    match prices.refresh(&body)? {
        pricing::Refresh::Unchanged => Ok(false),
        pricing::Refresh::Replaced => {
            store.save_catalog(&Catalog::checksum_of(&body), &body, clock.now()).await?;
            Ok(true)
        }
    }
}
