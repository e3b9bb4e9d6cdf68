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
use super::feed::{FeedKind, NamedFeed};
use super::http::Http;
use super::keyed::{KeyConfig, Vendor};
use crate::domain::names::FeedName;

/// The settings of a key, which sees one account or several.
pub type Config = KeyConfig<Fireworks>;

#[derive(Debug, Clone)]
pub struct Fireworks;

impl Vendor for Fireworks {
    const BASE_URL: &'static str = "https://api.fireworks.ai";

    fn open(http: Http) -> Opened {
        let accounts = Accounts::new(Arc::new(http));
        let named = |name, minutes: u64, kind| {
            let min_interval = Duration::from_secs(60 * minutes);
            NamedFeed { name: FeedName(name), min_interval, kind }
        };
        let feeds = vec![
            named("costs", 30, FeedKind::Costs(Box::new(Costs { accounts: accounts.clone() }))),
            named("directory", 60, FeedKind::Directory(Box::new(accounts.clone()))),
        ];
        Opened { identity: Some(Box::new(accounts)), feeds }
    }
}
