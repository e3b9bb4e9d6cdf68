//! Spans to a collector, by OTLP over HTTP: in the background, from a bounded queue, and never in anybody's way.

use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{ExporterBuildError, Protocol, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::resource::{EnvResourceDetector, TelemetryResourceDetector};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, SpanData, SpanExporter};
use percent_encoding::percent_decode_str;
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::runtime::Runtime;
use tracing::warn;

use super::carrier::{Carrier, TIMEOUT};
use super::trouble::Trouble;

/// How long the end of the process waits for the last batch.
const FLUSH: Duration = Duration::from_secs(3);
const NAME: &str = env!("CARGO_PKG_NAME");

/// Where spans go.
#[derive(Debug)]
pub struct Otlp {
    /// Brings its time-out to connect and its TLS.
    pub client: reqwest::Client,
    pub endpoint: Endpoint,
    /// From [`headers`].
    pub headers: HeaderMap,
}

/// A collector's address, such as `http://collector:4318`: the path `/v1/traces` comes after it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Endpoint(Url);

/// The text is left out: it may hold a password.
#[derive(Debug, thiserror::Error)]
#[error("must be an http or https address such as `http://collector:4318`, without credentials, query or fragment")]
pub struct NoEndpoint;

impl TryFrom<String> for Endpoint {
    type Error = NoEndpoint;

    fn try_from(text: String) -> Result<Self, NoEndpoint> {
        let url = Url::parse(&format!("{}/", text.trim().trim_end_matches('/'))).map_err(|_| NoEndpoint)?;
        let open = url.username().is_empty() && url.password().is_none();
        let bare = url.query().is_none() && url.fragment().is_none();
        let usable = matches!(url.scheme(), "http" | "https") && url.has_host() && open && bare;
        usable.then_some(Self(url)).ok_or(NoEndpoint)
    }
}

impl Endpoint {
    fn traces(&self) -> String {
        format!("{}v1/traces", self.0)
    }
}

/// The text is left out: it is a secret.
#[derive(Debug, thiserror::Error)]
#[error("must be of the form `name=value,other=value`, with values percent-encoded")]
pub struct NoHeaders;

/// The headers in `text`, in the form of `OTEL_EXPORTER_OTLP_HEADERS`.
///
/// # Errors
///
/// Any part that is no header: a collector that refuses everything would be found much later.
pub fn headers(text: &SecretString) -> Result<HeaderMap, NoHeaders> {
    let parts = text.expose_secret().split(',').map(str::trim).filter(|part| !part.is_empty());
    let parse = |part: &str| {
        let (name, value) = part.split_once('=').ok_or(NoHeaders)?;
        let name: HeaderName = name.trim().parse().map_err(|_| NoHeaders)?;
        let value = percent_decode_str(value.trim()).decode_utf8().map_err(|_| NoHeaders)?;
        let mut value = HeaderValue::from_str(&value).map_err(|_| NoHeaders)?;
        value.set_sensitive(true);
        Ok((name, value))
    };
    parts.map(parse).collect()
}

/// Why spans cannot be sent at all.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("telemetry: no threads to send spans with: {0}")]
    Runtime(#[from] std::io::Error),
    #[error("telemetry: spans cannot be exported: {0}")]
    Exporter(#[from] ExporterBuildError),
}

/// A thread that makes batches, and a runtime of its own that sends them.
pub(super) struct Pipeline {
    provider: SdkTracerProvider,
    runtime: Option<Runtime>,
}

impl Pipeline {
    pub(super) fn start(otlp: Otlp) -> Result<Self, StartError> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).thread_name("otlp").enable_io().enable_time().build()?;
        let trouble = Arc::new(Trouble::default());
        let carrier = Carrier {
            client: otlp.client,
            headers: otlp.headers,
            runtime: runtime.handle().clone(),
            trouble: Arc::clone(&trouble),
        };
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_http_client(carrier)
            .with_endpoint(otlp.endpoint.traces())
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(TIMEOUT)
            .build()?;
        let exporter = Honest { exporter, endpoint: otlp.endpoint, trouble };
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource()).build();
        Ok(Self { provider, runtime: Some(runtime) })
    }

    pub(super) fn tracer(&self) -> SdkTracer {
        self.provider.tracer(NAME)
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        // What cannot be sent in time is lost, and has been complained about.
        let _ = self.provider.shutdown_with_timeout(FLUSH);
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Who we are; `OTEL_RESOURCE_ATTRIBUTES` adds to it and may say otherwise.
fn resource() -> Resource {
    let own = [KeyValue::new("service.name", NAME), KeyValue::new("service.version", env!("CARGO_PKG_VERSION"))];
    Resource::builder_empty()
        .with_attributes(own)
        .with_detectors(&[Box::new(TelemetryResourceDetector), Box::new(EnvResourceDetector::new())])
        .build()
}

/// An exporter that says when it fails.
#[derive(Debug)]
struct Honest {
    exporter: opentelemetry_otlp::SpanExporter,
    endpoint: Endpoint,
    trouble: Arc<Trouble>,
}

impl SpanExporter for Honest {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let result = self.exporter.export(batch).await;
        if result.is_err()
            && let Some(line) = self.trouble.lost(spans, Instant::now())
        {
            warn!("{} does not take spans: {line}", self.endpoint.0);
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_plain_address_with_or_without_a_path() {
        let traces = |text: &str| Endpoint::try_from(text.to_owned()).map(|endpoint| endpoint.traces()).ok();
        assert_eq!(traces("http://collector:4318").as_deref(), Some("http://collector:4318/v1/traces"));
        assert_eq!(traces("https://otel.example/team/").as_deref(), Some("https://otel.example/team/v1/traces"));
        for wrong in [
            "",
            "collector:4318",
            "grpc://collector:4317",
            "http://me:secret@collector",
            "http://c/?key=1",
            "http://c/#x",
        ] {
            assert_eq!(traces(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn headers_are_decoded_and_never_printed() {
        let read = headers(&"authorization=Bearer%20hush, x-team = blue,".into()).unwrap();
        assert_eq!(read["authorization"], "Bearer hush");
        assert_eq!(read["x-team"], "blue");
        assert!(!format!("{read:?}").contains("hush"));
        for wrong in ["authorization", "a b=c", "x=%0d%0aevil: 1", "x=%ff"] {
            assert!(headers(&wrong.into()).is_err(), "{wrong}");
        }
    }
}
