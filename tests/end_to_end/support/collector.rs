//! A collector of metrics and traces: takes OTLP over HTTP, or behaves as badly as collectors do, and may change its mood.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::metrics::v1::{ExportMetricsPartialSuccess, ExportMetricsServiceResponse};
use prost::Message;
use tokio::net::TcpListener;

use super::page::Series;
use super::points::Point;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Takes,
    /// With this status.
    Refuses(u16),
    /// Takes a request, but not all that is in it.
    Picks,
    Hangs,
}

/// A request that arrived.
#[derive(Clone)]
pub(crate) struct Letter {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) taken: bool,
}

pub(crate) struct Collector {
    pub(crate) address: SocketAddr,
    held: Arc<Held>,
}

struct Held {
    mood: Mutex<Mood>,
    letters: Mutex<Vec<Letter>>,
    /// Bodies of requests with spans.
    spans: Mutex<Vec<Bytes>>,
}

impl Collector {
    pub(crate) async fn start(mood: Mood) -> Self {
        Self::start_at((Ipv4Addr::LOCALHOST, 0).into(), mood).await
    }

    pub(crate) async fn start_at(address: SocketAddr, mood: Mood) -> Self {
        let listener = TcpListener::bind(address).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let held = Arc::new(Held { mood: Mutex::new(mood), letters: Mutex::default(), spans: Mutex::default() });
        let router = Router::new().route("/v1/metrics", post(take)).route("/v1/traces", post(keep));
        let router = router.with_state(Arc::clone(&held));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, held }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn becomes(&self, mood: Mood) {
        *self.held.mood.lock().expect("a mood") = mood;
    }

    pub(crate) fn letters(&self) -> MutexGuard<'_, Vec<Letter>> {
        self.held.letters.lock().expect("letters")
    }

    /// What arrived of spans.
    pub(crate) fn spans(&self) -> Vec<Bytes> {
        self.held.spans.lock().expect("spans").clone()
    }

    /// All points of the letters that were taken, in the order in which they came.
    pub(crate) fn points(&self) -> Vec<Point> {
        self.letters().iter().filter(|letter| letter.taken).flat_map(Letter::points).collect()
    }

    /// The latest value of each series of each instance: those that have ended are gone.
    pub(crate) fn state(&self) -> BTreeMap<(String, Series), f64> {
        let points = self.points().into_iter();
        let latest: BTreeMap<_, _> = points.map(|point| (point.identity(), point)).collect();
        let living = latest.into_values().filter_map(|point| Some((point.instance, point.samples?)));
        living
            .flat_map(|(of, samples)| samples.into_iter().map(move |(series, value)| ((of.clone(), series), value)))
            .collect()
    }
}

async fn keep(State(held): State<Arc<Held>>, body: Bytes) {
    held.spans.lock().expect("spans").push(body);
}

async fn take(State(held): State<Arc<Held>>, headers: HeaderMap, body: Bytes) -> Response {
    let mood = *held.mood.lock().expect("a mood");
    let taken = matches!(mood, Mood::Takes | Mood::Picks);
    held.letters.lock().expect("letters").push(Letter { headers, body, taken });
    let answer = |rejected_data_points| {
        let error_message = "secrets-in-an-answer".to_owned();
        let partial_success = Some(ExportMetricsPartialSuccess { rejected_data_points, error_message });
        ExportMetricsServiceResponse { partial_success }.encode_to_vec()
    };
    match mood {
        Mood::Takes => StatusCode::OK.into_response(),
        Mood::Picks => answer(3).into_response(),
        Mood::Refuses(status) => (StatusCode::from_u16(status).expect("a status"), answer(3)).into_response(),
        Mood::Hangs => std::future::pending().await,
    }
}
