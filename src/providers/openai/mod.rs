//! OpenAI: costs, usage and names of one organization, from its admin API.

mod admin;
mod api;
mod buckets;
mod convert;
mod costs;
mod directory;
mod endpoints;
pub mod line_item;
#[cfg(test)]
mod tests;
mod tokens;
mod usage;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use self::admin::Admin;
use self::costs::Costs;
use self::directory::{Names, Projects};
use self::usage::Usage;
use super::account::{Account, OpenError, Opened, SecretSetting};
use super::feed::{NamedFeed, UsageRole};
use super::http::{Auth, Credential, Http, HttpConfig, Wire};

const ORGANIZATION: HeaderName = HeaderName::from_static("openai-organization");
const KEY_HELP: &str = "openai needs an admin key (sk-admin-…), which an organization owner makes at \
    platform.openai.com → organization settings → admin keys; a restricted one needs the scope api.usage.read; project \
    keys (sk-proj-…) and service account keys do not work";

/// One OpenAI organization.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// An admin key (`sk-admin-…`); project keys are refused by the vendor.
    pub api_key: Option<SecretString>,
    pub api_key_file: Option<PathBuf>,
    /// Sent along where it is set; an admin key belongs to one organization anyway.
    pub organization: Option<Organization>,
    /// Its `/v1` may be there or not: paths bring their own.
    #[serde(deserialize_with = "without_version")]
    pub base_url: String,
}

impl Default for Config {
    fn default() -> Self {
        Self { api_key: None, api_key_file: None, organization: None, base_url: "https://api.openai.com".to_owned() }
    }
}

fn without_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let url = String::deserialize(deserializer)?;
    let url = url.trim_end_matches('/');
    Ok(url.strip_suffix("/v1").unwrap_or(url).to_owned())
}

/// An organization's id (`org-…`), as it fits into a header.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Organization(HeaderValue);

/// Why a text is no organization.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the id of an openai organization, such as org-AbC123")]
pub struct NoOrganization(String);

impl TryFrom<String> for Organization {
    type Error = NoOrganization;

    fn try_from(id: String) -> Result<Self, Self::Error> {
        let usable = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_graphic());
        let value = HeaderValue::from_str(&id).ok().filter(|_| usable);
        value.map(Self).ok_or(NoOrganization(id))
    }
}

impl Account for Config {
    fn secrets(&self) -> Vec<SecretSetting<'_>> {
        vec![SecretSetting::required("api_key", self.api_key.as_ref(), self.api_key_file.as_deref())]
    }

    fn open(&self, wire: &Wire) -> Result<Opened, OpenError> {
        let auth = Credential::from_config(self.api_key.as_ref(), self.api_key_file.as_deref()).map(Auth::bearer)?;
        let headers: HeaderMap = self.organization.iter().map(|id| (ORGANIZATION, id.0.clone())).collect();
        let http = Http::new(HttpConfig { headers, key_help: Some(KEY_HELP), ..wire.to(&self.base_url, auth) })?;
        let admin = Admin { http: Arc::new(http) };
        Ok(Opened { identity: Some(Box::new(Projects { admin: admin.clone() })), feeds: feeds(&admin) })
    }
}

/// All feeds of an organization.
fn feeds(admin: &Admin) -> Vec<NamedFeed> {
    let often = Duration::from_mins(5);
    let usage = endpoints::ALL.into_iter().map(|endpoint| {
        NamedFeed::usage(endpoint.feed, often, UsageRole::Measured, Usage::new(admin.clone(), endpoint))
    });
    let costs = NamedFeed::costs(often, Costs { admin: admin.clone() });
    let names = NamedFeed::directory(Duration::from_hours(1), Names { admin: admin.clone() });
    [costs].into_iter().chain(usage).chain([names]).collect()
}
