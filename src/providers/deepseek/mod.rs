//! DeepSeek: what is left of a prepaid balance. The vendor tells neither cost nor use.

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use serde::Deserialize;

use super::account::{Account, OpenError, Opened, SecretSetting};
use super::feed::{FeedKind, FetchError, Gauge, NamedFeed};
use super::http::{Ask, Auth, Credential, Http, Wire};
use super::number::Number;
use crate::domain::money::{Currency, Money};
use crate::domain::names::FeedName;
use crate::domain::snapshot::{Reading, Snapshot};

const READ_INTERVAL: Duration = Duration::from_secs(300);
const KEY_HELP: &str = "deepseek needs an API key (sk-…), which is made at platform.deepseek.com → API keys";

/// The settings of a DeepSeek account.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub api_key: Option<SecretString>,
    pub api_key_file: Option<PathBuf>,
    pub base_url: String,
}

impl Default for Config {
    fn default() -> Self {
        Self { api_key: None, api_key_file: None, base_url: "https://api.deepseek.com".to_owned() }
    }
}

impl Account for Config {
    fn secrets(&self) -> Vec<SecretSetting<'_>> {
        vec![SecretSetting::required("api_key", self.api_key.as_ref(), self.api_key_file.as_deref())]
    }

    fn open(&self, wire: &Wire) -> Result<Opened, OpenError> {
        let auth = Credential::from_config(self.api_key.as_ref(), self.api_key_file.as_deref()).map(Auth::bearer)?;
        let balance = Balance { http: Http::new(wire.to(&self.base_url, auth))? };
        let feed = NamedFeed {
            name: FeedName("balance"),
            min_interval: READ_INTERVAL,
            kind: FeedKind::Snapshots(Box::new(balance)),
        };
        Ok(Opened { identity: None, feeds: vec![feed] })
    }
}

/// `GET /user/balance`.
struct Balance {
    http: Http,
}

#[derive(Debug, Deserialize)]
struct Balances {
    balance_infos: Vec<BalanceInfo>,
}

/// Granted credit is a part of the total.
#[derive(Debug, Deserialize)]
struct BalanceInfo {
    currency: Currency,
    total_balance: Number,
}

#[async_trait]
impl Gauge for Balance {
    async fn read(&self) -> Result<Vec<Snapshot>, FetchError> {
        let answer: Balances = self.http.json(&Ask::get("user/balance")).await.map_err(explain)?;
        let snapshots = answer.balance_infos.into_iter().map(|info| Snapshot {
            scope: String::new(),
            reading: Reading::Balance(Money::new(info.total_balance.0, info.currency)),
        });
        Ok(snapshots.collect())
    }
}

fn explain(error: FetchError) -> FetchError {
    error.with_help(KEY_HELP)
}
