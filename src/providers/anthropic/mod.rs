//! Anthropic: cost and usage of an organisation, from the Admin API.

mod api;
mod buckets;
mod convert;
mod feeds;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;
use serde::Deserialize;

use self::feeds::{ClaudeCode, Costs, Messages, Names, Organization};
use super::account::{Account, OpenError, Opened, SecretSetting};
use super::feed::{NamedFeed, UsageRole};
use super::http::{Auth, Credential, Http, HttpConfig, Wire};

/// Anthropic asks for no more than one report a minute.
const REPORT_INTERVAL: Duration = Duration::from_secs(60);
const DIRECTORY_INTERVAL: Duration = Duration::from_secs(600);
/// What a refused key lacks, for Anthropic only says that it is refused.
const KEY_HELP: &str = "the reports need an Admin key (sk-ant-admin…), which an admin of the organisation makes in the \
    Console under Settings → Admin keys; individual accounts have no Admin API";

/// The settings of an Anthropic account.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// An Admin key, `sk-ant-admin…`.
    pub api_key: Option<SecretString>,
    pub api_key_file: Option<PathBuf>,
    pub base_url: String,
    /// Ask the newer report, which is in beta and tells cost by API key, before the older one.
    pub analytics: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self { api_key: None, api_key_file: None, base_url: "https://api.anthropic.com".to_owned(), analytics: false }
    }
}

impl Account for Config {
    fn secrets(&self) -> Vec<SecretSetting<'_>> {
        vec![SecretSetting::required("api_key", self.api_key.as_ref(), self.api_key_file.as_deref())]
    }

    fn open(&self, wire: &Wire) -> Result<Opened, OpenError> {
        let credential = Credential::from_config(self.api_key.as_ref(), self.api_key_file.as_deref())?;
        let auth = Auth::header(HeaderName::from_static("x-api-key"), credential);
        let version = (HeaderName::from_static("anthropic-version"), HeaderValue::from_static("2023-06-01"));
        let headers: HeaderMap = [version].into_iter().collect();
        let config = HttpConfig { headers, key_help: Some(KEY_HELP), ..wire.to(&self.base_url, auth) };
        let http = Arc::new(Http::new(config)?);
        let identity = Organization { http: Arc::clone(&http) };
        Ok(Opened { identity: Some(Box::new(identity)), feeds: feeds(self, &http) })
    }
}

/// Everything that an Anthropic account reports.
fn feeds(config: &Config, http: &Arc<Http>) -> Vec<NamedFeed> {
    let pricing = Messages::pricing(Arc::clone(http));
    let attribution = Messages::attribution(Arc::clone(http));
    let claude_code = ClaudeCode { http: Arc::clone(http) };
    vec![
        NamedFeed::costs(REPORT_INTERVAL, Costs { http: Arc::clone(http), analytics: config.analytics }),
        NamedFeed::usage("usage.pricing", REPORT_INTERVAL, UsageRole::Measured, pricing),
        NamedFeed::usage("usage.attribution", REPORT_INTERVAL, UsageRole::Attribution, attribution),
        NamedFeed::usage("usage.claude_code", REPORT_INTERVAL, UsageRole::Included, claude_code),
        NamedFeed::directory(DIRECTORY_INTERVAL, Names { http: Arc::clone(http) }),
    ]
}
