//! Mistral: what an organisation with the Admin API uses and pays, from months of usage with their prices.

mod admin;
mod api;
mod convert;
mod feeds;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderName;

use self::admin::Admin;
use self::feeds::{Costs, Names, SpendLimit, Usage, Workspaces};
use super::account::Opened;
use super::feed::{FeedKind, NamedFeed, UsageRole};
use super::http::{Auth, Credential, Http};
use super::keyed::{KeyConfig, Vendor};
use crate::domain::names::FeedName;

/// The settings of an organisation: an admin key; keys of workspaces are refused by the vendor.
pub type Config = KeyConfig<Mistral>;

#[derive(Debug, Clone)]
pub struct Mistral;

impl Vendor for Mistral {
    const BASE_URL: &'static str = "https://api.mistral.ai/v1/admin";

    /// The specification says bearer, the guide a header of its own.
    fn auth(key: Credential) -> Auth {
        Auth::bearer_and_header(HeaderName::from_static("x-api-key"), key)
    }

    fn open(http: Http) -> Opened {
        let admin = Admin::new(Arc::new(http));
        Opened { identity: Some(Box::new(Names { admin: admin.clone() })), feeds: feeds(&admin) }
    }
}

/// All feeds of an organisation.
fn feeds(admin: &Admin) -> Vec<NamedFeed> {
    let named = |name, minutes: u64, kind| {
        let min_interval = Duration::from_secs(60 * minutes);
        NamedFeed { name: FeedName(name), min_interval, kind }
    };
    let by_workspace = Box::new(Workspaces { admin: admin.clone() });
    vec![
        named("costs", 15, FeedKind::Costs(Box::new(Costs { admin: admin.clone() }))),
        named("usage", 15, FeedKind::Usage(UsageRole::Measured, Box::new(Usage { admin: admin.clone() }))),
        named("usage.workspaces", 60, FeedKind::Usage(UsageRole::Attribution, by_workspace)),
        named("directory", 60, FeedKind::Directory(Box::new(Names { admin: admin.clone() }))),
        named("limits", 5, FeedKind::Snapshots(Box::new(SpendLimit { admin: admin.clone() }))),
    ]
}
