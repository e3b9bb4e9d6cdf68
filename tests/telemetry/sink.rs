//! A collector: takes OTLP over HTTP, or behaves as badly as collectors do.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Mood {
    Takes,
    Refuses,
    Hangs,
}

/// What arrived.
#[derive(Default)]
pub(crate) struct Mail {
    pub(crate) headers: Vec<HeaderMap>,
    pub(crate) bodies: Vec<Bytes>,
}

impl Mail {
    fn take(&mut self, headers: HeaderMap, body: Bytes) {
        self.headers.push(headers);
        self.bodies.push(body);
    }

    pub(crate) fn spans(&self) -> Vec<Seen> {
        let resources = self.requests().into_iter().flat_map(|request| request.resource_spans);
        resources.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans).map(Seen::new).collect()
    }

    /// The resource's attributes, of each request.
    pub(crate) fn resources(&self) -> Vec<BTreeMap<String, String>> {
        let resources = self.requests().into_iter().flat_map(|request| request.resource_spans);
        resources.map(|resource| texts(resource.resource.unwrap().attributes)).collect()
    }

    fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        self.bodies.iter().map(|body| ExportTraceServiceRequest::decode(body.clone()).unwrap()).collect()
    }
}

/// A span as a reader sees it.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) name: String,
    pub(crate) trace: Vec<u8>,
    pub(crate) id: Vec<u8>,
    pub(crate) parent: Vec<u8>,
    pub(crate) kind: i32,
    /// 2 is an error.
    pub(crate) status: i32,
    pub(crate) events: usize,
    pub(crate) numbers: BTreeMap<String, i64>,
    pub(crate) texts: BTreeMap<String, String>,
}

impl Seen {
    fn new(span: Span) -> Self {
        Self {
            numbers: numbers(&span.attributes),
            texts: texts(span.attributes),
            name: span.name,
            trace: span.trace_id,
            id: span.span_id,
            parent: span.parent_span_id,
            kind: span.kind,
            status: span.status.map_or(0, |status| status.code),
            events: span.events.len(),
        }
    }

    pub(crate) fn text(&self, key: &str) -> &str {
        self.texts.get(key).map_or("", String::as_str)
    }
}

fn numbers(attributes: &[KeyValue]) -> BTreeMap<String, i64> {
    let numbers = attributes.iter().filter_map(|attribute| match attribute.value.as_ref()?.value {
        Some(Value::IntValue(number)) => Some((attribute.key.clone(), number)),
        _ => None,
    });
    numbers.collect()
}

fn texts(attributes: Vec<KeyValue>) -> BTreeMap<String, String> {
    let texts = attributes.into_iter().filter_map(|attribute| match attribute.value?.value {
        Some(Value::StringValue(text)) => Some((attribute.key, text)),
        _ => None,
    });
    texts.collect()
}

pub(crate) struct Sink {
    pub(crate) address: SocketAddr,
    pub(crate) mail: Arc<Mutex<Mail>>,
}

impl Sink {
    pub(crate) async fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let mail = Arc::new(Mutex::new(Mail::default()));
        let take = move |State(mail): State<Arc<Mutex<Mail>>>, headers: HeaderMap, body: Bytes| async move {
            mail.lock().unwrap().take(headers, body);
            match mood {
                Mood::Takes => StatusCode::OK,
                Mood::Refuses => StatusCode::INTERNAL_SERVER_ERROR,
                Mood::Hangs => std::future::pending().await,
            }
        };
        let router = Router::new().route("/v1/traces", post(take)).with_state(Arc::clone(&mail));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, mail }
    }
}
