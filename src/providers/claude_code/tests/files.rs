use std::fs;
use std::io::Write;
use std::path::Path;

use super::*;
use crate::domain::names::Billing;
use crate::providers::claude_code::{Config, feeds};
use crate::providers::feed::FeedKind;

fn line(id: &str, session: &str, output: u64) -> String {
    format!(
        r#"{{"timestamp":"2026-11-22T10:00:00Z","sessionId":"{session}","message":{{"id":"{id}","usage":{{"output_tokens":{output}}}}}}}"#
    ) + "\n"
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn keys(calls: &[Call]) -> Vec<&str> {
    calls.iter().map(|call| call.key.as_str()).collect()
}

fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    write(home.path(), "history.jsonl", &line("history", "s-1", 1));
    write(home.path(), "projects/-home-dev-shop/s-1.jsonl", &(line("a", "s-1", 1) + &line("b", "s-1", 2)));
    write(home.path(), "projects/-home-dev-shop/s-2.jsonl", &(line("b", "s-2", 2) + &line("c", "s-2", 3)));
    write(home.path(), "projects/-home-dev-shop/s-1/subagents/agent-1.jsonl", &line("d", "s-1", 4));
    write(home.path(), "projects/-home-dev-shop/s-1/subagents/agent-1.meta.json", &line("meta", "s-1", 4));
    write(home.path(), "projects/-home-dev-shop/s-3.orphaned.jsonl", &line("orphaned", "s-3", 5));
    write(home.path(), "projects/-home-dev-shop/s-4.jsonl.superseded-2.jsonl", &line("superseded", "s-4", 5));
    home
}

#[tokio::test]
async fn every_transcript_below_a_folder_is_read_and_nothing_twice() {
    let home = home();
    let projects = home.path().join("projects");
    for roots in [
        vec![home.path().to_owned()],
        vec![projects.clone()],
        vec![projects.join("-home-dev-shop")],
        vec![home.path().to_owned(), projects],
    ] {
        let calls = Transcripts::new(roots.clone()).read().await.unwrap();
        assert_eq!(keys(&calls), ["a", "b", "c", "d"], "{roots:?}");
    }
}

#[tokio::test]
async fn a_second_run_sees_what_was_added_finished_and_removed() {
    let home = home();
    let log = Transcripts::new(vec![home.path().to_owned()]);
    log.read().await.unwrap();

    let path = home.path().join("projects/-home-dev-shop/s-1.jsonl");
    let added = line("e", "s-1", 5);
    let (half, rest) = added.split_at(40);
    let append = |text: &str| fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(text.as_bytes());
    append(half).unwrap();
    assert_eq!(keys(&log.read().await.unwrap()), ["a", "b", "c", "d"]);
    append(rest).unwrap();
    fs::remove_file(home.path().join("projects/-home-dev-shop/s-2.jsonl")).unwrap();
    assert_eq!(keys(&log.read().await.unwrap()), ["a", "b", "d", "e"]);
}

#[tokio::test]
async fn a_missing_folder_is_an_error_that_names_it() {
    let home = home();
    let missing = home.path().join("nowhere");
    let error = Transcripts::new(vec![home.path().to_owned(), missing.clone()]).read().await.unwrap_err();
    assert!(matches!(error, FetchError::Unavailable(_)), "{error:?}");
    assert!(error.to_string().contains(missing.to_str().unwrap()), "{error}");
}

#[test]
fn the_settings_say_who_pays_or_the_caller_does() {
    let billing = |config: &str| {
        let feeds = feeds(&toml::from_str::<Config>(config).unwrap(), Billing::Included);
        feeds
            .into_iter()
            .find_map(|feed| if let FeedKind::Calls(billing, _) = feed.kind { Some(billing) } else { None })
    };
    assert_eq!(billing("paths = ['/x']"), Some(Billing::Included));
    assert_eq!(billing("paths = ['/x']\nbilling = 'subscription'"), Some(Billing::Subscription));
    assert!(toml::from_str::<Config>("paths = ['/x']\npath = '/y'").is_err());
}
