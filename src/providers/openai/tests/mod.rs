//! The feeds against a vendor on loopback: what they ask, and what they make of the answers.

mod costs;
mod directory;
mod refusals;
mod usage;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{Config, feeds};
use crate::domain::clock::Clock;
use crate::domain::cost::CostRecord;
use crate::domain::names::{AccountName, DirectoryEntry, Provider};
use crate::domain::period::{Day, Window};
use crate::domain::usage::UsageRecord;
use crate::providers::feed::{FeedKind, FetchError, NamedFeed};
use crate::providers::http::{Auth, Credential, Http, HttpConfig, HttpMetrics, Limits, shared_client};

const COSTS: &str = "/v1/organization/costs";
const NO_BUCKETS: &str = r#"{"object":"page","data":[],"has_more":false,"next_page":null}"#;

/// A request as the vendor saw it.
#[derive(Clone)]
struct Asked {
    path: String,
    query: Vec<(String, String)>,
    headers: HeaderMap,
}

impl Asked {
    /// All values of a parameter, in order.
    fn values(&self, name: &str) -> Vec<&str> {
        self.query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }
}

struct Answer {
    path: String,
    status: u16,
    body: String,
}

/// A vendor that gives each answer once, in order for each path, and refuses everything else.
#[derive(Clone, Default)]
struct Vendor {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Vendor {
    fn new(answers: &[(&str, u16, &str)]) -> Self {
        let answers = answers.iter().map(|(path, status, body)| Answer {
            path: (*path).to_owned(),
            status: *status,
            body: (*body).to_owned(),
        });
        Self { answers: Arc::new(Mutex::new(answers.collect())), asked: Arc::default() }
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    fn paths(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.path).collect()
    }

    /// The feeds of an account at this vendor.
    async fn feeds(&self) -> Vec<NamedFeed> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().fallback(answer).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let config: Config = serde_json::from_value(json!({
            "api_key": "sk-admin-of-the-test",
            "organization": "org-Ab3example",
            "base_url": format!("http://{address}"),
        }))
        .unwrap();
        let http = Http::new(HttpConfig {
            client: shared_client().unwrap(),
            account: AccountName { provider: Provider::OpenAi, account: "default".to_owned() },
            base_url: config.base_url.clone(),
            auth: Auth::bearer(Credential::from_config(config.api_key.as_ref(), None).unwrap()),
            headers: HeaderMap::new(),
            limits: Limits { min_gap: Duration::ZERO, max_attempts: 1, ..Limits::default() },
            clock: Clock::system(),
            stop: CancellationToken::new(),
            metrics: HttpMetrics::default(),
        });
        feeds(&config, &Arc::new(http.unwrap()))
    }

    async fn feed(&self, name: &str) -> FeedKind {
        self.feeds().await.into_iter().find(|feed| feed.name.0 == name).unwrap().kind
    }

    async fn costs(&self, window: Window) -> Result<Vec<CostRecord>, FetchError> {
        let FeedKind::Costs(feed) = self.feed("costs").await else { panic!("costs are a cost feed") };
        feed.fetch(window).await
    }

    async fn usage(&self, feed: &str, window: Window) -> Result<Vec<UsageRecord>, FetchError> {
        let FeedKind::Usage(_, feed) = self.feed(feed).await else { panic!("{feed} is a usage feed") };
        feed.fetch(window).await
    }

    async fn directory(&self) -> Result<Vec<DirectoryEntry>, FetchError> {
        let FeedKind::Directory(feed) = self.feed("directory").await else { panic!("directory is one") };
        feed.list().await
    }
}

async fn answer(
    State(vendor): State<Vendor>,
    uri: Uri,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> (StatusCode, String) {
    vendor.asked.lock().unwrap().push(Asked { path: uri.path().to_owned(), query, headers });
    let mut answers = vendor.answers.lock().unwrap();
    let found = answers.iter().position(|answer| answer.path == uri.path());
    match found.and_then(|index| answers.remove(index)) {
        Some(answer) => (StatusCode::from_u16(answer.status).unwrap(), answer.body),
        None => (StatusCode::IM_A_TEAPOT, format!("no answer left for {uri}")),
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
    let names: Vec<_> = Vendor::default().feeds().await.into_iter().map(|feed| feed.name.0).collect();
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
