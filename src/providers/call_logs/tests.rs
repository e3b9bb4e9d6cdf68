//! What a pass hands on, on real files.

use std::fs;
use std::path::Path;

use tokio::time::timeout;

use super::pass::BATCH_CALLS;
use super::*;
use crate::domain::call_log::Call;
use crate::domain::usage::Dimensions;

/// A line is the key of a call; the file's first line is its session.
struct Words;

impl Format for Words {
    type State = Option<String>;

    fn folders(&self, root: &Path) -> Vec<PathBuf> {
        vec![root.to_owned()]
    }

    fn holds(&self, _: &Path) -> bool {
        true
    }

    fn start(&self, _: &Path) -> Option<String> {
        None
    }

    fn read(&self, line: &[u8], session: &mut Option<String>, found: &mut Findings) {
        let key = String::from_utf8(line.to_owned()).unwrap();
        let session = session.get_or_insert_with(|| key.clone()).clone();
        let at = chrono::DateTime::UNIX_EPOCH;
        let (dims, meters) = (Dimensions::default(), [].into());
        found.calls.push(Call { key, at, session: Some(session), dims, meters });
    }
}

/// The next batch, or `None` at the end; a log that says neither fails the test.
async fn next(receiver: &mut mpsc::Receiver<Result<LogBatch, FetchError>>) -> Option<Result<LogBatch, FetchError>> {
    timeout(Duration::from_secs(60), receiver.recv()).await.expect("a batch, or the end of the log")
}

async fn pass(root: &Path, known: Vec<LogPosition>) -> (Vec<LogBatch>, Option<FetchError>) {
    let log = LogFolders { roots: vec![root.to_owned()], format: Arc::new(Words) };
    let (mut batches, mut receiver) = (Vec::new(), log.read(known));
    while let Some(batch) = next(&mut receiver).await {
        match batch {
            Ok(batch) => batches.push(batch),
            Err(error) => return (batches, Some(error)),
        }
    }
    (batches, None)
}

fn keys(batches: &[LogBatch]) -> Vec<&str> {
    batches.iter().flat_map(|batch| &batch.calls).map(|call| call.key.as_str()).collect()
}

#[tokio::test]
async fn every_batch_says_how_far_its_own_calls_reach() {
    let home = tempfile::tempdir().unwrap();
    let lines: String = (0..2 * BATCH_CALLS + 2_000).map(|number| format!("{number}\n")).collect();
    fs::write(home.path().join("a.log"), &lines).unwrap();
    let (batches, error) = pass(home.path(), Vec::new()).await;
    assert!(error.is_none());
    assert_eq!(batches.iter().map(|batch| batch.calls.len()).collect::<Vec<_>>(), [BATCH_CALLS, BATCH_CALLS, 2_000]);
    let last = batches.last().unwrap();
    assert_eq!((last.done, last.total), (lines.len() as u64, lines.len() as u64));
    // Whoever stored only the first batch gets the others again, with what the first line meant.
    let (rest, _) = pass(home.path(), batches[0].positions.clone()).await;
    assert_eq!(keys(&rest), keys(&batches[1..]));
    assert_eq!(rest[0].calls[0].session.as_deref(), Some("0"));
    let (nothing, _) = pass(home.path(), last.positions.clone()).await;
    assert_eq!(nothing, [LogBatch::default()]);
}

#[tokio::test]
async fn what_cannot_be_read_does_not_hide_the_rest() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("b.log"), "b\n").unwrap();
    let log = LogFolders { roots: vec![home.path().join("nowhere"), home.path().to_owned()], format: Arc::new(Words) };
    let mut receiver = log.read(Vec::new());
    assert_eq!(next(&mut receiver).await.unwrap().unwrap().calls[0].key, "b");
    let error = next(&mut receiver).await.unwrap().unwrap_err();
    assert!(matches!(error, FetchError::Unavailable(_)), "{error:?}");
    assert!(error.to_string().contains("nowhere"), "{error}");
}

#[tokio::test]
async fn an_endless_line_does_not_fill_the_memory() {
    let home = tempfile::tempdir().unwrap();
    let endless = "x".repeat(33 * 1024 * 1024);
    fs::write(home.path().join("a.log"), format!("{endless}\nshort\n")).unwrap();
    let (batches, _) = pass(home.path(), Vec::new()).await;
    assert_eq!(keys(&batches), ["short"]);
}
