//! What the daemon tells about itself: logs on standard error, and spans to a collector where there is one.

mod carrier;
mod endpoint;
mod exchange;
mod otlp;
mod post;
mod resource;
mod trouble;

use std::io::IsTerminal;

use serde::Deserialize;
use tracing::Metadata;
use tracing::subscriber::Interest;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::layer::{Context, Filter, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

use self::otlp::Pipeline;

pub use self::endpoint::{Endpoint, NoEndpoint, NoHeaders, Otlp, headers};
pub use self::exchange::FLUSH;
pub use self::otlp::StartError;
pub use self::post::{Post, Refusal};
pub use self::trouble::Hourly;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Auto,
    Pretty,
    Json,
}

/// Why telemetry could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    #[error("log.level: {0}")]
    Level(#[from] ParseError),
    #[error(transparent)]
    Otlp(#[from] StartError),
}

/// Sends what has not been sent yet when it is dropped, and gives up after a few seconds.
#[must_use = "spans are lost unless this lives as long as the work"]
pub struct Telemetry {
    _pipeline: Option<Pipeline>,
}

/// Whether `init` can make something of a level.
///
/// # Errors
///
/// What it cannot read.
pub fn check_level(level: &str) -> Result<(), ParseError> {
    EnvFilter::builder().parse(level).map(drop)
}

/// Starts logging for the rest of the process, and tracing to `otlp` where that is set.
///
/// # Errors
///
/// A level that cannot be read, or a pipeline that cannot be built. A collector that does not answer is no error.
pub fn init(level: &str, format: LogFormat, otlp: Option<Otlp>) -> Result<Telemetry, InitError> {
    let filter = EnvFilter::builder().parse(level)?;
    let pipeline = otlp.map(Pipeline::start).transpose()?;
    let spans = pipeline.as_ref().map(|pipeline| {
        tracing_opentelemetry::layer()
            .with_tracer(pipeline.tracer())
            .with_context_activation(false)
            .with_location(false)
            .with_target(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(OwnSpans)
    });
    // A second call, as in tests, keeps the first subscriber.
    let _ = tracing_subscriber::registry().with(lines(format).with_filter(filter)).with(spans).try_init();
    Ok(Telemetry { _pipeline: pipeline })
}

fn lines(format: LogFormat) -> Box<dyn Layer<Registry> + Send + Sync> {
    let pretty = match format {
        LogFormat::Pretty => true,
        LogFormat::Json => false,
        LogFormat::Auto => std::io::stderr().is_terminal(),
    };
    let layer = fmt::layer().with_writer(std::io::stderr).with_target(false);
    if pretty { layer.boxed() } else { layer.json().flatten_event(true).with_current_span(false).boxed() }
}

/// Lets our own spans through whatever the log level, and no log line: what libraries say of themselves, and texts that
/// were written for an operator, are not for a third party.
struct OwnSpans;

impl OwnSpans {
    fn takes(metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.target().starts_with(env!("CARGO_CRATE_NAME"))
    }
}

impl<S> Filter<S> for OwnSpans {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        Self::takes(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if Self::takes(metadata) { Interest::always() } else { Interest::never() }
    }
}

/// A number as an attribute: unsigned ones would be sent as texts.
#[must_use]
pub fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
