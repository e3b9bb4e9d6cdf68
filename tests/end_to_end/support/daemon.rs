//! A running daemon, and questions to it.

use std::net::SocketAddr;
use std::process::{Command, ExitStatus};

use llmtally::providers::http::shared_client;
use nix::sys::signal::Signal;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;

use super::page::Page;
use super::program::Program;
use super::wait::{PATIENCE, eventually, so};

pub(crate) struct Daemon {
    pub(crate) program: Program,
    pub(crate) address: SocketAddr,
    scheme: String,
    client: Client,
}

impl Daemon {
    /// Starts the daemon and waits until it serves, on whatever port the system gave it.
    pub(crate) async fn start(command: &mut Command) -> Self {
        Self::start_for(shared_client().expect("a client"), command).await
    }

    pub(crate) async fn start_for(client: Client, command: &mut Command) -> Self {
        let mut program = Program::start(command);
        let address = eventually(async || {
            let words = program.words();
            let ended = program.has_ended();
            assert!(ended.is_none(), "the daemon ended: {ended:?}");
            let (_, rest) = words.split_once("serving on ").ok_or("it does not serve yet")?;
            let (scheme, rest) = rest.split_once("://").ok_or("half a line")?;
            let end = rest.find(|c: char| !c.is_ascii_digit() && !".:".contains(c)).ok_or("half a line")?;
            Ok::<_, &str>((scheme.to_owned(), rest[..end].parse().expect("an address")))
        });
        let (scheme, address) = address.await;
        Self { program, address, scheme, client }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}://{}{path}", self.scheme, self.address)).timeout(PATIENCE)
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, String) {
        let answer = self.request(Method::GET, path).send().await.expect("an answer");
        (answer.status(), answer.text().await.expect("a text"))
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        let (status, text) = self.get(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    pub(crate) async fn page(&self) -> Page {
        let (status, text) = self.get("/metrics").await;
        assert_eq!(status, StatusCode::OK, "{text}");
        Page(text)
    }

    /// How many feeds have been brought up to date at least once.
    pub(crate) async fn synced_feeds(&self) -> usize {
        let (status, text) = self.get("/api/v1/sync").await;
        if status != StatusCode::OK {
            return 0;
        }
        let status: Value = serde_json::from_str(&text).expect("JSON");
        let feeds = status["feeds"].as_array().expect("feeds");
        feeds.iter().filter(|feed| !feed["last_success_at"].is_null()).count()
    }

    /// Waits until all configured feeds have been brought up to date at least once.
    pub(crate) async fn until_synced(&self) {
        self.until_ready().await;
        eventually(async || {
            let all = self.page().await.samples("llmtally_sync_max_age_seconds", &[]).len();
            let synced = self.synced_feeds().await;
            so(all > 0 && synced == all, format!("{synced} of {all} feeds are synced"))
        })
        .await;
    }

    pub(crate) async fn until_ready(&self) {
        eventually(async || {
            let (status, text) = self.get("/-/ready").await;
            so(status == StatusCode::OK, text)
        })
        .await;
    }

    /// Asks it to stop, as a service manager does, and waits for the end.
    pub(crate) async fn stop(&mut self) -> ExitStatus {
        self.program.signal(Signal::SIGTERM);
        self.program.end().await
    }

    pub(crate) async fn kill(mut self) {
        self.program.signal(Signal::SIGKILL);
        self.program.end().await;
    }
}
