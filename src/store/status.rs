//! Marks of days and the state of feeds.

use chrono::{DateTime, Utc};

use super::Store;
use super::lease::{Fence, WriteError};
use crate::domain::names::AccountId;
use crate::domain::period::Day;

/// A day that a feed has answered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayMark {
    pub day: Day,
    pub fetched_at: DateTime<Utc>,
    pub settled: bool,
    pub held: bool,
}

/// How a run ended.
#[derive(Debug, Clone, Copy)]
pub struct RunEnd<'a> {
    pub at: DateTime<Utc>,
    /// Reason (closed set) and message of a failure.
    pub failure: Option<(&'a str, &'a str)>,
    pub next_attempt: Option<DateTime<Utc>>,
}

impl Store {
    /// All marks of a feed.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn marks(&self, account: AccountId, feed: &str) -> sqlx::Result<Vec<DayMark>> {
        sqlx::query_as!(
            DayMark,
            r#"SELECT day AS "day: Day", fetched_at, settled, vanished_at IS NOT NULL AS "held!"
               FROM feed_days WHERE account_id = $1 AND feed = $2"#,
            account.0,
            feed,
        )
        .fetch_all(self.pool())
        .await
    }

    /// Lets go of days before `oldest` that are held: nobody can confirm any more that they fell, so what is stored stays.
    /// Returns them.
    ///
    /// # Errors
    ///
    /// The database's, or somebody else has taken the feed over.
    pub async fn release_days(&self, fence: &Fence, oldest: Day) -> Result<Vec<Day>, WriteError> {
        let mut transaction = self.begin(fence).await?;
        let released = sqlx::query_scalar!(
            r#"UPDATE feed_days SET vanished_at = NULL
               WHERE account_id = $1 AND feed = $2 AND day < $3 AND vanished_at IS NOT NULL
               RETURNING day AS "day: Day""#,
            fence.account.0,
            &*fence.feed,
            oldest.date(),
        )
        .fetch_all(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(released)
    }

    /// When the feed last began a run.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn last_attempt(&self, account: AccountId, feed: &str) -> sqlx::Result<Option<DateTime<Utc>>> {
        sqlx::query_scalar!(
            "SELECT last_attempt_at FROM feed_status WHERE account_id = $1 AND feed = $2",
            account.0,
            feed,
        )
        .fetch_optional(self.pool())
        .await
    }

    /// Writes down how a run ended.
    ///
    /// # Errors
    ///
    /// The database's, or somebody else has taken the feed over.
    pub async fn save_run(&self, fence: &Fence, end: RunEnd<'_>) -> Result<(), WriteError> {
        let mut transaction = self.begin(fence).await?;
        sqlx::query!(
            "INSERT INTO feed_status (account_id, feed, last_attempt_at, last_success_at, next_attempt_at,
                                      failure_reason, failure_message)
             VALUES ($1, $2, $3, CASE WHEN $5::text IS NULL THEN $3::timestamptz END, $4, $5, $6)
             ON CONFLICT (account_id, feed) DO UPDATE SET
                 last_attempt_at = excluded.last_attempt_at,
                 last_success_at = coalesce(excluded.last_success_at, feed_status.last_success_at),
                 next_attempt_at = excluded.next_attempt_at,
                 failure_reason = excluded.failure_reason,
                 failure_message = excluded.failure_message",
            fence.account.0,
            &*fence.feed,
            end.at,
            end.next_attempt,
            end.failure.map(|(reason, _)| reason),
            end.failure.map(|(_, message)| message),
        )
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    /// Writes down when a feed tries again.
    ///
    /// # Errors
    ///
    /// The database's, or somebody else has taken the feed over.
    pub async fn save_next_attempt(&self, fence: &Fence, at: DateTime<Utc>) -> Result<(), WriteError> {
        let mut transaction = self.begin(fence).await?;
        sqlx::query!(
            "UPDATE feed_status SET next_attempt_at = $3 WHERE account_id = $1 AND feed = $2",
            fence.account.0,
            &*fence.feed,
            at,
        )
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }
}
