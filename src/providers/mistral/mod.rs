//! Mistral: what an organisation with the Admin API uses and pays, from months of usage with their prices.

mod admin;
mod api;
mod convert;
mod feeds;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderName;
use secrecy::SecretString;
use serde::Deserialize;

use self::admin::Admin;
use self::feeds::{Costs, Names, SpendLimit, Usage, Workspaces};
use super::account::{Account, OpenError, Opened, SecretSetting};
use super::feed::{FeedKind, NamedFeed, UsageRole};
use super::http::{Auth, Credential, Http, Wire};
use crate::domain::names::FeedName;

/// The settings of a Mistral organisation.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// An admin key; keys of workspaces are refused by the vendor.
    pub api_key: Option<SecretString>,
    pub api_key_file: Option<PathBuf>,
    pub base_url: String,
}

impl Default for Config {
    fn default() -> Self {
        Self { api_key: None, api_key_file: None, base_url: "https://api.mistral.ai/v1/admin".to_owned() }
    }
}

impl Account for Config {
    fn secrets(&self) -> Vec<SecretSetting<'_>> {
        vec![SecretSetting::required("api_key", self.api_key.as_ref(), self.api_key_file.as_deref())]
    }

    fn open(&self, wire: &Wire) -> Result<Opened, OpenError> {
        let credential = Credential::from_config(self.api_key.as_ref(), self.api_key_file.as_deref())?;
        // The specification says bearer, the guide a header of its own.
        let auth = Auth::bearer_and_header(HeaderName::from_static("x-api-key"), credential);
        let admin = Admin::new(Arc::new(Http::new(wire.to(&self.base_url, auth))?));
        Ok(Opened { identity: Some(Box::new(Names { admin: admin.clone() })), feeds: feeds(&admin) })
    }
}

/// All feeds of an organisation.
fn feeds(admin: &Admin) -> Vec<NamedFeed> {
    let named = |name, minutes: u64, kind| {
        let min_interval = Duration::from_secs(60 * minutes);
        NamedFeed { name: FeedName(name), min_interval, kind }
    };
    let by_workspace = Box::new(Workspaces::new(admin.clone()));
    vec![
        named("costs", 15, FeedKind::Costs(Box::new(Costs::new(admin.clone())))),
        named("usage", 15, FeedKind::Usage(UsageRole::Measured, Box::new(Usage::new(admin.clone())))),
        named("usage.workspaces", 60, FeedKind::Usage(UsageRole::Attribution, by_workspace)),
        named("directory", 60, FeedKind::Directory(Box::new(Names { admin: admin.clone() }))),
        named("limits", 5, FeedKind::Snapshots(Box::new(SpendLimit { admin: admin.clone() }))),
    ]
}
