//! Which files a log consists of.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

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
        let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.len(),
            // As finely as the database keeps it.
            modified_at: DateTime::<Utc>::from(modified).trunc_subsecs(6),
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
    found.sort_by_key(|file| file.version.modified_at);
    (found, errors)
}

fn walk<F: Format>(
    format: &F,
    folder: &Path,
    must_be_there: bool,
    found: &mut Vec<Found>,
    errors: &mut Vec<(PathBuf, io::Error)>,
) {
    let mut look = || -> io::Result<Vec<PathBuf>> {
        let mut folders = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = entry.path();
            // Links to folders are not followed, so that there are no circles.
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if format.holds(&path) {
                match fs::metadata(&path) {
                    Ok(metadata) if metadata.is_file() => {
                        let name = path.to_string_lossy().into_owned();
                        found.push(Found { name, version: Version::of(&metadata), path });
                    }
                    Ok(_) => {}
                    // Agents delete old logs at any time.
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(folders)
    };
    match look() {
        Ok(folders) => folders.iter().for_each(|folder| walk(format, folder, false, found, errors)),
        Err(error) if error.kind() == ErrorKind::NotFound && !must_be_there => {}
        Err(error) => errors.push((folder.to_owned(), error)),
    }
}
