//! Which files a log consists of.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, SubsecRound, Utc};

use super::format::Format;
use crate::domain::call_log::LogPosition;

/// A file as it was when it was found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// The path as it is kept.
    pub(super) name: String,
    pub(super) version: Version,
    written_at: DateTime<Utc>,
}

/// Which file, and which state of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) device: u64,
    pub(super) inode: u64,
    pub(super) size: u64,
    pub(super) modified_at: DateTime<Utc>,
}

impl Version {
    pub(super) fn of(metadata: &Metadata) -> Self {
        // The time of the last change cannot be set back, as copying tools do with that of the content.
        let changed_at = time(metadata.ctime(), metadata.ctime_nsec());
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.len(),
            // As finely as the database keeps it.
            modified_at: written_at(metadata).max(changed_at).trunc_subsecs(6),
        }
    }

    pub(super) fn of_position(position: &LogPosition) -> Self {
        let LogPosition { device, inode, size, modified_at, .. } = *position;
        Self { device, inode, size, modified_at }
    }

    pub(super) fn file(&self) -> (u64, u64) {
        (self.device, self.inode)
    }
}

fn written_at(metadata: &Metadata) -> DateTime<Utc> {
    time(metadata.mtime(), metadata.mtime_nsec())
}

/// Some file systems hold times that no calendar does.
fn time(seconds: i64, nanos: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, u32::try_from(nanos).unwrap_or_default()).unwrap_or_default()
}

/// All files below `roots`, the oldest first, and what stood in the way of finding more. A session that goes on in another file
/// repeats what the older one holds: read in this order, its repeats are known already.
pub(super) fn find<F: Format>(format: &F, roots: &[PathBuf]) -> (Vec<Found>, Vec<(PathBuf, io::Error)>) {
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for root in roots {
        for folder in format.folders(root) {
            walk(format, &folder, true, &mut found, &mut errors);
        }
    }
    found.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    found.dedup_by(|one, other| one.path == other.path);
    found.sort_by_key(|file| file.written_at);
    (found, errors)
}

fn walk<F: Format>(
    format: &F,
    folder: &Path,
    must_be_there: bool,
    found: &mut Vec<Found>,
    errors: &mut Vec<(PathBuf, io::Error)>,
) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound && !must_be_there => return,
        Err(error) => return errors.push((folder.to_owned(), error)),
    };
    let mut folders = Vec::new();
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            // What follows in the folder is not told any more.
            Err(error) => {
                errors.push((folder.to_owned(), error));
                break;
            }
        };
        let path = entry.path();
        match look(format, &entry, &path) {
            Ok(Look::Folder) => folders.push(path),
            Ok(Look::File(metadata)) => found.push(Found {
                name: path.to_string_lossy().into_owned(),
                version: Version::of(&metadata),
                written_at: written_at(&metadata),
                path,
            }),
            Ok(Look::Other) => {}
            // Agents delete old logs at any time.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => errors.push((path, error)),
        }
    }
    folders.iter().for_each(|folder| walk(format, folder, false, found, errors));
}

/// What stands in a folder.
enum Look {
    Folder,
    File(Metadata),
    Other,
}

fn look<F: Format>(format: &F, entry: &fs::DirEntry, path: &Path) -> io::Result<Look> {
    // Links to folders are not followed, so that there are no circles.
    if entry.file_type()?.is_dir() {
        return Ok(Look::Folder);
    }
    if !format.holds(path) {
        return Ok(Look::Other);
    }
    let metadata = fs::metadata(path)?;
    // Opening a pipe would wait for somebody to write.
    Ok(if metadata.is_file() { Look::File(metadata) } else { Look::Other })
}
