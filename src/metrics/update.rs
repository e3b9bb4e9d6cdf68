//! From the database to the page, whenever the ledger or the calendar has moved.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Facts, Publisher, Settings, Summary};
use crate::domain::money::Currency;
use crate::domain::period::Day;
use crate::store::Store;
use crate::store::reporting::Range;

/// Why the page is not newer than it is.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    #[error("cannot read the ledger")]
    Read(#[from] sqlx::Error),
    #[error("sums are in {found} yet, not in {wanted}")]
    OtherCurrency { wanted: Currency, found: Currency },
    #[error("cannot encode the page")]
    Encode(#[from] fmt::Error),
    #[error("making the page was cut short")]
    Stopped(#[from] tokio::task::JoinError),
}

impl Facts {
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn read(store: &Store, range: Range, now: DateTime<Utc>) -> sqlx::Result<Self> {
        let daily = store.daily_rows(range).await?;
        let (feeds, restated) = (store.feed_status().await?, store.restated().await?);
        let sessions = store.latest_sessions().await?;
        let snapshots = store.snapshots_since(Day::of(now).minus(Settings::SNAPSHOT_DAYS).start()).await?;
        Ok(Self { daily, feeds, restated, sessions, snapshots })
    }
}

impl Publisher {
    /// Reads the ledger and publishes what it says at `now`, without holding up the runtime. Who does not lead publishes only what it
    /// knows of itself.
    ///
    /// # Errors
    ///
    /// The values of the last good page stay; one that could not be read for says that the database is down. While sums are in
    /// another currency than the settings say, there are no new figures: limits of budgets would be held against the wrong money.
    pub async fn update(
        self: &Arc<Self>,
        store: &Store,
        settings: &Arc<Settings>,
        now: DateTime<Utc>,
    ) -> Result<(), UpdateError> {
        if !self.leads() {
            return Ok(self.refresh()?);
        }
        let facts = read_in(settings.currency, store, settings.range(now), now).await;
        self.set_database_up(!matches!(facts, Err(UpdateError::Read(_))));
        let (publisher, settings) = (self.clone(), settings.clone());
        match facts {
            Ok(facts) => {
                let publish = move || publisher.publish(&Summary::build(now, &facts, &settings));
                Ok(tokio::task::spawn_blocking(publish).await??)
            }
            Err(error) => {
                self.refresh()?;
                Err(error)
            }
        }
    }
}

/// What the database tells while all sums are in `wanted`.
async fn read_in(wanted: Currency, store: &Store, range: Range, now: DateTime<Utc>) -> Result<Facts, UpdateError> {
    let check = async || match store.reporting_currency().await? {
        found if found == wanted => Ok(()),
        found => Err(UpdateError::OtherCurrency { wanted, found }),
    };
    check().await?;
    let facts = Facts::read(store, range, now).await?;
    // Asked in several statements, between which another leader may have changed it.
    check().await?;
    Ok(facts)
}
