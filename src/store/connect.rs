//! Reaching the database: patiently while it is away, at once when somebody has to act.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::timescale::{self, TimescaleError, TimescaleMode};
use super::{OLDEST_POSTGRES, Store};

static MIGRATIONS: Migrator = sqlx::migrate!();

/// One attempt may hang no longer than this: a firewall that drops packets never answers.
const ATTEMPT_PATIENCE: Duration = Duration::from_secs(10);
const FIRST_DELAY: Duration = Duration::from_millis(250);
const LONGEST_DELAY: Duration = Duration::from_secs(30);
/// Refusals that another attempt does not cure: wrong user or password, no such database, no right to connect.
const REFUSALS: [&str; 4] = ["28000", "28P01", "3D000", "42501"];

const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];
const FORM: &str = "it is not of the form postgres://user@host/database";

/// How long to wait for a server that does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// A daemon's: the server comes back some time.
    Endless,
    /// A person's, who waits for a command.
    Brief(Duration),
}

/// How to use the database.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    pub max_connections: u32,
    /// How long a query waits for a free connection.
    pub acquire_timeout: Duration,
    /// After this the server ends a query; migrations may take longer.
    pub statement_timeout: Duration,
    pub timescale: TimescaleMode,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            max_connections: 10,
            acquire_timeout: Duration::from_secs(30),
            statement_timeout: Duration::from_secs(60),
            timescale: TimescaleMode::Auto,
        }
    }
}

/// Why there is no usable database. None of these words holds the URL or the password.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("the database URL is not valid: {0}")]
    Url(String),
    #[error("the database at {place} refuses us: {reason}")]
    Refused { place: String, reason: String },
    #[error("the database at {place} is PostgreSQL {found}: version {OLDEST_POSTGRES} or later is needed")]
    TooOld { place: String, found: String },
    #[error(
        "the database was made by a newer llmtally (it has migration {0}, which this one does not know): update this one"
    )]
    Newer(i64),
    #[error("migration {0} is not the one that was applied to the database: it must never be edited")]
    Edited(i64),
    #[error("cannot bring the database up to date: {0}")]
    Migrate(String),
    #[error(transparent)]
    Timescale(#[from] TimescaleError),
    #[error("cannot prepare the database")]
    Database(#[from] sqlx::Error),
    #[error("the database at {place} cannot be reached: {reason}")]
    Away { place: String, reason: String },
    #[error("stopped while waiting for the database")]
    Stopped,
}

impl Store {
    /// The store, before anybody knows whether the server answers: queries wait for it as long as `options` say.
    ///
    /// # Errors
    /// A URL that is none.
    pub fn open(url: &SecretString, options: &ConnectOptions) -> Result<Self, ConnectError> {
        let limit = options.statement_timeout.as_millis().to_string();
        // A process that froze in the middle of a transaction must not keep others from its feeds.
        let limits = [("statement_timeout", &limit), ("idle_in_transaction_session_timeout", &limit)];
        let pool = PgPoolOptions::new()
            .max_connections(options.max_connections)
            .acquire_timeout(options.acquire_timeout)
            .connect_lazy_with(parse(url)?.options(limits));
        Ok(Self::new(pool))
    }

    /// Waits until the server is there and brings the schema up to date.
    ///
    /// While the server cannot be reached it tries again, with growing and scattered delays, until its `patience` ends or
    /// `stop`; each new reason is logged once.
    ///
    /// # Errors
    /// When waiting does not help: see [`ConnectError`].
    pub async fn prepare(
        &self,
        url: &SecretString,
        options: &ConnectOptions,
        patience: Patience,
        stop: &CancellationToken,
    ) -> Result<(), ConnectError> {
        let server = parse(url)?;
        // Its own connection, without the time limit: indexes and hypertables of a large table take minutes.
        let mut connection = reach(&server, patience, stop).await?;
        require_version(&mut connection, &server).await?;
        MIGRATIONS.run(&mut connection).await.map_err(explain)?;
        timescale::set_up(&mut connection, options.timescale).await?;
        connection.close().await?;
        Ok(())
    }
}

/// Whether a server could be looked for under this URL.
///
/// # Errors
/// A URL that is none, or of another kind of database.
pub fn check_url(url: &SecretString) -> Result<(), ConnectError> {
    parse(url).map(drop)
}

fn parse(url: &SecretString) -> Result<PgConnectOptions, ConnectError> {
    let text = url.expose_secret();
    // The library takes any scheme for its own, and would look for PostgreSQL where a MySQL server was meant.
    if !SCHEMES.iter().any(|scheme| text.starts_with(scheme)) {
        return Err(ConnectError::Url(FORM.to_owned()));
    }
    let options: PgConnectOptions = text.parse().map_err(|error| match error {
        sqlx::Error::Configuration(reason) => ConnectError::Url(reason.to_string()),
        _ => ConnectError::Url(FORM.to_owned()),
    })?;
    // Notices, such as that a table exists already, are no news for a log.
    let settings = [("timezone", "UTC"), ("client_min_messages", "warning")];
    Ok(options.application_name("llmtally").options(settings))
}

/// Where the server is, for people; never with user or password.
pub(super) fn place(server: &PgConnectOptions) -> String {
    match server.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", server.get_host(), server.get_port()),
    }
}

