//! The one connection that holds all of a process's locks, and on which processes talk to each other. It ends, they end.

use std::io;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::time::timeout;

use super::Store;
use super::lease::Fence;
use crate::domain::names::{AccountId, FeedName};

/// A server that takes longer for so little is as good as away.
const PATIENCE: Duration = Duration::from_secs(5);
/// Under which people find the connection in `pg_stat_activity`.
const NAME: &str = "llmtally leases";
/// What processes tell each other.
const CHANNEL: &str = "llmtally";
/// A row that a writer with an older number still holds.
const LOCK_TIMEOUT: &str = "55P03";

/// The server finds out within some 20 s that this machine has vanished, and lets others have the locks.
const SETTINGS: [(&str, &str); 7] = [
    ("tcp_keepalives_idle", "5"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "20s"),
    ("idle_session_timeout", "0"),
    ("statement_timeout", "5s"),
    ("lock_timeout", "1s"),
];

/// Session locks, ours as long as the connection lives. After an error it must not be used again.
pub struct Locks {
    pool: PgPool,
    listener: PgListener,
    pid: u32,
}

impl Drop for Locks {
    fn drop(&mut self) {
        // A pool that is open would try the connection for another use, and warn of a server that has ended meanwhile.
        drop(self.pool.close());
    }
}

impl Locks {
    /// Connects anew: a connection of the pool could be handed to others with its locks.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn open(store: &Store) -> sqlx::Result<Self> {
        let server = store.pool.connect_options().as_ref().clone().options(SETTINGS).application_name(NAME);
        let options = PgPoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        let pool = options.acquire_timeout(PATIENCE).connect_lazy_with(server);
        soon(async {
            let mut listener = PgListener::connect_with(&pool).await?;
            // A new connection would have none of the locks.
            listener.eager_reconnect(false);
            listener.listen(CHANNEL).await?;
            let pid = sqlx::query_scalar!(r#"SELECT pg_backend_pid() AS "pid!""#).fetch_one(&mut listener).await?;
            Ok(Self { pool: pool.clone(), listener, pid: pid.cast_unsigned() })
        })
        .await
    }

    /// Locks those of the feeds that nobody else works on.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn take(&mut self, wanted: &[(AccountId, FeedName)]) -> sqlx::Result<Vec<Fence>> {
        let accounts: Vec<i32> = wanted.iter().map(|(account, _)| account.0).collect();
        let feeds: Vec<String> = wanted.iter().map(|(_, feed)| feed.0.to_owned()).collect();
        let ours = sqlx::query_scalar!(
            r#"SELECT pg_try_advisory_lock(hashtextextended('llmtally feed ' || feed, account)) AS "ours!"
               FROM unnest($1::integer[], $2::text[]) WITH ORDINALITY AS wanted (account, feed, place) ORDER BY place"#,
            &accounts,
            &feeds,
        );
        let ours = soon(ours.fetch_all(&mut self.listener)).await?;
        let mut fences = Vec::new();
        for ((account, feed), ours) in wanted.iter().zip(ours) {
            if ours {
                match soon(Fence::raise(&mut self.listener, *account, *feed)).await {
                    Ok(fence) => fences.push(fence),
                    Err(error) if is_lock_timeout(&error) => self.unlock(*account, feed.0).await?,
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(fences)
    }

    /// Lets others have the feed.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn give_back(&mut self, fence: &Fence) -> sqlx::Result<()> {
        self.unlock(fence.account, &fence.feed).await
    }

    async fn unlock(&mut self, account: AccountId, feed: &str) -> sqlx::Result<()> {
        let unlock = sqlx::query!(
            "SELECT pg_advisory_unlock(hashtextextended('llmtally feed ' || $1::text, $2::integer))",
            feed,
            account.0,
        );
        soon(unlock.fetch_one(&mut self.listener)).await.map(drop)
    }

    /// Joins the daemons of this database.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn join(&mut self) -> sqlx::Result<()> {
        let join = sqlx::query!("SELECT pg_advisory_lock_shared(hashtextextended('llmtally daemon', 0))");
        soon(join.fetch_one(&mut self.listener)).await.map(drop)
    }

    /// Whether there is no other daemon that has joined: only then can the lock that all share be had alone.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn are_alone(&mut self) -> sqlx::Result<bool> {
        let alone = sqlx::query_scalar!(
            r#"SELECT CASE WHEN pg_try_advisory_lock(hashtextextended('llmtally daemon', 0))
                           THEN pg_advisory_unlock(hashtextextended('llmtally daemon', 0))
                           ELSE false END AS "alone!""#
        );
        soon(alone.fetch_one(&mut self.listener)).await
    }

    /// Becomes the leader, unless another is.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn lead(&mut self) -> sqlx::Result<bool> {
        let lead =
            sqlx::query_scalar!(r#"SELECT pg_try_advisory_lock(hashtextextended('llmtally leader', 0)) AS "ours!""#);
        soon(lead.fetch_one(&mut self.listener)).await
    }

    /// Tells the other processes on this database.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn tell(&mut self, word: &str) -> sqlx::Result<()> {
        let tell = sqlx::query!("SELECT pg_notify($1, $2)", CHANNEL, word);
        soon(tell.fetch_one(&mut self.listener)).await.map(drop)
    }

    /// Waits for what another process tells.
    ///
    /// # Errors
    ///
    /// The connection is lost.
    pub async fn hear(&mut self) -> sqlx::Result<String> {
        loop {
            match self.listener.try_recv().await? {
                None => return Err(io::Error::from(io::ErrorKind::ConnectionAborted).into()),
                // The server sends us our own words, too.
                Some(word) if word.process_id() == self.pid => {}
                Some(word) => return Ok(word.payload().to_owned()),
            }
        }
    }
}

fn is_lock_timeout(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|code| code == LOCK_TIMEOUT)
}

async fn soon<T>(work: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    timeout(PATIENCE, work).await.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()))
}
