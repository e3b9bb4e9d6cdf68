//! Fireworks AI: what the accounts of a key are charged for, day by day.

mod accounts;
mod api;
mod convert;
mod costs;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use self::accounts::Accounts;
use self::costs::Costs;
use super::account::Opened;
use super::feed::NamedFeed;
use super::http::Http;
use super::keyed::{KeyConfig, Vendor};

/// The settings of a key, which sees one account or several.
pub type Config = KeyConfig<Fireworks>;

#[derive(Debug, Clone)]
pub struct Fireworks;

impl Vendor for Fireworks {
    const BASE_URL: &'static str = "https://api.fireworks.ai";

    const KEY_HELP: &'static str = "fireworks needs an API key of somebody who may see the account's billing, which is \
        made at app.fireworks.ai → Settings → API keys";

    fn open(http: Http) -> Opened {
        let accounts = Accounts { http: Arc::new(http) };
        let feeds = vec![
            NamedFeed::costs(Duration::from_mins(30), Costs { accounts: accounts.clone() }),
            NamedFeed::directory(Duration::from_hours(1), accounts.clone()),
        ];
        Opened { identity: Some(Box::new(accounts)), feeds }
    }
}
