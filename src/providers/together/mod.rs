//! Together AI: what an organization is charged for by day, and the tokens of it.

mod api;
mod convert;
mod feeds;
mod reports;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use self::feeds::{Costs, Usage};
use self::reports::Reports;
use super::account::Opened;
use super::feed::{FeedKind, NamedFeed, UsageRole};
use super::http::Http;
use super::keyed::{KeyConfig, Vendor};
use crate::domain::names::FeedName;

/// The settings of an organization.
pub type Config = KeyConfig<Together>;

#[derive(Debug, Clone)]
pub struct Together;

impl Vendor for Together {
    const BASE_URL: &'static str = "https://api.together.ai/v1";

    fn open(http: Http) -> Opened {
        let reports = Reports::new(Arc::new(http));
        let named = |name, kind| NamedFeed { name: FeedName(name), min_interval: Duration::from_secs(900), kind };
        let feeds = vec![
            named("costs", FeedKind::Costs(Box::new(Costs { reports: reports.clone() }))),
            named("usage", FeedKind::Usage(UsageRole::Measured, Box::new(Usage { reports: reports.clone() }))),
        ];
        Opened { identity: Some(Box::new(reports)), feeds }
    }
}
