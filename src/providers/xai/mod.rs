//! xAI: what a team is charged by day and kind of use, and what is left of its prepaid credit.

mod api;
mod balance;
mod convert;
mod costs;
mod description;
mod team;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use self::balance::Balance;
use self::costs::Costs;
use self::team::Team;
use super::account::Opened;
use super::feed::{FeedKind, NamedFeed};
use super::http::Http;
use super::keyed::{KeyConfig, Vendor};
use crate::domain::names::FeedName;

/// The settings of a team: a management key, which says by itself whose it is.
pub type Config = KeyConfig<Xai>;

#[derive(Debug, Clone)]
pub struct Xai;

impl Vendor for Xai {
    const BASE_URL: &'static str = "https://management-api.x.ai";

    fn open(http: Http) -> Opened {
        let team = Team::new(Arc::new(http));
        let named = |name, minutes: u64, kind| {
            let min_interval = Duration::from_secs(60 * minutes);
            NamedFeed { name: FeedName(name), min_interval, kind }
        };
        let feeds = vec![
            named("costs", 15, FeedKind::Costs(Box::new(Costs { team: team.clone() }))),
            named("balance", 5, FeedKind::Snapshots(Box::new(Balance { team: team.clone() }))),
        ];
        Opened { identity: Some(Box::new(team)), feeds }
    }
}
