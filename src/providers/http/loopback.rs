//! For tests: a vendor on loopback that notes what it is asked, and a connection to it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Query, Request};
use axum::response::Response;
use reqwest::header::{HeaderMap, HeaderName};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Auth, Credential, Http, HttpConfig, HttpMetrics, Limits, Wire, shared_client};
use crate::domain::clock::Clock;
use crate::domain::names::{AccountName, Provider};

pub(crate) const KEY: &str = "sk-ant-admin01-Test_Key-123";

/// What the server was asked.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) method: String,
    pub(crate) body: String,
}

impl Seen {
    /// All values of a parameter, in the order in which they were sent.
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        self.query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

pub(crate) struct Loopback {
    pub(crate) base_url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    server: JoinHandle<()>,
}

impl Loopback {
    /// Serves what `answer` makes of a request and of how many there were before.
    pub(crate) async fn start(answer: impl Fn(&Seen, usize) -> Response + Send + Sync + 'static) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let note = Arc::clone(&seen);
        let answer = Arc::new(answer);
        let router = Router::new().fallback(move |request: Request| {
            let (note, answer) = (Arc::clone(&note), Arc::clone(&answer));
            async move {
                let Query(query) = Query::try_from_uri(request.uri()).unwrap();
                let path = request.uri().path().to_owned();
                let (headers, method) = (request.headers().clone(), request.method().to_string());
                let body = axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap();
                let body = String::from_utf8_lossy(&body).into_owned();
                let now = Seen { path, query, headers, method, body };
                let mut note = note.lock().unwrap();
                note.push(now.clone());
                answer(&now, note.len() - 1)
            }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        Self { base_url, seen, server }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn http(&self) -> Http {
        Http::new(self.config()).unwrap()
    }

    pub(crate) fn config(&self) -> HttpConfig {
        let auth = Auth::header(HeaderName::from_static("x-api-key"), Credential::inline(KEY.into()));
        self.wire().to(&self.base_url, auth)
    }

    /// Hardly waits between attempts.
    pub(crate) fn wire(&self) -> Wire {
        Wire {
            client: shared_client().unwrap(),
            account: AccountName { provider: Provider::Anthropic, account: "default".to_owned() },
            limits: Limits {
                backoff_base: Duration::from_millis(2),
                backoff_cap: Duration::from_millis(5),
                max_attempts: 3,
                min_gap: Duration::ZERO,
                ..Limits::default()
            },
            clock: Clock::fixed("2026-11-22T14:05:00Z".parse().unwrap()),
            stop: CancellationToken::new(),
            metrics: HttpMetrics::default(),
        }
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.server.abort();
    }
}

pub(crate) fn reply(status: u16, body: impl Into<Body>) -> Response {
    Response::builder().status(status).body(body.into()).unwrap()
}

pub(crate) fn reply_with(status: u16, header: (&str, &str), body: impl Into<Body>) -> Response {
    Response::builder().status(status).header(header.0, header.1).body(body.into()).unwrap()
}
