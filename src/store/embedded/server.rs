//! The running server: a child process in a process group of its own.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Child;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::binaries::Binaries;
use super::error::EmbeddedError;
use super::identity::Identity;
use super::layout::Layout;
use super::log;
use super::process;

/// Replaying the log after a kill is what may take long; with these settings there is not much of it.
const START_PATIENCE: Duration = Duration::from_secs(60);

/// What the server is told, and how long each word may take: end sessions and write a checkpoint, end at once, die.
const STOP_WORDS: [(Signal, Duration); 3] = [
    (Signal::SIGINT, Duration::from_secs(30)),
    (Signal::SIGQUIT, Duration::from_secs(10)),
    (Signal::SIGKILL, Duration::from_secs(5)),
];

/// Small enough for a laptop; durability is left as PostgreSQL has it.
const SETTINGS: [(&str, &str); 9] = [
    ("listen_addresses", "127.0.0.1"),
    ("max_connections", "40"),
    ("shared_buffers", "64MB"),
    ("max_wal_size", "256MB"),
    ("jit", "off"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("logging_collector", "off"),
    ("log_checkpoints", "off"),
];

#[derive(Debug)]
pub(super) struct Server {
    /// Locked for a look at it from beside those that use the database.
    child: Mutex<Child>,
}

impl Server {
    /// Starts the server and waits until it takes connections.
    pub(super) fn start(
        layout: &Layout,
        binaries: &Binaries,
        identity: &Identity,
        port: u16,
    ) -> Result<Self, EmbeddedError> {
        let sockets = layout.socket_dir();
        match DirBuilder::new().mode(0o700).create(&sockets) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(EmbeddedError::at(&sockets)(error)),
            _ => identity.own(&sockets)?,
        }
        let path = layout.log();
        log::trim(&path, log::FULL).map_err(EmbeddedError::at(&path))?;
        // Appended to, so that it can be emptied while the server lives.
        let log = OpenOptions::new().create(true).append(true).open(&path).map_err(EmbeddedError::at(&path))?;
        let program = binaries.dir.join("postgres");
        let mut command = process::command(&program, identity, Signal::SIGINT);
        command.arg("-D").arg(layout.data()).arg("-p").arg(port.to_string());
        command.arg("-c").arg(process::setting("unix_socket_directories", &sockets));
        for (name, value) in SETTINGS {
            command.arg("-c").arg(process::setting(name, value));
        }
        // Ctrl-C on a terminal goes to a whole process group: the daemon has to hear it first and stop the server last.
        command.process_group(0).stdout(log.try_clone().map_err(EmbeddedError::at(&path))?).stderr(log);
        let child = command.spawn().map_err(EmbeddedError::at(&program))?;
        let mut server = Self { child: Mutex::new(child) };
        server.wait_until_ready(layout)?;
        Ok(server)
    }

    fn wait_until_ready(&mut self, layout: &Layout) -> Result<(), EmbeddedError> {
        let log = layout.log();
        let start = Instant::now();
        let child = self.child();
        while start.elapsed() < START_PATIENCE {
            if let Some(status) = child.try_wait().map_err(EmbeddedError::at(&log))? {
                let last_words = last_words(&log);
                return Err(EmbeddedError::Ended { status, log, last_words });
            }
            let lock_file = fs::read_to_string(layout.data().join("postmaster.pid")).unwrap_or_default();
            if is_ready(&lock_file, child.id()) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Err(EmbeddedError::NotReady { seconds: START_PATIENCE.as_secs(), log })
    }

    fn child(&mut self) -> &mut Child {
        self.child.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the server is not there any more; `None` while it is.
    pub(super) fn lost(&self, layout: &Layout) -> Option<EmbeddedError> {
        let log = layout.log();
        let ended = self.child.lock().unwrap_or_else(PoisonError::into_inner).try_wait().ok().flatten();
        ended.map(|_| EmbeddedError::Lost { last_words: last_words(&log), log })
    }

    /// Ends the server, politely at first. Does nothing where it has ended already.
    pub(super) fn stop(&mut self) -> Result<(), EmbeddedError> {
        let child = self.child();
        let pid = child.id();
        let gone = |child: &mut Child| child.try_wait().map(|status| status.is_some()).unwrap_or(true);
        for (signal, patience) in STOP_WORDS {
            let start = Instant::now();
            if gone(child) {
                return Ok(());
            }
            process::send(pid.cast_signed(), signal);
            while start.elapsed() < patience {
                if gone(child) {
                    return Ok(());
                }
                thread::sleep(Duration::from_millis(10));
            }
        }
        Err(EmbeddedError::DoesNotStop(pid))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::error!(%error, "cannot stop the database");
        }
    }
}

/// The end of the server's log.
fn last_words(log: &Path) -> String {
    let words = fs::read(log).unwrap_or_default();
    process::one_line(&words[words.len().saturating_sub(600)..])
}

/// Reads `postmaster.pid`: the first line is the process, the eighth its state.
fn is_ready(lock_file: &str, pid: u32) -> bool {
    let mut lines = lock_file.lines().map(str::trim);
    lines.next() == Some(pid.to_string().as_str()) && lines.nth(6) == Some("ready")
}

#[cfg(test)]
mod tests {
    use super::*;

    const READY: &str = "4711\n/data\n1795402982\n40001\n/data/run\n127.0.0.1\n  2097153        12\nready   \n";

    #[test]
    fn ready_is_said_by_the_server_that_we_started() {
        assert!(is_ready(READY, 4711));
        assert!(!is_ready(READY, 4712));
        assert!(!is_ready(&READY.replace("ready", "starting"), 4711));
        assert!(!is_ready("4711\n", 4711));
    }
}
