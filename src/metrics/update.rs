//! From the database to the page, whenever the ledger or the calendar has moved.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Facts, Publisher, Settings, Summary};
use crate::domain::period::Day;
use crate::store::Store;
use crate::store::reporting::Range;

/// Why the page is not newer than it is.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    #[error("cannot read the ledger")]
    Read(#[from] sqlx::Error),
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
    /// Reads the ledger and publishes what it says at `now`, without holding up the runtime.
    ///
    /// # Errors
    ///
    /// The values of the last good page stay; one that could not be read for says that the database is down.
    pub async fn update(
        self: &Arc<Self>,
        store: &Store,
        settings: &Arc<Settings>,
        now: DateTime<Utc>,
    ) -> Result<(), UpdateError> {
        let facts = Facts::read(store, settings.range(now), now).await;
        self.set_database_up(facts.is_ok());
        let (publisher, settings) = (self.clone(), settings.clone());
        match facts {
            Ok(facts) => {
                let publish = move || publisher.publish(&Summary::build(now, &facts, &settings));
                Ok(tokio::task::spawn_blocking(publish).await??)
            }
            Err(error) => {
                self.refresh()?;
                Err(error.into())
            }
        }
    }
}
