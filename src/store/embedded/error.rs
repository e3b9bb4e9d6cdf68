//! Why there is no private server, in words that say what to do.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use crate::store::OLDEST_POSTGRES;

#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    #[error(
        "no PostgreSQL server (version {OLDEST_POSTGRES} or later) on this machine: install it (`apt-get install postgresql`, \
         `dnf install postgresql-server`, `brew install postgresql@18`) or set DATABASE_URL"
    )]
    NoBinaries,

    #[error("no PostgreSQL server (version {OLDEST_POSTGRES} or later: postgres, initdb) in {}", .0.display())]
    NoBinariesIn(PathBuf),

    #[error(
        "{} was made by PostgreSQL {major}, which is not on this machine: install it (`apt-get install postgresql-{major}`, \
         `brew install postgresql@{major}`), or dump the data there and load them into a new directory",
        .data.display()
    )]
    OtherMajor { data: PathBuf, major: u32 },

    #[error(
        "{} is in use by another llmtally: stop it, or work beside it with DATABASE_URL=postgres://llmtally:PASSWORD@127.0.0.1:PORT/llmtally, \
         as the files `password` and `port` there say",
        .0.display()
    )]
    InUse(PathBuf),

    #[error(
        "user {user} cannot pass {}, and PostgreSQL refuses to run as root: choose another data directory, or let that user through",
        .dir.display()
    )]
    Unreachable { dir: PathBuf, user: String },

    #[error(
        "user id {0} has no name in /etc/passwd, without which PostgreSQL creates no data: add it, or set DATABASE_URL"
    )]
    NamelessUser(u32),

    #[error("the socket's path {} is longer than {limit} bytes: choose a shorter data directory", .path.display())]
    SocketPathTooLong { path: PathBuf, limit: usize },

    #[error("{} is not UTF-8: choose another data directory", .0.display())]
    NotUnicode(PathBuf),

    #[error("{tool} failed: {output}")]
    Tool { tool: &'static str, output: String },

    #[error("postgres ended at its start ({status}), see {}: {last_words}", .log.display())]
    Ended { status: ExitStatus, log: PathBuf, last_words: String },

    #[error("the private database has ended, see {}: {last_words}", .log.display())]
    Lost { log: PathBuf, last_words: String },

    #[error("postgres was not ready after {seconds} s, see {}", .log.display())]
    NotReady { seconds: u64, log: PathBuf },

    #[error("an older postgres (processes {pids:?}) still works in {} and does not stop", .data.display())]
    Orphans { data: PathBuf, pids: Vec<i32> },

    #[error("postgres (process {0}) does not stop")]
    DoesNotStop(u32),

    #[error("{}: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },
}

impl EmbeddedError {
    /// For `map_err`: an IO error without its path tells nobody anything.
    pub(super) fn at(path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.as_ref().to_owned(), source }
    }
}
