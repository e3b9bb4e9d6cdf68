//! TimescaleDB where the server has it. Nothing needs it: views, queries and results are the same without.
//!
//! Statements that name its functions are not checked at compile time, since a plain server does not know them.

use std::fmt;

use serde::{Deserialize, Serialize};
use sqlx::{Connection, Executor, PgConnection};

/// What to do with TimescaleDB: `auto` uses it where it is, `off` leaves the tables as they are, `require` insists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimescaleMode {
    #[default]
    Auto,
    Off,
    Require,
}

/// What the server offers in this database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// PostgreSQL alone.
    Plain,
    /// Hypertables, without compression.
    Apache,
    Community,
}

impl Edition {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Apache => "apache",
            Self::Community => "community",
        }
    }
}

impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Debug, thiserror::Error)]
pub enum TimescaleError {
    #[error(
        "storage.timescale = \"require\", but the server has no TimescaleDB loaded: add timescaledb to \
         shared_preload_libraries, or set it to \"auto\""
    )]
    Missing,
    #[error("cannot set up TimescaleDB: {0}")]
    Failed(#[from] sqlx::Error),
}

/// Tables that grow for ever, with their time column.
const HYPERTABLES: [(&str, &str); 4] =
    [("cost_records", "at"), ("usage_records", "at"), ("calls", "at"), ("spend", "day")];

/// Keeps several daemons from converting the same tables at once.
const LOCK: i64 = 0x6c6c_6d74_616c_6c79;

/// Uses what the server offers, as `mode` says, and writes down the outcome in `storage_features`.
pub(super) async fn set_up(connection: &mut PgConnection, mode: TimescaleMode) -> Result<(), TimescaleError> {
    if mode != TimescaleMode::Off && is_loaded(connection).await? {
        match enable(connection).await {
            Err(error) if mode == TimescaleMode::Auto => {
                tracing::warn!(%error, "going on without TimescaleDB, although the server has it");
            }
            outcome => outcome?,
        }
    }
    let edition = edition(connection).await?;
    if edition == Edition::Plain && mode == TimescaleMode::Require {
        return Err(TimescaleError::Missing);
    }
    Ok(record(connection, edition).await?)
}

/// Whether the server has loaded the library. Creating the extension where it has not ends the connection, and nothing
/// catches that. A setting of its name in `postgresql.conf` proves nothing: `current_setting` reads it even when no library
/// has claimed it, whereas `pg_settings` lists only claimed ones.
async fn is_loaded(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let loaded = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM pg_settings WHERE name = 'timescaledb.max_background_workers') AS "loaded!""#
    );
    loaded.fetch_one(connection).await
}

async fn edition(connection: &mut PgConnection) -> Result<Edition, sqlx::Error> {
    let created =
        sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') AS "created!""#);
    if !created.fetch_one(&mut *connection).await? {
        return Ok(Edition::Plain);
    }
    let license = sqlx::query_scalar!("SELECT current_setting('timescaledb.license', true)");
    Ok(match license.fetch_one(connection).await?.as_deref() {
        Some("timescale") => Edition::Community,
        _ => Edition::Apache,
    })
}

/// Every step can be repeated, and all of them happen or none.
async fn enable(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let mut tx = connection.begin().await?;
    sqlx::query!("SELECT pg_advisory_xact_lock($1)", LOCK).fetch_one(&mut *tx).await?;
    // The server advises against some of our column types and reports what exists already: nothing for a log.
    tx.execute("SET LOCAL client_min_messages = error").await?;
    tx.execute("CREATE EXTENSION IF NOT EXISTS timescaledb").await?;
    for (table, time) in HYPERTABLES {
        // Thirty days a chunk: our days hold few rows, and many small chunks only cost planning time.
        let create = "SELECT created FROM create_hypertable($1::text::regclass, \
                      by_range($2::text::name, INTERVAL '30 days'), \
                      create_default_indexes => false, if_not_exists => true, migrate_data => true)";
        sqlx::query(create).bind(table).bind(time).execute(&mut *tx).await?;
    }
    if edition(&mut tx).await? == Edition::Community {
        compress_calls(&mut tx).await?;
    }
    tx.commit().await
}

/// Compresses old calls, the one table that grows with every request and is never restated. The others are small, and a
/// compressed table refuses some changes that a later migration may need.
async fn compress_calls(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let on = "SELECT EXISTS (SELECT FROM timescaledb_information.hypertable_columnstore_settings \
              WHERE hypertable = 'calls'::regclass AND segmentby IS NOT NULL)";
    if sqlx::query_scalar::<_, bool>(on).fetch_one(&mut *connection).await? {
        return Ok(());
    }
    connection
        .execute(
            "ALTER TABLE calls SET (timescaledb.enable_columnstore, \
             timescaledb.segmentby = 'account_id', timescaledb.orderby = 'at DESC')",
        )
        .await?;
    // By then the days before have settled everywhere.
    connection
        .execute("CALL add_columnstore_policy('calls', after => INTERVAL '100 days', if_not_exists => true)")
        .await?;
    Ok(())
}

/// What only a server with TimescaleDB can tell, and how to ask it.
const DETAILS: [(&str, &str); 3] = [
    ("timescale_version", "SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'"),
    (
        "hypertables",
        "SELECT string_agg(hypertable_name, ', ' ORDER BY hypertable_name)
         FROM timescaledb_information.hypertables WHERE hypertable_schema = current_schema()",
    ),
    (
        "columnstore",
        "SELECT string_agg(hypertable::text, ', ' ORDER BY hypertable::text)
         FROM timescaledb_information.hypertable_columnstore_settings WHERE segmentby IS NOT NULL",
    ),
];

/// What is there, whoever set it up.
async fn record(connection: &mut PgConnection, edition: Edition) -> Result<(), sqlx::Error> {
    let mut features = vec![("timescale", Some(edition.as_str().to_owned()))];
    if edition != Edition::Plain {
        for (name, query) in DETAILS {
            features.push((name, sqlx::query_scalar(query).fetch_one(&mut *connection).await?));
        }
    }
    let mut tx = connection.begin().await?;
    // Others remember things in the same table: only what may not be true any more goes.
    let details = DETAILS.map(|(name, _)| name.to_owned());
    sqlx::query!("DELETE FROM storage_features WHERE name = ANY($1)", &details).execute(&mut *tx).await?;
    for (name, value) in features {
        // Another daemon may have written the same in between.
        sqlx::query!(
            "INSERT INTO storage_features (name, value) SELECT $1, $2 WHERE $2::text IS NOT NULL
             ON CONFLICT (name) DO UPDATE SET value = excluded.value, checked_at = now()",
            name,
            value,
        )
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await
}