async fn reach(
    server: &PgConnectOptions,
    patience: Patience,
    stop: &CancellationToken,
) -> Result<PgConnection, ConnectError> {
    let began = Instant::now();
    let mut attempt = 0;
    let mut logged = String::new();
    loop {
        let reason = match timeout(ATTEMPT_PATIENCE, PgConnection::connect_with(server)).await {
            Ok(Ok(connection)) => return Ok(connection),
            Ok(Err(error)) if is_refusal(&error) => {
                return Err(ConnectError::Refused { place: place(server), reason: said(&error) });
            }
            Ok(Err(error)) => said(&error),
            Err(_) => format!("no answer within {} s", ATTEMPT_PATIENCE.as_secs()),
        };
        if let Patience::Brief(limit) = patience
            && began.elapsed() >= limit
        {
            return Err(ConnectError::Away { place: place(server), reason });
        }
        if reason != logged {
            tracing::warn!(place = %place(server), %reason, "cannot reach the database, trying again");
            logged = reason;
        }
        let pause = delay(attempt, fastrand::f64());
        // The last attempt is made when patience ends, not long after.
        let pause = match patience {
            Patience::Endless => pause,
            Patience::Brief(limit) => pause.min(limit.saturating_sub(began.elapsed())),
        };
        tokio::select! {
            () = stop.cancelled() => return Err(ConnectError::Stopped),
            () = tokio::time::sleep(pause) => attempt += 1,
        }
    }
}

/// The server's own words where it has said something: the library adds where in the server's source it did.
fn said(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |said| said.message().to_owned())
}

fn is_refusal(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| REFUSALS.contains(&code.as_ref()))
}

/// The pause after the failed attempt number `attempt`: doubled each time up to a limit, and between half and the whole of
/// it by `chance` (0…1), so that several daemons do not come back at the same moment.
fn delay(attempt: u32, chance: f64) -> Duration {
    let whole = FIRST_DELAY.saturating_mul(2_u32.saturating_pow(attempt)).min(LONGEST_DELAY);
    whole.mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0)
}

async fn require_version(connection: &mut PgConnection, server: &PgConnectOptions) -> Result<(), ConnectError> {
    let version = sqlx::query!(
        r#"SELECT current_setting('server_version_num')::integer AS "number!",
                  current_setting('server_version') AS "name!""#
    );
    let version = version.fetch_one(connection).await?;
    if is_supported(version.number) {
        return Ok(());
    }
    Err(ConnectError::TooOld { place: place(server), found: version.name })
}

/// `number` is PostgreSQL's own: 150018 is 15.18.
fn is_supported(number: i32) -> bool {
    number / 10_000 >= OLDEST_POSTGRES.cast_signed()
}

fn explain(error: MigrateError) -> ConnectError {
    match error {
        MigrateError::VersionMissing(version) => ConnectError::Newer(version),
        MigrateError::VersionMismatch(version) => ConnectError::Edited(version),
        MigrateError::Execute(error) => ConnectError::Migrate(said(&error)),
        MigrateError::ExecuteMigration(error, version) => {
            ConnectError::Migrate(format!("migration {version}: {}", said(&error)))
        }
        other => ConnectError::Migrate(other.to_string()),
    }
}

/// How many migrations this program brings.
pub(super) fn known_migrations() -> usize {
    MIGRATIONS.iter().count()
}

/// How many of them are in the database.
pub(super) async fn applied_migrations(pool: &PgPool) -> Result<usize, sqlx::Error> {
    let known: Vec<i64> = MIGRATIONS.iter().map(|migration| migration.version).collect();
    // Not checked at compile time: the table is the library's, and a database that was migrated by hand lacks it.
    let applied = "SELECT count(*) FROM _sqlx_migrations WHERE success AND version = ANY($1)";
    let applied: i64 = sqlx::query_scalar(applied).bind(known).fetch_one(pool).await?;
    Ok(usize::try_from(applied).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit_and_scatter() {
        assert_eq!(delay(0, 1.0), FIRST_DELAY);
        assert_eq!(delay(1, 0.0), FIRST_DELAY);
        assert_eq!(delay(40, 1.0), LONGEST_DELAY);
        assert_eq!(delay(u32::MAX, 0.0), LONGEST_DELAY / 2);
    }

    #[test]
    fn old_servers_are_told_from_new_ones() {
        assert!(!is_supported(140_022));
        assert!(is_supported(150_000));
        assert!(is_supported(180_001));
    }

    #[test]
    fn a_broken_url_is_not_repeated() {
        let urls = [
            "postgres://ada:hunter2@host:port/db",
            "hunter2",
            "postgres://ada:hun/ter2@host/db",
            "mysql://ada:hunter2@host/db",
        ];
        for url in urls {
            let error = parse(&url.into()).unwrap_err().to_string();
            assert!(!error.contains("hun"), "{error}");
        }
    }

    #[test]
    fn a_place_has_no_user_and_no_password() {
        let server = parse(&"postgres://ada:hunter2@db.example:5433/costs".into()).unwrap();
        assert_eq!(place(&server), "db.example:5433");
    }
}
