//! A log of calls tells every call under one key, goes on where it was read to, and says so where it cannot be read.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use llmtally::domain::call_log::LogPosition;
use llmtally::providers::feed::{CallLog, FeedKind, FetchError};

use tokio::time::timeout;

use crate::kinds::{Log, logs};

/// Only a failing test waits this long.
const PATIENCE: Duration = Duration::from_secs(60);

impl Log {
    fn open(&self, folder: &Path) -> Box<dyn CallLog> {
        let found = (self.feeds)(folder).into_iter().find_map(|feed| match feed.kind {
            FeedKind::Calls(_, log) => Some(log),
            _ => None,
        });
        found.unwrap_or_else(|| panic!("{} has no calls", self.provider))
    }

    fn write(&self, folder: &Path, number: u32, text: &str) {
        let path = folder.join((self.file)(number));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Whole lines of calls.
    fn text(&self, keys: &[&str]) -> String {
        keys.iter().map(|key| (self.line)(key) + "\n").collect()
    }
}

/// The keys of what lies beyond `known`, and how far that is read.
async fn read(log: &dyn CallLog, known: &[LogPosition]) -> Result<(BTreeSet<String>, Vec<LogPosition>), FetchError> {
    let mut batches = log.read(known.to_vec());
    let (mut keys, mut positions) = (BTreeSet::new(), Vec::new());
    while let Some(batch) = timeout(PATIENCE, batches.recv()).await.expect("a batch, or the end of the log") {
        let batch = batch?;
        keys.extend(batch.calls.into_iter().map(|call| call.key));
        positions.extend(batch.positions);
    }
    Ok((keys, positions))
}

fn set(keys: &[&str]) -> BTreeSet<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

#[tokio::test]
async fn a_call_has_one_key_in_however_many_files_and_is_not_read_again() {
    for log in logs() {
        let folder = tempfile::tempdir().unwrap();
        log.write(folder.path(), 1, &log.text(&["a", "b", "b"]));
        log.write(folder.path(), 2, &log.text(&["b", "c"]));
        let opened = log.open(folder.path());
        let (keys, positions) = read(opened.as_ref(), &[]).await.unwrap();
        assert_eq!(keys, set(&["a", "b", "c"]), "{}", log.provider);
        assert_eq!(read(opened.as_ref(), &[]).await.unwrap().0, keys, "{}", log.provider);
        log.write(folder.path(), 2, &log.text(&["b", "c", "d"]));
        assert_eq!(read(opened.as_ref(), &positions).await.unwrap().0, set(&["d"]), "{}", log.provider);
    }
}

#[tokio::test]
async fn half_a_line_is_no_call_until_it_is_whole() {
    for log in logs() {
        let folder = tempfile::tempdir().unwrap();
        let text = log.text(&["a", "b"]);
        log.write(folder.path(), 1, &text[..text.len() - 20]);
        let opened = log.open(folder.path());
        let (keys, positions) = read(opened.as_ref(), &[]).await.unwrap();
        assert_eq!(keys, set(&["a"]), "{}", log.provider);
        log.write(folder.path(), 1, &text);
        assert_eq!(read(opened.as_ref(), &positions).await.unwrap().0, set(&["b"]), "{}", log.provider);
    }
}

#[tokio::test]
async fn a_log_that_is_not_there_is_no_empty_log() {
    for log in logs() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("nowhere");
        let error = read(log.open(&missing).as_ref(), &[]).await.unwrap_err();
        let FetchError::Unavailable(text) = error else { panic!("{}: {error}", log.provider) };
        assert!(text.contains(missing.to_str().unwrap()), "{text}");
    }
}
