//! OpenRouter: what the days cost by model and workspace, who used it, the credit that is left and the limits of keys.

mod activity;
mod api;
mod convert;
mod desk;
mod directory;
mod gauges;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use self::activity::{Costs, Keys, Usage};
use self::convert::Payer;
use self::desk::Desk;
use self::directory::{Names, Owner};
use self::gauges::{Balance, Limits};
use super::account::Opened;
use super::feed::{FeedKind, NamedFeed, UsageRole};
use super::http::Http;
use super::keyed::{KeyConfig, Vendor};
use crate::domain::names::FeedName;

/// The settings of an account: a management key; with any other key only the limits of that key can be read.
pub type Config = KeyConfig<OpenRouter>;

#[derive(Debug, Clone)]
pub struct OpenRouter;

impl Vendor for OpenRouter {
    const BASE_URL: &'static str = "https://openrouter.ai/api/v1";

    fn open(http: Http) -> Opened {
        let desk = Desk::new(Arc::new(http));
        Opened { identity: Some(Box::new(Owner { desk: desk.clone() })), feeds: feeds(&desk) }
    }
}

/// All feeds of an account.
fn feeds(desk: &Desk) -> Vec<NamedFeed> {
    let named = |name, minutes: u64, kind| {
        let min_interval = Duration::from_secs(60 * minutes);
        NamedFeed { name: FeedName(name), min_interval, kind }
    };
    let usage = |payer| Box::new(Usage { desk: desk.clone(), payer });
    vec![
        named("costs", 15, FeedKind::Costs(Box::new(Costs { desk: desk.clone() }))),
        named("usage", 15, FeedKind::Usage(UsageRole::Measured, usage(Payer::OpenRouter))),
        named("usage.byok", 15, FeedKind::Usage(UsageRole::Included, usage(Payer::Vendor))),
        named("usage.keys", 60, FeedKind::Usage(UsageRole::Attribution, Box::new(Keys { desk: desk.clone() }))),
        named("directory", 60, FeedKind::Directory(Box::new(Names { desk: desk.clone() }))),
        named("balance", 5, FeedKind::Snapshots(Box::new(Balance { desk: desk.clone() }))),
        named("limits", 5, FeedKind::Snapshots(Box::new(Limits { desk: desk.clone() }))),
    ]
}
