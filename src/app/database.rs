//! Which database: the configured server, or a private one.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::config::{Config, Environment, Secret};
use crate::store::Store;
use crate::store::connect::{ConnectOptions, Patience};
use crate::store::embedded::{Embedded, EmbeddedOptions, default_data_dir, effective_uid};
use crate::store::roles::LOGIN;

const CLOSING: Duration = Duration::from_secs(5);
/// How long the end of the private server may stay unnoticed.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a command waits for a database that does not answer.
pub(super) const BRIEF: Patience = Patience::Brief(Duration::from_secs(10));

const NO_PLACE: &str = "no place for data, since HOME is not set: give --data-dir, or DATABASE_URL for a server";

/// Where the facts are kept, and who runs it.
pub(super) struct Database {
    url: SecretString,
    reader_password: Option<SecretString>,
    embedded: Option<Embedded>,
    options: ConnectOptions,
}

impl Database {
    /// Starts the private server where no other is configured. Belongs on the main thread, before any runtime.
    ///
    /// # Errors
    ///
    /// What is missing and how to get it, in one line.
    pub(super) fn open(config: &Config, data_dir: Option<PathBuf>, environment: &Environment) -> Result<Self> {
        let storage = &config.storage;
        let given = |value: &Option<SecretString>, file: &Option<PathBuf>| {
            Secret::resolve(value.as_ref(), file.as_deref()).map_err(|(_, message)| anyhow::anyhow!(message))
        };
        let reader_password = given(&storage.reader_password, &storage.reader_password_file)?;
        let options = ConnectOptions {
            max_connections: storage.max_connections,
            timescale: storage.timescale,
            ..ConnectOptions::default()
        };
        // A data directory on the command line asks for the private server.
        if data_dir.is_none()
            && let Some(url) = given(&storage.database_url, &storage.database_url_file)?
        {
            return Ok(Self { url, reader_password, embedded: None, options });
        }
        let folder = data_dir.or_else(|| storage.data_dir.clone());
        let folder = folder.or_else(|| default_dir(environment)).context(NO_PLACE)?;
        let path = environment.get("PATH").unwrap_or_default().into();
        let embedded = Embedded::start(&folder, &EmbeddedOptions { bin_dir: storage.postgres_bin.clone(), path })?;
        info!(data_dir = %folder.display(), "private database: {}", embedded.psql_hint());
        let reader_password = reader_password.or_else(|| Some(embedded.reader_password().clone()));
        Ok(Self { url: embedded.url(), reader_password, embedded: Some(embedded), options })
    }

    /// The store, before anybody knows whether the server answers.
    ///
    /// # Errors
    ///
    /// An address that is none.
    pub(super) fn store(&self) -> Result<Store> {
        Ok(Store::open(&self.url, &self.options)?)
    }

    /// Waits for the server, brings it up to date and lets dashboards read it.
    ///
    /// # Errors
    ///
    /// Where waiting does not help.
    pub(super) async fn prepare(&self, store: &Store, patience: Patience, stop: &CancellationToken) -> Result<()> {
        store.prepare(&self.url, &self.options, patience, stop).await?;
        if let Some(password) = &self.reader_password {
            store.ensure_reader(LOGIN, password).await?;
        }
        Ok(())
    }

    /// How a person connects to the private server.
    #[must_use]
    pub(super) fn psql_hint(&self) -> Option<String> {
        self.embedded.as_ref().map(Embedded::psql_hint)
    }

    /// Waits for the private server to end by itself; for ever where there is none. [`close`](Self::close) says why.
    pub(super) async fn lost(&self) {
        match &self.embedded {
            Some(embedded) => {
                while embedded.lost().is_none() {
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            }
            None => std::future::pending().await,
        }
    }

    /// Closes the pool, then stops the private server.
    ///
    /// # Errors
    ///
    /// A server that does not end, or has ended before.
    pub(super) fn close(self, runtime: &tokio::runtime::Runtime, store: &Store) -> Result<()> {
        // A query that hangs must not keep the server from ending.
        let _ = runtime.block_on(async { tokio::time::timeout(CLOSING, store.pool().close()).await });
        let lost = self.embedded.as_ref().and_then(Embedded::lost);
        if let Some(embedded) = self.embedded {
            embedded.stop()?;
        }
        lost.map_or(Ok(()), |lost| Err(lost.into()))
    }
}

fn default_dir(environment: &Environment) -> Option<PathBuf> {
    let path = |name| environment.get(name).map(PathBuf::from);
    default_data_dir(effective_uid(), path("HOME").as_deref(), path("XDG_DATA_HOME").as_deref())
}
