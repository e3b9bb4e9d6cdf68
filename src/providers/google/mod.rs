//! Google Cloud: what Vertex AI and the Gemini API cost, from the billing export in BigQuery or else from reports of App
//! Optimize, and the tokens that Cloud Monitoring counted.

mod api;
mod bigquery;
mod convert;
mod costs;
mod directory;
mod gemini;
mod key;
mod monitoring;
mod optimize;
mod refusal;
mod settings;
mod sku;
mod sql;
#[cfg(test)]
mod tests;
mod token;
mod vertex;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use serde::Deserialize;

use self::bigquery::BigQuery;
use self::costs::Costs;
use self::directory::Projects;
use self::gemini::Gemini;
use self::monitoring::Monitoring;
use self::optimize::{Reported, Reports};
use self::settings::{BillingTable, ProjectId};
use self::token::Grant;
use self::vertex::Vertex;
use super::account::{Account, Identity, OpenError, Opened, SecretSetting};
use super::feed::{FetchError, NamedFeed, UsageRole};
use super::http::{Auth, Http, HttpConfig, Tokens, Wire};

const COSTS_INTERVAL: Duration = Duration::from_hours(3);

/// Projects of Google Cloud that one billing account pays for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The JSON key of a service account; without one the metadata server of Google Cloud's machines is asked.
    pub service_account_key: Option<SecretString>,
    pub service_account_key_file: Option<PathBuf>,
    /// Runs the queries, and pays the little that they cost.
    pub project: ProjectId,
    /// The billing export, as `project.dataset.table`; without it only use is read, unless `app_optimize` is set.
    pub billing_table: Option<BillingTable>,
    /// Costs from reports of App Optimize, which need no export and leave out credits.
    #[serde(default)]
    pub app_optimize: bool,
    /// Where the export's dataset lies, such as `EU`; BigQuery finds datasets in `US` and `EU` by itself.
    pub location: Option<String>,
    /// The ids of the services whose cost counts, beside every service that is named after Claude.
    #[serde(default = "settings::services")]
    pub services: Vec<String>,
    /// Whose tokens are read; `project` where it is not set.
    pub usage_projects: Option<Vec<ProjectId>>,
    /// A query that would scan more bytes is refused, and costs nothing.
    #[serde(default = "settings::max_bytes_billed")]
    pub max_bytes_billed: u64,
    #[serde(default = "settings::bigquery_url")]
    pub bigquery_url: String,
    #[serde(default = "settings::monitoring_url")]
    pub monitoring_url: String,
    #[serde(default = "settings::optimize_url")]
    pub optimize_url: String,
    /// Only asked where there is no key.
    #[serde(default = "settings::metadata_url")]
    pub metadata_url: String,
}

impl Config {
    fn usage_projects(&self) -> Vec<ProjectId> {
        self.usage_projects.clone().unwrap_or_else(|| vec![self.project.clone()])
    }

    /// Costs come from the export or from reports, and reports tell no ids of services.
    fn check(&self) -> Result<(), OpenError> {
        let refuse = |why: &str| Err(OpenError::Setting(why.to_owned()));
        match &self.billing_table {
            _ if !self.app_optimize => Ok(()),
            Some(_) => refuse("give one of `billing_table` and `app_optimize`; the export tells more"),
            None if self.services != settings::services() => {
                refuse("`services` needs `billing_table`: app optimize tells no ids of services")
            }
            None => Ok(()),
        }
    }

    /// What is billed, and whose use is read: neither may count twice.
    fn ids(&self) -> Vec<String> {
        let billed = self.billing_table.iter().map(|table| format!("billingAccounts/{}", table.billing_account()));
        billed.chain(self.usage_projects().iter().map(|project| format!("projects/{project}"))).collect()
    }
}

impl Account for Config {
    fn secrets(&self) -> Vec<SecretSetting<'_>> {
        let (value, file) = (self.service_account_key.as_ref(), self.service_account_key_file.as_deref());
        vec![SecretSetting { key: "service_account_key", value, file, required: false }]
    }

    fn open(&self, wire: &Wire) -> Result<Opened, OpenError> {
        self.check()?;
        let scopes = if self.app_optimize { key::WIDE_SCOPE } else { key::SCOPES };
        let grant = match (self.service_account_key.as_ref(), self.service_account_key_file.as_deref()) {
            (None, None) => Grant::of_machine(wire, scopes, &self.metadata_url)?,
            (key, file) => Grant::of_key(wire, scopes, key, file)?,
        };
        let tokens = Arc::new(Tokens::new(grant, wire.clock.clone()));
        let http = |base_url: &str| {
            let config = wire.to(base_url, Auth::of(Arc::clone(&tokens)));
            Http::new(HttpConfig { judge: refusal::judge, ..config })
        };
        let mut feeds = Vec::new();
        if let Some(table) = &self.billing_table {
            let bigquery = Arc::new(BigQuery {
                http: http(&self.bigquery_url)?,
                project: self.project.clone(),
                location: self.location.clone(),
                max_bytes_billed: self.max_bytes_billed,
            });
            let costs =
                Costs { bigquery: Arc::clone(&bigquery), table: table.clone(), services: self.services.clone() };
            feeds.push(NamedFeed::costs(COSTS_INTERVAL, costs));
            let projects = Projects { bigquery, table: table.clone() };
            feeds.push(NamedFeed::directory(Duration::from_hours(24), projects));
        }
        if self.app_optimize {
            let reports = Reports::new(http(&self.optimize_url)?, wire);
            let costs = Reported { reports, projects: self.usage_projects() };
            feeds.push(NamedFeed::costs(COSTS_INTERVAL, costs));
        }
        let monitoring = Arc::new(Monitoring::new(http(&self.monitoring_url)?, self.usage_projects()));
        let often = Duration::from_mins(5);
        let vertex = Vertex { monitoring: Arc::clone(&monitoring) };
        feeds.push(NamedFeed::usage("usage.vertex", often, UsageRole::Measured, vertex));
        feeds.push(NamedFeed::usage("usage.gemini", often, UsageRole::Measured, Gemini { monitoring }));
        Ok(Opened { identity: Some(Box::new(Configured(self.ids()))), feeds })
    }
}

/// The export's name holds the id of the billing account, so nobody has to be asked.
struct Configured(Vec<String>);

#[async_trait]
impl Identity for Configured {
    async fn ids(&self) -> Result<Vec<String>, FetchError> {
        Ok(self.0.clone())
    }
}
