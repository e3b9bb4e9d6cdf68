//! Price tables that were fetched: the last good one outlives a restart.

use chrono::{DateTime, Utc};

use super::Store;

impl Store {
    /// The table that was fetched last.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn latest_catalog(&self) -> sqlx::Result<Option<Vec<u8>>> {
        sqlx::query_scalar!("SELECT body FROM price_catalogs ORDER BY loaded_at DESC LIMIT 1")
            .fetch_optional(self.pool())
            .await
    }

    /// Keeps a table; one that was kept before becomes the latest again.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn save_catalog(&self, checksum: &[u8], body: &[u8], now: DateTime<Utc>) -> sqlx::Result<()> {
        sqlx::query!(
            "INSERT INTO price_catalogs (loaded_at, checksum, body) VALUES ($1, $2, $3)
             ON CONFLICT (checksum) DO UPDATE SET loaded_at = excluded.loaded_at",
            now,
            checksum,
            body,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }
}
