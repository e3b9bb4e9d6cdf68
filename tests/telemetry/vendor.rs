//! The sandbox behind a door that writes down who knocks, and is rude once.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use llmtally::domain::clock::Clock;
use llmtally::providers::http::shared_client;
use llmtally::sandbox::{Options, Sandbox};
use tokio::net::TcpListener;

pub(crate) struct Vendor {
    pub(crate) address: SocketAddr,
    pub(crate) key: String,
    pub(crate) headers: Arc<Mutex<Vec<HeaderMap>>>,
}

struct Door {
    sandbox: Sandbox,
    client: reqwest::Client,
    headers: Arc<Mutex<Vec<HeaderMap>>>,
    was_rude: Mutex<bool>,
}

impl Vendor {
    /// The first request for costs gets a 503; requests for users get a 401 that quotes the key.
    pub(crate) async fn start() -> Self {
        let sandbox = Sandbox::start(Options::new(Clock::system())).await.unwrap();
        let key = sandbox.anthropic_key().to_owned();
        let headers = Arc::new(Mutex::new(Vec::new()));
        let door = Door {
            sandbox,
            client: shared_client().unwrap(),
            headers: Arc::clone(&headers),
            was_rude: Mutex::new(false),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(forward).with_state(Arc::new(door));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, key, headers }
    }
}

async fn forward(State(door): State<Arc<Door>>, request: Request) -> Response {
    let (head, _) = request.into_parts();
    door.headers.lock().unwrap().push(head.headers.clone());
    if head.uri.path().ends_with("/users") {
        let text = format!(r#"{{"error": {{"message": "no such key: {}"}}}}"#, door.sandbox.anthropic_key());
        return (StatusCode::UNAUTHORIZED, text).into_response();
    }
    if head.uri.path().ends_with("/cost_report") && !std::mem::replace(&mut *door.was_rude.lock().unwrap(), true) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let url = format!("{}{}", door.sandbox.anthropic_url(), head.uri.path_and_query().unwrap());
    let mut headers = head.headers;
    headers.remove("host");
    headers.remove("accept-encoding");
    let answer = door.client.get(url).headers(headers).send().await.unwrap();
    (answer.status(), answer.bytes().await.unwrap()).into_response()
}
