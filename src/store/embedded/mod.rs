//! The private PostgreSQL that the daemon runs itself when nobody names a server.
//!
//! A real server as a child process under the data directory, with the binaries that the machine has. It survives a
//! `kill -9` of the daemon and of itself, and never outlives the daemon for long.

mod binaries;
mod cluster;
mod error;
mod identity;
mod layout;
mod log;
mod orphans;
mod process;
mod server;

use std::ffi::OsString;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::roles;
use binaries::Binaries;
use identity::Identity;
use layout::Layout;
use server::Server;

pub use error::EmbeddedError;
pub use identity::{default_data_dir, effective_uid};

const SUPERUSER: &str = "llmtally";
const DATABASE: &str = "llmtally";

/// Where to look for the server's binaries.
#[derive(Debug, Clone, Default)]
pub struct EmbeddedOptions {
    /// The only directory to look in; `None` searches `path` and the places of the distributions.
    pub bin_dir: Option<PathBuf>,
    /// The value of `PATH`.
    pub path: OsString,
}

/// A running private server; dropping it stops the server.
#[derive(Debug)]
pub struct Embedded {
    // Fields are dropped in this order: the server ends before the directory is free for others.
    server: Server,
    _log: log::Keeper,
    layout: Layout,
    port: u16,
    reader_password: SecretString,
}

impl Embedded {
    /// Creates the data where there are none, and starts the server. Blocks until it takes connections.
    ///
    /// Call it on the main thread, before any runtime starts: Linux ties the server's life to the *thread* that started it.
    ///
    /// # Errors
    /// Says in one line what is missing and what to do.
    pub fn start(data_dir: &Path, options: &EmbeddedOptions) -> Result<Self, EmbeddedError> {
        let layout = Layout::open(data_dir)?;
        let data = layout.data();
        let existing = layout.data_major()?;
        let known = existing.map(|major| (data.as_path(), major));
        let binaries = Binaries::find(options.bin_dir.as_deref(), &options.path, known)?;
        let identity = Identity::choose(&data, layout.root())?;
        identity.can_reach(layout.root())?;
        if existing.is_none() {
            tracing::info!(path = %data.display(), version = binaries.major, "creating the database");
            cluster::create(&layout, &binaries, &identity)?;
        }
        orphans::clear(&layout)?;
        let reader_password = layout::secret(&layout.reader_password_file())?;
        let port = layout.port()?;
        let server = Server::start(&layout, &binaries, &identity, port)?;
        let path = layout.log();
        let log = log::Keeper::start(path.clone()).map_err(EmbeddedError::at(path))?;
        Ok(Self { server, _log: log, layout, port, reader_password })
    }

    /// How the daemon connects: over the unix socket, as the superuser.
    #[must_use]
    pub fn url(&self) -> SecretString {
        let socket = percent_encode(&self.layout.socket_dir());
        format!("postgres://{SUPERUSER}@localhost:{}/{DATABASE}?host={socket}", self.port).into()
    }

    /// How Grafana connects: over loopback, as the reading role. The port stays the same over restarts.
    #[must_use]
    pub fn reader_url(&self) -> SecretString {
        let (user, password) = (roles::LOGIN, self.reader_password.expose_secret());
        format!("postgres://{user}:{password}@127.0.0.1:{}/{DATABASE}?sslmode=disable", self.port).into()
    }

    /// The password that [`Store::ensure_reader`](crate::store::Store::ensure_reader) gives to the reading role.
    #[must_use]
    pub fn reader_password(&self) -> &SecretString {
        &self.reader_password
    }

    /// The file that holds [`Embedded::reader_password`].
    #[must_use]
    pub fn reader_password_file(&self) -> PathBuf {
        self.layout.reader_password_file()
    }

    /// The loopback port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How a person connects; tells where the password is, not what it is.
    #[must_use]
    pub fn psql_hint(&self) -> String {
        let file = self.layout.superuser_password_file();
        format!("psql \"postgres://{SUPERUSER}@127.0.0.1:{}/{DATABASE}\" (password in {})", self.port, file.display())
    }

    /// Why the server has ended although nobody stopped it, such as a full disk; `None` while it is there.
    pub fn lost(&self) -> Option<EmbeddedError> {
        self.server.lost(&self.layout)
    }

    /// Stops the server: sessions end, everything is written. Close the pool first, or its queries fail.
    ///
    /// # Errors
    /// When the server survives even `SIGKILL`.
    pub fn stop(mut self) -> Result<(), EmbeddedError> {
        self.server.stop()
    }
}

/// A path as part of a URL's query.
fn percent_encode(path: &Path) -> String {
    let mut encoded = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(byte) {
            encoded.push(char::from(*byte));
        } else {
            // Writing to a string cannot fail.
            _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_odd_letters_survives_the_url() {
        assert_eq!(percent_encode(Path::new("/a b/ä?&")), "/a%20b/%C3%A4%3F%26");
    }
}
