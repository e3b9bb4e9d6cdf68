//! The collector's section: where what the daemon says of itself goes, and how often.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::HeaderMap;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de};

use super::secret::Secret;
use crate::telemetry::{self, Endpoint};

/// Metrics move no faster, and collectors have other things to do.
const SHORTEST: Duration = Duration::from_secs(1);

/// Where the daemon's own spans and metrics go; nowhere unless there is an endpoint.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetrySection {
    pub otlp_endpoint: Option<Endpoint>,
    pub otlp_headers: Option<SecretString>,
    pub otlp_headers_file: Option<PathBuf>,
    pub otlp_metrics_interval: PushInterval,
}

/// How often metrics are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushInterval {
    Off,
    Every(Duration),
}

impl<'de> Deserialize<'de> for PushInterval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "off" {
            return Ok(Self::Off);
        }
        let every = humantime::parse_duration(&text).ok().filter(|every| *every >= SHORTEST);
        let wrong = || format!("`{text}` is neither `off` nor a time of at least a second such as `60s`");
        every.map(Self::Every).ok_or_else(|| de::Error::custom(wrong()))
    }
}

impl TelemetrySection {
    /// What every request to the endpoint carries.
    ///
    /// # Errors
    ///
    /// What is wrong with the key `otlp_headers` plus the suffix that comes first.
    pub fn headers(&self) -> Result<HeaderMap, (&'static str, String)> {
        let secret = Secret::resolve(self.otlp_headers.as_ref(), self.otlp_headers_file.as_deref())?;
        let suffix = if self.otlp_headers.is_some() { "" } else { "_file" };
        let headers = secret.map(|text| telemetry::headers(&text)).transpose();
        headers.map(Option::unwrap_or_default).map_err(|error| (suffix, error.to_string()))
    }
}
