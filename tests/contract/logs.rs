//! A log of calls tells each call once, and says so where it cannot be read.

use std::fs;
use std::path::Path;

use llmtally::domain::usage::Call;
use llmtally::providers::feed::{CallLog, FeedKind, FetchError};

use crate::kinds::{Log, logs};

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

fn keys(mut calls: Vec<Call>) -> Vec<String> {
    calls.sort_by(|a, b| a.key.cmp(&b.key));
    calls.into_iter().map(|call| call.key).collect()
}

#[tokio::test]
async fn a_call_counts_once_in_however_many_files_and_runs() {
    for log in logs() {
        let folder = tempfile::tempdir().unwrap();
        log.write(folder.path(), 1, &log.text(&["a", "b", "b"]));
        log.write(folder.path(), 2, &log.text(&["b", "c"]));
        let opened = log.open(folder.path());
        let first = opened.read().await.unwrap();
        assert_eq!(opened.read().await.unwrap(), first, "{}", log.provider);
        assert_eq!(keys(first), ["a", "b", "c"], "{}", log.provider);
    }
}

#[tokio::test]
async fn half_a_line_is_no_call_until_it_is_whole() {
    for log in logs() {
        let folder = tempfile::tempdir().unwrap();
        let text = log.text(&["a", "b"]);
        log.write(folder.path(), 1, &text[..text.len() - 20]);
        let opened = log.open(folder.path());
        assert_eq!(keys(opened.read().await.unwrap()), ["a"], "{}", log.provider);
        log.write(folder.path(), 1, &text);
        assert_eq!(keys(opened.read().await.unwrap()), ["a", "b"], "{}", log.provider);
    }
}

#[tokio::test]
async fn a_log_that_is_not_there_is_no_empty_log() {
    for log in logs() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("nowhere");
        let error = log.open(&missing).read().await.unwrap_err();
        let FetchError::Unavailable(text) = error else { panic!("{}: {error}", log.provider) };
        assert!(text.contains(missing.to_str().unwrap()), "{text}");
    }
}
