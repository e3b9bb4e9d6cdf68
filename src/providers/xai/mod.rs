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
use super::feed::NamedFeed;
use super::http::Http;
use super::keyed::{KeyConfig, Vendor};

/// The settings of a team: a management key, which says by itself whose it is.
pub type Config = KeyConfig<Xai>;

#[derive(Debug, Clone)]
pub struct Xai;

impl Vendor for Xai {
    const BASE_URL: &'static str = "https://management-api.x.ai";

    const KEY_HELP: &'static str = team::KEY_HELP;

    fn open(http: Http) -> Opened {
        let team = Team { http: Arc::new(http) };
        let feeds = vec![
            NamedFeed::costs(Duration::from_mins(15), Costs { team: team.clone() }),
            NamedFeed::snapshots("balance", Duration::from_mins(5), Balance { team: team.clone() }),
        ];
        Opened { identity: Some(Box::new(team)), feeds }
    }
}
