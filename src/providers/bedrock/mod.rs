//! Amazon Bedrock: cost from Cost Explorer, token counts from CloudWatch, and who made the calls from logs in S3, all by signed requests.

mod api;
mod cloud;
mod config;
mod convert;
mod costs;
mod identity;
mod keys;
mod logs;
mod model;
mod refusal;
mod series;
mod sign;
#[cfg(test)]
mod tests;
mod usage;
mod usage_type;
mod xml;

use std::sync::Arc;
use std::time::Duration;

use self::cloud::Cloud;
pub use self::config::{Config, LogPlace};
use self::costs::Costs;
use self::identity::Caller;
use self::logs::InvocationLogs;
use self::usage::Usage;
use super::account::{Account, OpenError, Opened, SecretSetting};
use super::feed::{NamedFeed, UsageRole};
use super::http::Wire;

/// Amazon charges for every request to Cost Explorer, whose figures are refreshed about once a day.
const COSTS_INTERVAL: Duration = Duration::from_secs(8 * 3600);
/// Amazon charges a hundred-thousandth of a dollar for each metric that is read.
const USAGE_INTERVAL: Duration = Duration::from_secs(30 * 60);
/// A look at buckets costs some hundred-thousandths of a dollar.
const LOGS_INTERVAL: Duration = Duration::from_secs(15 * 60);

impl Account for Config {
    fn secrets(&self) -> Vec<SecretSetting<'_>> {
        let secret = |key, value, file| SecretSetting { key, value, file, required: false };
        vec![
            secret("secret_access_key", self.secret_access_key.as_ref(), self.secret_access_key_file.as_deref()),
            secret("session_token", self.session_token.as_ref(), self.session_token_file.as_deref()),
            secret("container_token", self.container_token.as_ref(), self.container_token_file.as_deref()),
        ]
    }

    fn open(&self, wire: &Wire) -> Result<Opened, OpenError> {
        let regions = self.regions();
        let cloud = Cloud::new(wire, self.endpoint_url.as_deref(), keys::vault(self, wire)?);
        let watches = regions.iter().map(|region| cloud.cloudwatch(region)).collect::<Result<_, _>>()?;
        let costs = Costs { explorer: cloud.cost_explorer(&regions[0])? };
        let sts = Arc::new(cloud.sts(&regions[0])?);
        if let Some(place) = self.invocation_logs.iter().find(|place| !place.is_named()) {
            return Err(OpenError::Setting(format!("invocation_logs: no bucket is called `{}`", place.bucket)));
        }
        let role = if self.costs { UsageRole::Measured } else { UsageRole::Included };
        let mut feeds = Vec::new();
        if self.costs {
            let day = 24 * 3600 / COSTS_INTERVAL.as_secs();
            tracing::info!(
                account = %wire.account,
                "Amazon charges USD 0.01 for each request to Cost Explorer: USD {}.{:02} a day, more for a backfill or long bills",
                costs::REQUESTS * day / 100,
                costs::REQUESTS * day % 100
            );
            feeds.push(NamedFeed::costs(COSTS_INTERVAL, costs));
        }
        feeds.push(NamedFeed::usage("usage", USAGE_INTERVAL, role, Usage { regions: watches }));
        if !self.invocation_logs.is_empty() {
            let (caller, days) = (Caller::new(Arc::clone(&sts)), self.invocation_log_days);
            let logs = InvocationLogs::new(&cloud, caller, &self.invocation_logs, &regions[0], days)?;
            feeds.push(NamedFeed::usage("invocation_logs", LOGS_INTERVAL, UsageRole::Named, logs));
        }
        Ok(Opened { identity: Some(Box::new(Caller::new(sts))), feeds })
    }
}
