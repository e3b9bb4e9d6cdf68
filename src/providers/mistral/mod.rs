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
use super::feed::{NamedFeed, UsageRole};
use super::http::{Auth, Credential, Http};
use super::keyed::{KeyConfig, Vendor};

/// The settings of an organisation: an admin key; keys of workspaces are refused by the vendor.
pub type Config = KeyConfig<Mistral>;

#[derive(Debug, Clone)]
pub struct Mistral;

impl Vendor for Mistral {
    const BASE_URL: &'static str = "https://api.mistral.ai/v1/admin";

    const KEY_HELP: &'static str = admin::KEY_HELP;

    /// The specification says bearer, the guide a header of its own.
    fn auth(key: Credential) -> Auth {
        Auth::bearer_and_header(HeaderName::from_static("x-api-key"), key)
    }

    fn open(http: Http) -> Opened {
        let admin = Admin { http: Arc::new(http) };
        Opened { identity: Some(Box::new(Names { admin: admin.clone() })), feeds: feeds(&admin) }
    }
}

/// All feeds of an organisation.
fn feeds(admin: &Admin) -> Vec<NamedFeed> {
    let (often, hourly) = (Duration::from_mins(15), Duration::from_hours(1));
    vec![
        NamedFeed::costs(often, Costs { admin: admin.clone() }),
        NamedFeed::usage("usage", often, UsageRole::Measured, Usage { admin: admin.clone() }),
        NamedFeed::usage("usage.workspaces", hourly, UsageRole::Attribution, Workspaces { admin: admin.clone() }),
        NamedFeed::directory(hourly, Names { admin: admin.clone() }),
        NamedFeed::snapshots("limits", Duration::from_mins(5), SpendLimit { admin: admin.clone() }),
    ]
}
