//! One pass over a log: reads what is not read yet, and hands it on in batches with how far it has come.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use tokio::sync::mpsc::Sender;

use super::find::{Found, Version, find};
use super::format::{Findings, Format};
use super::lines::{Buffer, Lines, MAX_LINE_BYTES, Piece};
use super::watermark::{continues, fingerprint};
use crate::domain::call_log::{LogBatch, LogPosition};
use crate::providers::feed::FetchError;

/// Lines of calls and files of one batch: one transaction. There are four batches at a time: made, handed on, sorted and stored,
/// of which the last two hold a line a call.
pub(super) const BATCH_CALLS: usize = 32_000;
const BATCH_FILES: usize = 1_000;

pub(super) struct Pass<'f, F> {
    format: &'f F,
    sender: Sender<Result<LogBatch, FetchError>>,
    batch: LogBatch,
    found: Findings,
}

/// Why a file was not read to its end.
enum Ended {
    Io(io::Error),
    /// Nobody takes batches any more.
    Stopped,
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl<'f, F: Format> Pass<'f, F> {
    pub(super) fn new(format: &'f F, sender: Sender<Result<LogBatch, FetchError>>) -> Self {
        Self { format, sender, batch: LogBatch::default(), found: Findings::default() }
    }

    /// Reads on from `known`. What cannot be read does not keep the rest from being read, and is told at the end.
    pub(super) fn run(mut self, roots: &[PathBuf], known: &[LogPosition]) {
        let (files, mut errors) = find(self.format, roots);
        if errors.is_empty() {
            self.batch.gone = gone(roots, &files, known);
        }
        let by_path: HashMap<&str, &LogPosition> = known.iter().map(|at| (at.path.as_str(), at)).collect();
        // A file that was moved is still the same file.
        let by_file: HashMap<(u64, u64), &LogPosition> = known.iter().map(|at| ((at.device, at.inode), at)).collect();
        let is_read = |file: &&Found| {
            by_path.get(file.name.as_str()).is_some_and(|known| Version::of_position(known) == file.version)
        };
        let changed: Vec<&Found> = files.iter().filter(|file| !is_read(file)).collect();
        self.batch.total = changed.iter().map(|file| file.version.size).sum();
        let mut buffer = Buffer::default();
        for file in changed {
            let known = by_path.get(file.name.as_str()).or_else(|| by_file.get(&file.version.file()));
            let done = self.batch.done;
            match self.file(file, known.copied(), &mut buffer) {
                Ok(()) => {}
                Err(Ended::Stopped) => return,
                // Agents delete old logs at any time.
                Err(Ended::Io(error)) if error.kind() == ErrorKind::NotFound => {}
                Err(Ended::Io(error)) => errors.push((file.path.clone(), error)),
            }
            self.batch.done = done + file.version.size;
            if self.batch.positions.len() >= BATCH_FILES && self.hand_on().is_err() {
                return;
            }
        }
        if self.hand_on().is_ok()
            && let Some((path, error)) = errors.first()
        {
            let text = format!("cannot read the log at `{}`: {error} ({} in all)", path.display(), errors.len());
            // Whoever stopped listening does not need the error.
            let _ = self.sender.blocking_send(Err(FetchError::Unavailable(text)));
        }
    }

    fn file(&mut self, found: &Found, known: Option<&LogPosition>, buffer: &mut Buffer) -> Result<(), Ended> {
        let mut file = File::open(&found.path)?;
        let version = Version::of(&file.metadata()?);
        let start = match known {
            Some(known) if !self.format.is_document(&found.path) && continues(&file, &version, known)? => {
                // A state that an earlier version of this program wrote may say nothing to this one.
                serde_json::from_value(known.state.clone()).ok().map(|state| (known.read_to, state))
            }
            _ => None,
        };
        let (read_to, state) = start.unwrap_or_else(|| (0, self.format.start(&found.path)));
        file.seek(SeekFrom::Start(read_to))?;
        let mut open = Open { name: &found.name, version, read_to, state };
        if self.format.is_document(&found.path) {
            self.document(&file, &mut open)?;
        } else {
            self.lines(&file, &mut open, buffer)?;
        }
        self.batch.positions.push(open.position(&file)?);
        if self.found.broken > 0 {
            let path = found.path.display();
            tracing::info!(%path, lines = self.found.broken, "skipped lines of a log that cannot be read");
            self.found.broken = 0;
        }
        Ok(())
    }

    /// One that is being written is no document yet. It is read again when it has changed.
    fn document(&mut self, file: &File, open: &mut Open<'_, F::State>) -> Result<(), Ended> {
        let mut text = Vec::new();
        open.read_to = file.take(MAX_LINE_BYTES as u64 + 1).read_to_end(&mut text)? as u64;
        if text.len() > MAX_LINE_BYTES {
            self.found.broken += 1;
        } else if !content(&text).is_empty() {
            self.format.read(content(&text), &mut open.state, &mut self.found);
        }
        Ok(())
    }

    fn lines(&mut self, file: &File, open: &mut Open<'_, F::State>, buffer: &mut Buffer) -> Result<(), Ended> {
        let (began, done) = (open.read_to, self.batch.done);
        let mut lines = Lines::new(file, buffer);
        loop {
            match lines.next()? {
                Piece::Rest(rest) => {
                    self.unfinished(content(rest), &open.state);
                    return Ok(());
                }
                Piece::Endless(length) => {
                    self.found.broken += 1;
                    open.read_to += length;
                }
                Piece::Line(line) => {
                    let text = content(line);
                    if !text.is_empty() {
                        self.format.read(text, &mut open.state, &mut self.found);
                    }
                    open.read_to += line.len() as u64;
                }
            }
            if self.found.calls.len() >= BATCH_CALLS {
                self.batch.positions.push(open.position_within(file)?);
                self.batch.done = done + (open.read_to - began);
                self.hand_on().map_err(|()| Ended::Stopped)?;
            }
        }
    }

    /// The last line counts as soon as it is whole, and is read again when it has got its end.
    fn unfinished(&mut self, line: &[u8], state: &F::State) {
        let mut found = Findings::default();
        if !line.is_empty() {
            self.format.read(line, &mut state.clone(), &mut found);
        }
        self.found.calls.append(&mut found.calls);
        self.found.claims.append(&mut found.claims);
    }

    fn hand_on(&mut self) -> Result<(), ()> {
        let next = LogBatch { done: self.batch.done, total: self.batch.total, ..LogBatch::default() };
        let mut batch = std::mem::replace(&mut self.batch, next);
        batch.calls = std::mem::take(&mut self.found.calls);
        batch.claims = std::mem::take(&mut self.found.claims);
        self.sender.blocking_send(Ok(batch)).map_err(|_| ())
    }
}

/// What a line says, without the mark that editors begin a file with, and the zeros that a crash leaves of a write that was lost.
fn content(line: &[u8]) -> &[u8] {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let start = line.iter().position(|byte| *byte != 0).unwrap_or(line.len());
    line[start..].trim_ascii()
}

/// A file that is being read.
struct Open<'a, S> {
    name: &'a str,
    version: Version,
    read_to: u64,
    state: S,
}

impl<S: serde::Serialize> Open<'_, S> {
    /// With a rest that is not read yet: to the next pass the file has grown by it.
    fn position_within(&self, file: &File) -> io::Result<LogPosition> {
        Ok(LogPosition { size: self.read_to, ..self.position(file)? })
    }

    fn position(&self, file: &File) -> io::Result<LogPosition> {
        let Version { device, inode, size, modified_at } = self.version;
        Ok(LogPosition {
            path: self.name.to_owned(),
            device,
            inode,
            size,
            modified_at,
            read_to: self.read_to,
            fingerprint: fingerprint(file, self.read_to)?,
            state: serde_json::to_value(&self.state)?,
        })
    }
}

/// Known files below the roots that are there no more.
fn gone(roots: &[PathBuf], files: &[Found], known: &[LogPosition]) -> Vec<String> {
    let there: HashSet<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let ours = |path: &str| roots.iter().any(|root| Path::new(path).starts_with(root));
    let gone = known.iter().filter(|at| !there.contains(at.path.as_str()) && ours(&at.path));
    gone.map(|at| at.path.clone()).collect()
}
