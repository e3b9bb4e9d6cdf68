//! Finds and reads transcript files.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;

use super::transcript::Gathered;
use crate::domain::usage::Call;
use crate::providers::feed::{CallLog, FetchError};

/// A line with counts has some kilobytes; what is longer than this is no line of a transcript.
const MAX_LINE_BYTES: u64 = 32 * 1024 * 1024;

/// The transcripts below some folders.
pub(super) struct Transcripts {
    roots: Vec<PathBuf>,
    known: Arc<Mutex<Known>>,
}

/// What the files of the last run held. Only files that changed since are read again.
type Known = HashMap<PathBuf, (Version, Arc<Gathered>)>;

/// Length and time of a file: transcripts are only ever appended to.
type Version = (u64, Option<SystemTime>);

impl Transcripts {
    pub(super) fn new(roots: Vec<PathBuf>) -> Self {
        Self { roots, known: Arc::default() }
    }
}

#[async_trait]
impl CallLog for Transcripts {
    async fn read(&self) -> Result<Vec<Call>, FetchError> {
        let (roots, known) = (self.roots.clone(), Arc::clone(&self.known));
        let reading = tokio::task::spawn_blocking(move || {
            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
            let (now, gathered) = read_all(&roots, &known)?;
            *known = now;
            Ok(gathered)
        });
        match reading.await {
            Ok(Ok(gathered)) => Ok(gathered.into_calls()),
            Ok(Err(error)) => Err(error),
            Err(error) if error.is_cancelled() => Err(FetchError::Stopped),
            Err(_) => Err(FetchError::Unavailable("the reader of transcripts failed".to_owned())),
        }
    }
}

fn read_all(roots: &[PathBuf], known: &Known) -> Result<(Known, Gathered), FetchError> {
    let mut paths = Vec::new();
    for root in roots {
        let projects = root.join("projects");
        // A configuration folder holds other `.jsonl` files, too.
        let start = if projects.is_dir() { &projects } else { root };
        find(start, &mut paths).map_err(|error| unavailable(start, &error))?;
    }
    // The order of files decides between copies of one line, so it must not depend on the file system.
    paths.sort_unstable();
    paths.dedup();
    let mut now = Known::with_capacity(paths.len());
    let mut gathered = Gathered::default();
    for path in paths {
        match read_changed(&path, known) {
            Ok((version, file)) => {
                gathered.merge(&file);
                now.insert(path, (version, file));
            }
            // Claude Code deletes old transcripts at any time.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(unavailable(&path, &error)),
        }
    }
    Ok((now, gathered))
}

fn unavailable(path: &Path, error: &io::Error) -> FetchError {
    FetchError::Unavailable(format!("cannot read transcripts at `{}`: {error}", path.display()))
}

fn find(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if name.contains(".orphaned") || name.contains(".superseded") {
            continue;
        }
        // Links to folders are not followed, so that there are no circles.
        if entry.file_type()?.is_dir() {
            match find(&path, found) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        } else if name.ends_with(".jsonl") && path.is_file() {
            found.push(path);
        }
    }
    Ok(())
}

fn read_changed(path: &Path, known: &Known) -> io::Result<(Version, Arc<Gathered>)> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    let version = (metadata.len(), metadata.modified().ok());
    if let Some((_, gathered)) = known.get(path).filter(|(read, _)| *read == version) {
        return Ok((version, Arc::clone(gathered)));
    }
    let gathered = read_lines(BufReader::new(file), MAX_LINE_BYTES)?;
    if gathered.broken > 0 {
        let path = path.display();
        tracing::info!(%path, lines = gathered.broken, "skipped transcript lines that cannot be read");
    }
    Ok((version, Arc::new(gathered)))
}

/// Holds one line at a time.
pub(super) fn read_lines(mut reader: impl BufRead, max_bytes: u64) -> io::Result<Gathered> {
    let mut gathered = Gathered::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.by_ref().take(max_bytes).read_until(b'\n', &mut line)? == 0 {
            return Ok(gathered);
        }
        if line.last() != Some(&b'\n') && line.len() as u64 == max_bytes {
            gathered.broken += 1;
            reader.skip_until(b'\n')?;
            continue;
        }
        match std::str::from_utf8(line.trim_ascii()) {
            Ok(text) => gathered.line(text),
            Err(_) => gathered.broken += 1,
        }
    }
}
