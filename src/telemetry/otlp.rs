//! Spans to a collector, by OTLP over HTTP: in the background, from a bounded queue, and never in anybody's way.

use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{ExporterBuildError, Protocol, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, SpanData, SpanExporter};
use tokio::runtime::Runtime;
use tracing::warn;

use super::carrier::Carrier;
use super::endpoint::{Endpoint, Otlp};
use super::exchange::{FLUSH, TIMEOUT};
use super::resource::resource;
use super::trouble::Trouble;

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
        let resource = resource(&otlp.instance);
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .with_http_client(carrier)
            .with_endpoint(otlp.endpoint.of("traces"))
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(TIMEOUT)
            .build()?;
        let exporter = Honest { exporter, endpoint: otlp.endpoint, trouble };
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
        Ok(Self { provider, runtime: Some(runtime) })
    }

    pub(super) fn tracer(&self) -> SdkTracer {
        self.provider.tracer(env!("CARGO_PKG_NAME"))
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
            warn!("{} does not take spans: {line}", self.endpoint);
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
