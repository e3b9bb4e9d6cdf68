//! A migrated database of its own on the server of `DATABASE_URL`, and the yardstick: a raw COPY of the same rows.

use std::error::Error;
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use llmtally::config::Environment;
use llmtally::domain::names::{AccountId, AccountName, FeedName, Provider};
use llmtally::store::Store;
use llmtally::store::lease::Fence;
use llmtally::store::locks::Locks;
use sqlx::postgres::{PgConnectOptions, PgPoolCopyExt, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::table::ROUNDS;

pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

pub(crate) struct Scratch {
    pub store: Store,
    server: PgConnectOptions,
    name: String,
}

impl Scratch {
    /// Has `work` done with a database that is gone afterwards, whatever comes of it.
    pub(crate) async fn lend(work: impl AsyncFnOnce(&Self) -> Result<()>) -> Result<()> {
        let scratch = Self::new().await?;
        let done = work(&scratch).await;
        scratch.drop().await?;
        done
    }

    async fn new() -> Result<Self> {
        let environment = Environment::of_process();
        let url =
            environment.get("DATABASE_URL").ok_or("DATABASE_URL is not set: run it under scripts/with-postgres")?;
        let server: PgConnectOptions = url.parse()?;
        let name = format!("llmtally_bench_{}", std::process::id());
        let mut connection = PgConnection::connect_with(&server).await?;
        connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await?;
        let pool = PgPoolOptions::new().connect_with(server.clone().database(&name)).await?;
        sqlx::migrate!().run(&pool).await?;
        Ok(Self { store: Store::new(pool), server, name })
    }

    pub(crate) async fn account(&self) -> Result<AccountId> {
        let name = AccountName { provider: Provider::OpenAi, account: "default".to_owned() };
        let accounts = self.store.register_accounts(&[name]).await?;
        accounts.first().copied().ok_or_else(|| "no account".into())
    }

    /// The right to write for a feed of the account.
    pub(crate) async fn fence(&self, feed: &'static str) -> Result<Fence> {
        let wanted = [(self.account().await?, FeedName(feed))];
        let mut fences = Locks::open(&self.store).await?.take(&wanted).await?;
        fences.pop().ok_or_else(|| "somebody else has the feed".into())
    }

    pub(crate) async fn run(&self, sql: &str) -> Result<()> {
        self.store.pool().execute(AssertSqlSafe(sql.to_owned())).await?;
        Ok(())
    }

    /// The best time of a raw COPY of what `table` holds into an empty twin with the same indexes.
    pub(crate) async fn raw_copy(&self, table: &str) -> Result<Duration> {
        let pool = self.store.pool();
        let out = pool.copy_out_raw(&format!("COPY {table} TO STDOUT")).await?;
        let rows: Vec<_> = out.try_collect().await?;
        self.run(&format!("CREATE TABLE raw (LIKE {table} INCLUDING ALL)")).await?;
        let mut best = Duration::MAX;
        for _ in 0..ROUNDS {
            self.run("TRUNCATE raw").await?;
            let copy = async {
                let mut copy = pool.copy_in_raw("COPY raw FROM STDIN").await?;
                for chunk in rows.chunks(1024) {
                    copy.send(chunk.concat()).await?;
                }
                copy.finish().await?;
                Ok(())
            };
            best = best.min(timed(copy).await?.0);
        }
        self.run("DROP TABLE raw").await?;
        Ok(best)
    }

    async fn drop(self) -> Result<()> {
        self.store.pool().close().await;
        let mut connection = PgConnection::connect_with(&self.server).await?;
        connection.execute(AssertSqlSafe(format!("DROP DATABASE {} WITH (FORCE)", self.name))).await?;
        Ok(())
    }
}

/// How long `work` took, and what it came to.
pub(crate) async fn timed<T>(work: impl Future<Output = Result<T>>) -> Result<(Duration, T)> {
    let start = Instant::now();
    let value = work.await?;
    Ok((start.elapsed(), value))
}
