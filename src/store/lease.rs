//! The right to write what a feed says, and its proof: a number that goes up with each holder.

use std::borrow::Cow;

use sqlx::postgres::PgListener;
use sqlx::{PgConnection, PgExecutor, PgTransaction};

use super::Store;
use crate::domain::names::{AccountId, FeedName};

/// A holder's number. Whatever writes for a feed asks for one, and it comes from nowhere but [`super::locks::Locks::take`]
/// and, for a single transaction, from within this folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    pub(super) account: AccountId,
    pub(super) feed: Cow<'static, str>,
    epoch: i64,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("another llmtally has taken the feed over")]
    Fenced,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl Fence {
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.account
    }

    #[must_use]
    pub fn is_for(&self, account: AccountId, feed: &str) -> bool {
        self.account == account && self.feed == feed
    }

    /// The next number of a feed, on the connection that holds its lock. Waits for a writer with an older one to end.
    pub(super) async fn raise(listener: &mut PgListener, account: AccountId, feed: FeedName) -> sqlx::Result<Self> {
        Ok(Self { account, feed: Cow::Borrowed(feed.0), epoch: next(listener, account, feed.0).await? })
    }

    /// The right to write for a feed within one transaction, for those who write once and hold nothing.
    pub(super) async fn within(connection: &mut PgConnection, account: AccountId, feed: &str) -> sqlx::Result<Self> {
        Ok(Self { account, feed: Cow::Owned(feed.to_owned()), epoch: next(connection, account, feed).await? })
    }
}

async fn next<'c>(database: impl PgExecutor<'c>, account: AccountId, feed: &str) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        "INSERT INTO feed_leases AS lease (account_id, feed, epoch, taken_at, holder)
         VALUES ($1, $2, 1, now(), host(inet_client_addr()))
         ON CONFLICT (account_id, feed) DO UPDATE
             SET epoch = lease.epoch + 1, taken_at = excluded.taken_at, holder = excluded.holder
         RETURNING epoch",
        account.0,
        feed,
    )
    .fetch_one(database)
    .await
}

impl Store {
    /// Begins to write as the holder of `fence`: until the transaction ends nobody writes for the feed beside it, nor takes it.
    pub(super) async fn begin(&self, fence: &Fence) -> Result<PgTransaction<'static>, WriteError> {
        let mut transaction = self.pool.begin().await?;
        let ours = sqlx::query_scalar!(
            r#"SELECT epoch = $3 AS "ours!" FROM feed_leases WHERE account_id = $1 AND feed = $2 FOR UPDATE"#,
            fence.account.0,
            &*fence.feed,
            fence.epoch,
        )
        .fetch_optional(&mut *transaction)
        .await?;
        if ours == Some(true) { Ok(transaction) } else { Err(WriteError::Fenced) }
    }

    /// Who holds the feed or held it last, for people.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn holder(&self, account: AccountId, feed: FeedName) -> sqlx::Result<Option<String>> {
        let lease = sqlx::query!(
            "SELECT holder, taken_at FROM feed_leases WHERE account_id = $1 AND feed = $2",
            account.0,
            feed.0,
        )
        .fetch_optional(self.pool())
        .await?;
        Ok(lease.map(|lease| {
            let place = lease.holder.unwrap_or_else(|| "the database's own machine".to_owned());
            format!("from {place}, since {}", lease.taken_at.format("%Y-%m-%d %H:%M:%S UTC"))
        }))
    }
}
