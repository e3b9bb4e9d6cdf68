//! Together AI: what an organization is charged for by day, and the tokens of it.

mod api;
mod convert;
mod reports;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use self::reports::Reports;
use super::account::Opened;
use super::feed::{NamedFeed, UsageRole};
use super::http::Http;
use super::keyed::{KeyConfig, Vendor};
use super::statement::Statement;

/// The settings of an organization.
pub type Config = KeyConfig<Together>;

#[derive(Debug, Clone)]
pub struct Together;

impl Vendor for Together {
    const BASE_URL: &'static str = "https://api.together.ai/v1";

    const KEY_HELP: &'static str = "together needs an API key of the organization whose bill is read, which is made at \
        api.together.ai → Settings → API keys";

    fn open(http: Http) -> Opened {
        let reports = Reports { http: Arc::new(http) };
        let often = Duration::from_mins(15);
        let costs = reports.feed(|charges| Ok(charges.iter().flat_map(convert::costs).collect()));
        let usage = reports.feed(|charges| Ok(charges.iter().filter_map(convert::usage).collect()));
        let feeds = vec![NamedFeed::costs(often, costs), NamedFeed::usage("usage", often, UsageRole::Measured, usage)];
        Opened { identity: Some(Box::new(reports)), feeds }
    }
}
