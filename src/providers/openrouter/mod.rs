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

use self::activity::Keys;
use self::convert::Payer;
use self::desk::Desk;
use self::directory::{Names, Owner};
use self::gauges::{Balance, Limits};
use super::account::Opened;
use super::feed::{NamedFeed, UsageRole};
use super::http::Http;
use super::keyed::{KeyConfig, Vendor};

/// The settings of an account: a management key; with any other key only the limits of that key can be read.
pub type Config = KeyConfig<OpenRouter>;

#[derive(Debug, Clone)]
pub struct OpenRouter;

impl Vendor for OpenRouter {
    const BASE_URL: &'static str = "https://openrouter.ai/api/v1";

    const KEY_HELP: &'static str = "openrouter needs a management key (sk-or-v1-…), which is made at \
        openrouter.ai/settings → management keys; keys for inference only tell their own limits";

    fn open(http: Http) -> Opened {
        let desk = Desk { http: Arc::new(http) };
        Opened { identity: Some(Box::new(Owner { desk: desk.clone() })), feeds: feeds(&desk) }
    }
}

/// All feeds of an account.
fn feeds(desk: &Desk) -> Vec<NamedFeed> {
    let (often, hourly) = (Duration::from_mins(15), Duration::from_hours(1));
    vec![
        NamedFeed::costs(often, activity::costs(desk)),
        NamedFeed::usage("usage", often, UsageRole::Measured, activity::usage(desk, Payer::OpenRouter)),
        NamedFeed::usage("usage.byok", often, UsageRole::Included, activity::usage(desk, Payer::Vendor)),
        NamedFeed::usage("usage.keys", hourly, UsageRole::Attribution, Keys { desk: desk.clone() }),
        NamedFeed::directory(hourly, Names { desk: desk.clone() }),
        NamedFeed::snapshots("balance", Duration::from_mins(5), Balance { desk: desk.clone() }),
        NamedFeed::snapshots("limits", Duration::from_mins(5), Limits { desk: desk.clone() }),
    ]
}
