//! The feeds against a vendor on loopback: what they ask, and what they make of the answers.

mod costs;
mod directory;
mod refusals;
mod usage;

use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Value, json};

use super::Config;
use crate::domain::cost::CostRecord;
use crate::domain::names::DirectoryEntry;
use crate::domain::period::{Day, Window};
use crate::domain::usage::UsageRecord;
use crate::providers::account::Account;
use crate::providers::feed::{FeedKind, FetchError, NamedFeed};
use crate::providers::http::Limits;
use crate::providers::http::loopback::{Loopback, Seen, reply};

const COSTS: &str = "/v1/organization/costs";
const NO_BUCKETS: &str = r#"{"object":"page","data":[],"has_more":false,"next_page":null}"#;

/// A vendor that gives each answer once, in order for each path, and refuses everything else.
struct Vendor(Loopback);

impl Vendor {
    /// Answers are a path, a status and a body.
    async fn start(answers: &[(&str, u16, &str)]) -> Self {
        let owned = answers.iter().map(|(path, status, body)| ((*path).to_owned(), *status, (*body).to_owned()));
        let left = Mutex::new(owned.collect::<Vec<_>>());
        let serve = move |asked: &Seen, _| {
            let mut left = left.lock().unwrap();
            let found = left.iter().position(|(path, ..)| *path == asked.path);
            let (_, status, body) = found.map_or_else(
                || (asked.path.clone(), 418, format!("no answer left for {}", asked.path)),
                |index| left.remove(index),
            );
            reply(status, body)
        };
        Self(Loopback::start(serve).await)
    }

    fn asked(&self) -> Vec<Seen> {
        self.0.seen()
    }

    /// The feeds of an account at this vendor.
    fn feeds(&self) -> Vec<NamedFeed> {
        let config: Config = serde_json::from_value(json!({
            "api_key": "sk-admin-of-the-test",
            "organization": "org-Ab3example",
            // Other clients of this vendor want the version in the address.
            "base_url": format!("{}/v1/", self.0.base_url),
        }))
        .unwrap();
        let mut wire = self.0.wire();
        wire.limits = Limits { max_attempts: 1, min_gap: Duration::ZERO, ..Limits::default() };
        config.open(&wire).unwrap().feeds
    }

    fn feed(&self, name: &str) -> FeedKind {
        self.feeds().into_iter().find(|feed| feed.name.0 == name).unwrap().kind
    }

    async fn costs(&self, window: Window) -> Result<Vec<CostRecord>, FetchError> {
        let FeedKind::Costs(feed) = self.feed("costs") else { panic!("costs are a cost feed") };
        feed.fetch(window).await
    }

    async fn usage(&self, feed: &str, window: Window) -> Result<Vec<UsageRecord>, FetchError> {
        let FeedKind::Usage(_, feed) = self.feed(feed) else { panic!("{feed} is a usage feed") };
        feed.fetch(window).await
    }

    async fn directory(&self) -> Result<Vec<DirectoryEntry>, FetchError> {
        let FeedKind::Directory(feed) = self.feed("directory") else { panic!("directory is one") };
        feed.list().await
    }
}

/// The days from `first` to `last`, both included.
fn days(first: &str, last: &str) -> Window {
    Window::new(first.parse().unwrap(), last.parse::<Day>().unwrap().next()).unwrap()
}

/// A page with one bucket of an hour or a day.
fn page(start: i64, end: i64, results: &[Value]) -> String {
    let bucket = json!({ "object": "bucket", "start_time": start, "end_time": end, "results": results });
    json!({ "object": "page", "data": [bucket], "has_more": false, "next_page": null }).to_string()
}

#[test]
fn configuration_has_no_room_for_typing_errors() {
    let config: Config = serde_json::from_str("{}").unwrap();
    assert_eq!(config.base_url, "https://api.openai.com");
    assert!(config.api_key.is_none() && config.organization.is_none());
    for wrong in [r#"{"api_kye": "x"}"#, r#"{"organization": "org a"}"#, r#"{"organization": ""}"#] {
        assert!(serde_json::from_str::<Config>(wrong).is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn every_kind_of_cost_and_use_is_a_feed_of_its_own() {
    let names: Vec<_> = Vendor::start(&[]).await.feeds().into_iter().map(|feed| feed.name.0).collect();
    let usage = [
        "completions",
        "decisions",
        "embeddings",
        "moderations",
        "images",
        "audio_speeches",
        "audio_transcriptions",
        "vector_stores",
        "code_interpreter_sessions",
        "file_search_calls",
        "web_search_calls",
    ];
    let expected: Vec<_> = usage.iter().map(|name| format!("usage.{name}")).collect();
    assert_eq!(names[1..12], expected);
    assert_eq!([names[0], names[12]], ["costs", "directory"]);
    assert_eq!(names.len(), 13);
}
