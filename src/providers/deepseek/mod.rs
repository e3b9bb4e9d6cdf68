//! DeepSeek: what is left of a prepaid balance. The vendor tells neither cost nor use.

#[cfg(test)]
mod tests;

use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;

use super::account::Opened;
use super::feed::{FeedKind, FetchError, Gauge, NamedFeed};
use super::http::{Ask, Http};
use super::keyed::{KeyConfig, Vendor};
use super::number::Number;
use crate::domain::money::{Currency, Money};
use crate::domain::names::FeedName;
use crate::domain::snapshot::{Reading, Snapshot};

const READ_INTERVAL: Duration = Duration::from_secs(300);
const KEY_HELP: &str = "deepseek needs an API key (sk-…), which is made at platform.deepseek.com → API keys";

/// The settings of an account; any of its keys will do.
pub type Config = KeyConfig<DeepSeek>;

#[derive(Debug, Clone)]
pub struct DeepSeek;

impl Vendor for DeepSeek {
    const BASE_URL: &'static str = "https://api.deepseek.com";

    fn open(http: Http) -> Opened {
        let feed = NamedFeed {
            name: FeedName("balance"),
            min_interval: READ_INTERVAL,
            kind: FeedKind::Snapshots(Box::new(Balance { http })),
        };
        Opened { identity: None, feeds: vec![feed] }
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
