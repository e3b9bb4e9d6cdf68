//! What is made of files, and made again when they change.

use std::fmt;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Mutex;
use tracing::{info, warn};

/// What is wrong with a file that the configuration names; never what stands in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {message}")]
pub struct FileProblem {
    /// The key of the configuration, such as `http.tls.cert_file`.
    pub key: &'static str,
    pub message: String,
}

/// A value made of files. New files that are no good change nothing: whoever got in before still does.
pub(super) struct Watched<T> {
    files: Vec<PathBuf>,
    read: Box<dyn Fn() -> Result<T, FileProblem> + Send + Sync>,
    last: Mutex<Reading<T>>,
}

struct Reading<T> {
    stamps: Vec<Option<Stamp>>,
    value: Arc<T>,
}

/// What of a file changes when its content does, or when another file takes its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    place: (u64, u64),
    changed: (i64, i64),
    size: u64,
}

impl<T> Watched<T> {
    /// Reads `files` by `read`, now and whenever they have changed.
    ///
    /// # Errors
    ///
    /// What `read` says the first time.
    pub(super) fn open(
        files: Vec<PathBuf>,
        read: impl Fn() -> Result<T, FileProblem> + Send + Sync + 'static,
    ) -> Result<Self, FileProblem> {
        // Stamps come first: what changes in between is read again.
        let stamps = files.iter().map(|file| std::fs::metadata(file).ok().as_ref().map(Stamp::of)).collect();
        let value = Arc::new(read()?);
        Ok(Self { files, read: Box::new(read), last: Mutex::new(Reading { stamps, value }) })
    }

    /// The value of the files as they are now, or as they last were good.
    pub(super) async fn current(&self) -> Arc<T> {
        let mut last = self.last.lock().await;
        let mut stamps = Vec::with_capacity(self.files.len());
        for file in &self.files {
            stamps.push(tokio::fs::metadata(file).await.ok().as_ref().map(Stamp::of));
        }
        if stamps != last.stamps {
            // Remembered even if they are no good: that is said once.
            last.stamps = stamps;
            match (self.read)() {
                Ok(value) => {
                    info!("read {self} again");
                    last.value = Arc::new(value);
                }
                Err(problem) => warn!("{problem}; what was read before stays in use"),
            }
        }
        Arc::clone(&last.value)
    }
}

impl<T> fmt::Display for Watched<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, file) in self.files.iter().enumerate() {
            write!(f, "{}`{}`", if index > 0 { " and " } else { "" }, file.display())?;
        }
        Ok(())
    }
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            place: (metadata.dev(), metadata.ino()),
            // The time of the last change cannot be set back, as that of the content can.
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            size: metadata.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::*;

    #[tokio::test]
    async fn a_file_that_is_written_anew_within_its_size_and_time_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens");
        fs::write(&path, "one").unwrap();
        let read = path.clone();
        let watched = Watched::open(vec![path.clone()], move || Ok(fs::read_to_string(&read).unwrap())).unwrap();
        assert_eq!(*watched.current().await, "one");
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        // Longer than a clock tick of the system, by which it dates changes.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        fs::write(&path, "two").unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
        assert_eq!(*watched.current().await, "two");
    }
}
