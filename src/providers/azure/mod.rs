//! Azure: costs, tokens and names of the models that subscriptions pay for, from Cost Management, Azure Monitor and the resource
//! manager.

mod api;
mod arm;
mod convert;
mod costs;
mod login;
mod meter;
mod names;
mod question;
mod resources;
mod settings;
#[cfg(test)]
mod tests;
mod tokens;
mod usage;
mod words;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;
use serde::Deserialize;

use self::arm::Arm;
use self::costs::Costs;
use self::login::ClientCredentials;
use self::names::Names;
use self::settings::{Id, Subscriptions};
use self::usage::Usage;
use super::account::{Account, Identity, OpenError, Opened, SecretSetting};
use super::feed::{FetchError, NamedFeed, UsageRole};
use super::http::{Auth, Credential, Http, HttpConfig, Tokens, Wire};

/// Azure counts requests without it together with those of everybody who sends none.
const CLIENT_TYPE: HeaderName = HeaderName::from_static("clienttype");

/// The settings of an account: what one app registration may read.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The directory (tenant) that the app registration belongs to.
    pub tenant_id: Option<Id>,
    /// The app registration's application (client) id.
    pub client_id: Option<Id>,
    pub client_secret: Option<SecretString>,
    pub client_secret_file: Option<PathBuf>,
    /// The subscriptions whose cost and use make up the account.
    pub subscription_ids: Subscriptions,
    /// Where tokens are given out; national clouds have a host of their own.
    pub login_url: String,
    /// The resource manager, which tokens are asked for.
    pub base_url: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            tenant_id: None,
            client_id: None,
            client_secret: None,
            client_secret_file: None,
            subscription_ids: Subscriptions::default(),
            login_url: "https://login.microsoftonline.com".to_owned(),
            base_url: "https://management.azure.com".to_owned(),
        }
    }
}

impl Account for Config {
    fn secrets(&self) -> Vec<SecretSetting<'_>> {
        let (value, file) = (self.client_secret.as_ref(), self.client_secret_file.as_deref());
        vec![SecretSetting { key: "client_secret", value, file, required: true }]
    }

    fn open(&self, wire: &Wire) -> Result<Opened, OpenError> {
        let missing = |key: &str| OpenError::Setting(format!("`{key}` is missing"));
        let subscriptions = self.subscription_ids.clone();
        if subscriptions.is_empty() {
            return Err(missing("subscription_ids"));
        }
        let login = ClientCredentials {
            http: Http::new(HttpConfig { judge: login::judge, ..wire.to(&self.login_url, Auth::none()) })?,
            tenant: self.tenant_id.clone().ok_or_else(|| missing("tenant_id"))?,
            client: self.client_id.clone().ok_or_else(|| missing("client_id"))?,
            secret: Credential::from_config(self.client_secret.as_ref(), self.client_secret_file.as_deref())?,
            scope: format!("{}/.default", self.base_url.trim_end_matches('/')),
        };
        let auth = Auth::of(Tokens::new(login, wire.clock.clone()));
        let headers = HeaderMap::from_iter([(CLIENT_TYPE, HeaderValue::from_static("llmtally"))]);
        let http = Http::new(HttpConfig { headers, ..wire.to(&self.base_url, auth) })?;
        let feeds = feeds(&Arm::new(Arc::new(http)), &subscriptions);
        Ok(Opened { identity: Some(Box::new(subscriptions)), feeds })
    }
}

/// Costs are computed every four hours, and each question for them counts against a small quota of the tenant's.
fn feeds(arm: &Arm, subscriptions: &Subscriptions) -> Vec<NamedFeed> {
    let costs = Costs::new(arm.clone(), subscriptions.clone());
    let usage = Usage { arm: arm.clone(), subscriptions: subscriptions.clone() };
    let names = Names { arm: arm.clone(), subscriptions: subscriptions.clone() };
    vec![
        NamedFeed::costs(Duration::from_hours(4), costs),
        NamedFeed::usage("usage.tokens", Duration::from_mins(15), UsageRole::Measured, usage),
        NamedFeed::directory(Duration::from_hours(1), names),
    ]
}

/// What is billed is a subscription, and its id never changes.
#[async_trait]
impl Identity for Subscriptions {
    async fn ids(&self) -> Result<Vec<String>, FetchError> {
        Ok(self.iter().map(Id::to_string).collect())
    }
}
