//! What a killed daemon leaves behind.
//!
//! We hold the directory's lock, so whoever still works in the data is an orphan of a daemon that was killed. PostgreSQL
//! only looks whether the process id in its lock files exists: a zombie that nobody reaps, or a stranger who got the number
//! later, would keep it from ever starting again. Who works in the data is told by their working directory instead.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::error::EmbeddedError;
use super::layout::Layout;
use super::process;

const PROC: &str = "/proc";

/// What orphans are told, and how long each word may take: finish cleanly, finish at once, die.
const WORDS: [(Signal, Duration); 3] = [
    (Signal::SIGINT, Duration::from_secs(20)),
    (Signal::SIGQUIT, Duration::from_secs(10)),
    (Signal::SIGKILL, Duration::from_secs(10)),
];

/// Stops the orphans and removes the lock files of the dead. Where there is no `/proc`, PostgreSQL's own check decides.
pub(super) fn clear(layout: &Layout) -> Result<(), EmbeddedError> {
    if !Path::new(PROC).join("self/stat").exists() {
        return Ok(());
    }
    let data = layout.data();
    let lock_file = data.join("postmaster.pid");
    let leader = fs::read_to_string(&lock_file).ok().and_then(|text| text.lines().next()?.trim().parse().ok());
    for (signal, patience) in WORDS {
        let orphans = users_of(&data);
        if !orphans.is_empty() {
            tracing::warn!(?orphans, %signal, "stopping a server that an earlier llmtally left behind");
        }
        // Only the first process understands the polite word as "all of you".
        for pid in orphans.iter().filter(|pid| signal != Signal::SIGINT || Some(**pid) == leader) {
            process::send(*pid, signal);
        }
        if nobody_left(&data, patience) {
            return remove_lock_files(layout, &lock_file);
        }
    }
    Err(EmbeddedError::Orphans { pids: users_of(&data), data })
}

fn nobody_left(data: &Path, patience: Duration) -> bool {
    let start = Instant::now();
    loop {
        if users_of(data).is_empty() {
            return true;
        }
        if start.elapsed() > patience {
            return false;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

fn remove_lock_files(layout: &Layout, lock_file: &Path) -> Result<(), EmbeddedError> {
    remove(lock_file)?;
    let sockets = layout.socket_dir();
    // The directory is ours alone: sockets and their locks.
    for entry in fs::read_dir(&sockets).into_iter().flatten().flatten() {
        remove(&entry.path())?;
    }
    Ok(())
}

fn remove(path: &Path) -> Result<(), EmbeddedError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(EmbeddedError::at(path)(error)),
        _ => Ok(()),
    }
}

/// Living processes that work in `data`: every process of a server does.
fn users_of(data: &Path) -> Vec<i32> {
    let entries = fs::read_dir(PROC).into_iter().flatten().flatten();
    let user = |entry: fs::DirEntry| {
        let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        let lives = !is_dead(&stat);
        (lives && fs::read_link(entry.path().join("cwd")).ok()? == data).then_some(pid)
    };
    entries.filter_map(user).collect()
}

/// Whether the line of `/proc/PID/stat` tells of a zombie. The name in brackets may itself hold brackets and blanks.
fn is_dead(stat: &str) -> bool {
    stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with(['Z', 'X']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zombie_is_no_user() {
        assert!(is_dead("4711 (postgres) Z 1 4711 4711 0 -1"));
        assert!(!is_dead("4711 (postgres) S 1 4711 4711 0 -1"));
        assert!(!is_dead("4711 (a) Z (b) S 1 4711"));
    }
}
