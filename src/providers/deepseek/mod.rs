//! DeepSeek: what is left of a prepaid balance. The vendor tells neither cost nor use; what falls of the balance may stand in.

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use serde::Deserialize;

use super::account::{Account, OpenError, Opened, SecretSetting};
use super::feed::{FeedKind, FetchError, Gauge, NamedFeed};
use super::http::{Ask, Auth, Credential, Http, HttpConfig, Wire};
use super::number::Number;
use crate::domain::money::{Currency, Money};
use crate::domain::names::FeedName;
use crate::domain::snapshot::{Reading, Snapshot};

const BASE_URL: &str = "https://api.deepseek.com";
const READ_INTERVAL: Duration = Duration::from_secs(300);
const KEY_HELP: &str = "deepseek needs an API key (sk-…), which is made at platform.deepseek.com → API keys";

/// The settings of an account; any of its keys will do.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub api_key: Option<SecretString>,
    pub api_key_file: Option<PathBuf>,
    pub base_url: String,
    /// Whether what falls of the paid balance is the account's spend.
    pub spend_from_balance: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self { api_key: None, api_key_file: None, base_url: BASE_URL.to_owned(), spend_from_balance: false }
    }
}

impl Account for Config {
    fn secrets(&self) -> Vec<SecretSetting<'_>> {
        vec![SecretSetting::required("api_key", self.api_key.as_ref(), self.api_key_file.as_deref())]
    }

    fn open(&self, wire: &Wire) -> Result<Opened, OpenError> {
        let key = Credential::from_config(self.api_key.as_ref(), self.api_key_file.as_deref())?;
        let config = HttpConfig { key_help: Some(KEY_HELP), ..wire.to(&self.base_url, Auth::bearer(key)) };
        let http = Http::new(config)?;
        let balance = Box::new(Balance { http, with_paid: self.spend_from_balance });
        let kind = if self.spend_from_balance { FeedKind::Purse(balance) } else { FeedKind::Snapshots(balance) };
        let feed = NamedFeed { name: FeedName("balance"), min_interval: READ_INTERVAL, kind };
        Ok(Opened { identity: None, feeds: vec![feed] })
    }
}

/// `GET /user/balance`.
struct Balance {
    http: Http,
    /// Whether the paid part is told beside the whole.
    with_paid: bool,
}

#[derive(Debug, Deserialize)]
struct Balances {
    balance_infos: Vec<BalanceInfo>,
}

/// Granted credit is a part of the total and costs nothing, whether it is used or expires.
#[derive(Debug, Deserialize)]
struct BalanceInfo {
    currency: Currency,
    total_balance: Number,
    topped_up_balance: Option<Number>,
}

#[async_trait]
impl Gauge for Balance {
    async fn read(&self) -> Result<Vec<Snapshot>, FetchError> {
        let answer: Balances = self.http.json(&Ask::get("user/balance")).await?;
        let mut snapshots = Vec::new();
        let mut tell = |reading| snapshots.push(Snapshot { scope: String::new(), reading });
        for BalanceInfo { currency, total_balance, topped_up_balance } in answer.balance_infos {
            tell(Reading::Balance(Money::new(total_balance.0, currency)));
            if self.with_paid {
                let missing = || FetchError::Malformed("a balance does not tell `topped_up_balance`".to_owned());
                tell(Reading::Paid(Money::new(topped_up_balance.ok_or_else(missing)?.0, currency)));
            }
        }
        Ok(snapshots)
    }
}
