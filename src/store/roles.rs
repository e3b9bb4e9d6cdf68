//! The role that dashboards read with: schema `reporting` and nothing else.

use secrecy::{ExposeSecret, SecretString};

use super::Store;

/// The role that holds the rights; nobody logs in as it.
pub const GROUP: &str = "llmtally_reader";
/// The role that Grafana logs in as.
pub const LOGIN: &str = "llmtally_grafana";

/// The server's word for "you may not".
const INSUFFICIENT_PRIVILEGE: &str = "42501";

/// Whether dashboards have a role of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reader {
    Ready,
    /// Our own role may not make roles: somebody else has to.
    Skipped {
        reason: String,
    },
}

impl Store {
    /// Gives the reading group every view of `reporting`, and makes `login` a member of it, with `password`. Creates both
    /// where they are missing. Can be repeated; the password is set anew each time.
    ///
    /// # Errors
    /// The database's, but not a lack of rights, which is an outcome.
    pub async fn ensure_reader(&self, login: &str, password: &SecretString) -> Result<Reader, sqlx::Error> {
        match self.create_reader(login, password).await {
            Ok(()) => Ok(Reader::Ready),
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(INSUFFICIENT_PRIVILEGE) => {
                let reason = error.message().to_owned();
                tracing::warn!(%reason, "cannot set up the role that dashboards read with: grant CREATEROLE, or make a member of `{GROUP}` by hand");
                Ok(Reader::Skipped { reason })
            }
            Err(error) => Err(error),
        }
    }

    async fn create_reader(&self, login: &str, password: &SecretString) -> Result<(), sqlx::Error> {
        // Apart, since the first needs no more than owning the views when somebody has made the group for us.
        self.run_with_settings(GRANT_TO_GROUP, login, password).await?;
        self.run_with_settings(CREATE_LOGIN, login, password).await
    }

    /// Role commands take no parameters, and their text lands in the server's log and activity view: so names and password
    /// travel as settings of the transaction.
    async fn run_with_settings(
        &self,
        block: &'static str,
        login: &str,
        password: &SecretString,
    ) -> Result<(), sqlx::Error> {
        let mut tx = self.pool.begin().await?;
        // Two daemons that start together must not change the same role at once.
        sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", GROUP).fetch_one(&mut *tx).await?;
        sqlx::query!(
            "SELECT set_config('llmtally.group', $1, true) AS reader, set_config('llmtally.login', $2, true) AS login,
                    set_config('llmtally.password', $3, true) AS password",
            GROUP,
            login,
            password.expose_secret(),
        )
        .fetch_one(&mut *tx)
        .await?;
        sqlx::raw_sql(block).execute(&mut *tx).await?;
        tx.commit().await
    }
}

/// Views run with the rights of their owner, so that readers need none on the tables below.
const GRANT_TO_GROUP: &str = "
DO $$
DECLARE
    reader text := current_setting('llmtally.group');
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = reader) THEN
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', reader);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            -- Roles belong to the whole server: a daemon on another of its databases was faster.
            NULL;
        END;
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), reader);
    EXECUTE format('GRANT USAGE ON SCHEMA reporting TO %I', reader);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO %I', reader);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA reporting GRANT SELECT ON TABLES TO %I', reader);
END $$;
";

const CREATE_LOGIN: &str = "
DO $$
DECLARE
    reader text := current_setting('llmtally.group');
    login text := current_setting('llmtally.login');
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = login) THEN
        EXECUTE format('CREATE ROLE %I', login);
    END IF;
    EXECUTE format('ALTER ROLE %I LOGIN PASSWORD %L', login, current_setting('llmtally.password'));
    EXECUTE format('ALTER ROLE %I SET default_transaction_read_only = on', login);
    EXECUTE format('ALTER ROLE %I SET statement_timeout = %L', login, '30s');
    IF NOT pg_has_role(login, reader, 'MEMBER') THEN
        EXECUTE format('GRANT %I TO %I', reader, login);
    END IF;
END $$;
";
