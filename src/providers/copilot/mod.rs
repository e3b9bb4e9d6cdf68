//! GitHub Copilot: what an organisation or enterprise is billed for credits, premium requests and seats.

mod api;
mod convert;
mod costs;
mod identity;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;
use serde::Deserialize;

use self::costs::Costs;
use self::identity::Claimed;
use super::account::{Account, OpenError, Opened, SecretSetting};
use super::feed::NamedFeed;
use super::http::{Auth, Credential, Http, HttpConfig, Verdict, Wire, by_status};

/// A day takes three requests, and the figures move a few times a day.
const COST_INTERVAL: Duration = Duration::from_secs(3600);
const KEY_HELP: &str = "the billing reports need a token of an organisation owner or billing manager, made at \
    github.com → Settings → Developer settings; a fine-grained one with read access to the organisation's \
    Administration";

/// The settings of a Copilot account: one of `organization` and `enterprise`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub api_key: Option<SecretString>,
    pub api_key_file: Option<PathBuf>,
    /// The organisation's name as it stands in addresses.
    pub organization: Option<String>,
    pub enterprise: Option<String>,
    pub base_url: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            api_key: None,
            api_key_file: None,
            organization: None,
            enterprise: None,
            base_url: "https://api.github.com".to_owned(),
        }
    }
}

impl Account for Config {
    fn secrets(&self) -> Vec<SecretSetting<'_>> {
        vec![SecretSetting::required("api_key", self.api_key.as_ref(), self.api_key_file.as_deref())]
    }

    fn open(&self, wire: &Wire) -> Result<Opened, OpenError> {
        let payer = self.payer()?;
        let auth = Credential::from_config(self.api_key.as_ref(), self.api_key_file.as_deref()).map(Auth::bearer)?;
        let headers: HeaderMap = [
            (ACCEPT, HeaderValue::from_static("application/vnd.github+json")),
            (HeaderName::from_static("x-github-api-version"), HeaderValue::from_static("2022-11-28")),
        ]
        .into_iter()
        .collect();
        let config = HttpConfig { headers, judge, key_help: Some(KEY_HELP), ..wire.to(&self.base_url, auth) };
        let http = Arc::new(Http::new(config)?);
        let costs = Costs { http: Arc::clone(&http), payer: payer.clone() };
        let feeds = vec![NamedFeed::costs(COST_INTERVAL, costs)];
        Ok(Opened { identity: Some(Box::new(Claimed { http, payer })), feeds })
    }
}

impl Config {
    fn payer(&self) -> Result<Payer, OpenError> {
        let usable = |name: &str| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        let payer = match (&self.organization, &self.enterprise) {
            (Some(name), None) => Payer { kind: ORGANIZATIONS, name: name.clone() },
            (None, Some(name)) => Payer { kind: ENTERPRISES, name: name.clone() },
            _ => return Err(OpenError::Setting("give one of `organization` and `enterprise`".to_owned())),
        };
        if usable(&payer.name) {
            Ok(payer)
        } else {
            Err(OpenError::Setting(format!("`{}` is no name as it stands in GitHub's addresses", payer.name)))
        }
    }
}

const ORGANIZATIONS: &str = "organizations";
const ENTERPRISES: &str = "enterprises";

/// Who is billed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Payer {
    /// As paths have it.
    kind: &'static str,
    name: String,
}

impl Payer {
    fn path(&self, report: &str) -> String {
        format!("{}/{}/settings/billing/{report}", self.kind, self.name)
    }
}

/// GitHub answers some rate limits with 403, and says so only in words.
fn judge(status: u16, body: &[u8]) -> Verdict {
    let says_rate_limit = || String::from_utf8_lossy(body).to_ascii_lowercase().contains("rate limit");
    if status == 403 && says_rate_limit() { Verdict::RateLimited } else { by_status(status, body) }
}
