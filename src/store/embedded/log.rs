//! The server's log: one file that the server appends to, and one with what was in it before. Neither is left to grow.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Months of an ordinary life, or the last minutes of a bad one.
pub(super) const FULL: u64 = 4 << 20;
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Looks after a log for as long as it lives.
#[derive(Debug)]
pub(super) struct Keeper {
    /// Dropped first, which ends the thread.
    alive: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    pub(super) fn start(log: PathBuf) -> io::Result<Self> {
        let (alive, ended) = mpsc::channel();
        let look = move || {
            while ended.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
                if let Err(error) = trim(&log, FULL) {
                    tracing::warn!(path = %log.display(), %error, "cannot keep the database's log small");
                }
            }
        };
        let thread = thread::Builder::new().name("postgres-log".to_owned()).spawn(look)?;
        Ok(Self { alive: Some(alive), thread: Some(thread) })
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.alive.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Empties a log that is longer than `full` bytes, and keeps its end in the file beside it. Who appends to it need not be told; a
/// line that is written at this moment may be lost.
pub(super) fn trim(log: &Path, full: u64) -> io::Result<()> {
    let mut file = match OpenOptions::new().read(true).write(true).open(log) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let length = file.metadata()?.len();
    if length <= full {
        return Ok(());
    }
    file.seek(SeekFrom::Start(length - full))?;
    io::copy(&mut file, &mut File::create(before(log))?)?;
    file.set_len(0)
}

fn before(log: &Path) -> PathBuf {
    log.with_extension("log.1")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;

    #[test]
    fn a_full_log_is_emptied_under_its_writer_and_its_end_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("postgres.log");
        trim(&log, 10).unwrap();
        assert!(!log.exists());
        let mut writer = OpenOptions::new().create(true).append(true).open(&log).unwrap();
        writer.write_all(b"0123456789").unwrap();
        trim(&log, 10).unwrap();
        assert!(!before(&log).exists(), "it is not too long yet");
        writer.write_all(b"abc").unwrap();
        trim(&log, 10).unwrap();
        writer.write_all(b"next").unwrap();
        assert_eq!(fs::read_to_string(&log).unwrap(), "next");
        assert_eq!(fs::read_to_string(before(&log)).unwrap(), "3456789abc");
    }
}
