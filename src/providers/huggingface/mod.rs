//! Hugging Face: what inference and jobs of a user or an organisation cost by day, and the billing period so far.

mod api;
mod billing;
mod convert;
mod costs;
mod period;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

use self::billing::Billing;
use self::costs::Costs;
use self::period::{Entity, Period};
use super::account::{Account, OpenError, Opened, SecretSetting};
use super::feed::NamedFeed;
use super::http::{Auth, Credential, Http, HttpConfig, Wire};

const KEY_HELP: &str = "hugging face needs an access token (hf_…), which is made at huggingface.co → Settings → Access \
    Tokens: one of the role read, or a fine-grained one with the permission to read billing; for an organization, of \
    one of its members who may see its billing";

/// The settings of a Hugging Face user or organisation.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub api_key: Option<SecretString>,
    pub api_key_file: Option<PathBuf>,
    /// Whose bill is read; the bill of the token's user where it is not set.
    pub organization: Option<Organization>,
    pub base_url: String,
}

impl Default for Config {
    fn default() -> Self {
        let base_url = "https://huggingface.co".to_owned();
        Self { api_key: None, api_key_file: None, organization: None, base_url }
    }
}

/// The name of an organisation, as it fits into a path.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Organization(String);

/// Why a text is no organisation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the name of a hugging face organization, as in huggingface.co/acme")]
pub struct NoOrganization(String);

impl TryFrom<String> for Organization {
    type Error = NoOrganization;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let usable = name.bytes().any(|byte| byte.is_ascii_alphanumeric()) && name.bytes().all(is_plain);
        if usable { Ok(Self(name)) } else { Err(NoOrganization(name)) }
    }
}

impl Account for Config {
    fn secrets(&self) -> Vec<SecretSetting<'_>> {
        vec![SecretSetting::required("api_key", self.api_key.as_ref(), self.api_key_file.as_deref())]
    }

    fn open(&self, wire: &Wire) -> Result<Opened, OpenError> {
        let auth = Credential::from_config(self.api_key.as_ref(), self.api_key_file.as_deref()).map(Auth::bearer)?;
        let config = HttpConfig { key_help: Some(KEY_HELP), ..wire.to(&self.base_url, auth) };
        let http = Arc::new(Http::new(config)?);
        let organization = self.organization.as_ref().map(|organization| organization.0.as_str());
        let billing = Billing::new(http, organization);
        Ok(Opened { identity: Some(Box::new(Entity { billing: billing.clone() })), feeds: feeds(&billing) })
    }
}

/// All feeds of a bill.
fn feeds(billing: &Billing) -> Vec<NamedFeed> {
    let often = Duration::from_mins(15);
    vec![
        NamedFeed::costs(often, Costs { billing: billing.clone() }),
        NamedFeed::snapshots("period", often, Period { billing: billing.clone() }),
    ]
}
