//! The sections of the configuration, and what each of them must be.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use rust_decimal::Decimal;
use secrecy::SecretString;
use serde::Deserialize;

use super::accounts::Accounts;
use super::budgets::BudgetSection;
use super::currency::CurrencySection;
use super::http::HttpSection;
use super::plans::PlanSection;
use super::refresh::Refresh;
use super::telemetry::TelemetrySection;
use crate::domain::names::{AccountName, Provider};
use crate::ledger::fees::Plan;
use crate::ledger::tags::TagRule;
use crate::providers::http::Limits;
use crate::store::timescale::TimescaleMode;
use crate::sync::schedule::{Schedule, ScheduleError};
use crate::telemetry::LogFormat;

/// Everything that can be set.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub http: HttpSection,
    pub storage: StorageSection,
    pub sync: SyncSection,
    pub metrics: MetricsSection,
    pub prices: PricesSection,
    pub currency: CurrencySection,
    pub ledger: LedgerSection,
    pub log: LogSection,
    pub telemetry: TelemetrySection,
    #[serde(default)]
    pub accounts: Accounts,
    #[serde(default)]
    pub budgets: Vec<BudgetSection>,
    #[serde(default)]
    pub plans: Vec<PlanSection>,
    #[serde(default)]
    pub tags: Vec<TagRule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorageSection {
    pub database_url: Option<SecretString>,
    pub database_url_file: Option<PathBuf>,
    pub data_dir: Option<PathBuf>,
    /// Where `postgres` and `initdb` are, if not where they usually are.
    pub postgres_bin: Option<PathBuf>,
    pub timescale: TimescaleMode,
    pub max_connections: u32,
    /// Gives Grafana's read-only role this password.
    pub reader_password: Option<SecretString>,
    pub reader_password_file: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncSection {
    pub schedule: String,
    pub time_zone: String,
    /// By provider, where it differs.
    #[serde(default)]
    pub schedules: BTreeMap<Provider, String>,
    pub backfill_days: u32,
    pub recheck_days: u32,
    #[serde(with = "humantime_serde")]
    pub recheck_every: Duration,
    #[serde(with = "humantime_serde")]
    pub stop_grace: Duration,
    pub patience: PatienceSection,
    pub falls: FallsSection,
}

/// How long to wait for providers, and between what they are asked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatienceSection {
    #[serde(with = "humantime_serde")]
    pub timeout: Duration,
    #[serde(with = "humantime_serde")]
    pub gap: Duration,
    #[serde(with = "humantime_serde")]
    pub pause: Duration,
    #[serde(with = "humantime_serde")]
    pub retry: Duration,
    #[serde(with = "humantime_serde")]
    pub rest: Duration,
}

impl PatienceSection {
    /// What the client of an account keeps to.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits { timeout: self.timeout, min_gap: self.gap, backoff_base: self.pause, ..Limits::default() }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FallsSection {
    pub keep_ratio: Decimal,
    pub min_amount: Decimal,
    #[serde(with = "humantime_serde")]
    pub confirm_after: Duration,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricsSection {
    pub max_series: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PricesSection {
    pub refresh: Refresh,
    pub url: String,
    pub overrides: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerSection {
    pub calibration_days: u32,
    pub calibration_min_amount: Decimal,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSection {
    /// As in `info` or `llmtally=debug,sqlx=warn`.
    pub level: String,
    pub format: LogFormat,
}

impl Config {
    /// The plans of an account.
    #[must_use]
    pub fn plans_of(&self, account: &AccountName) -> Vec<Plan> {
        let own = self.plans.iter().filter(|plan| plan.provider == account.provider && plan.account == account.account);
        own.map(|plan| plan.plan(self.currency.reporting)).collect()
    }

    /// The schedule of a provider.
    ///
    /// # Errors
    ///
    /// What is wrong with its text.
    pub fn schedule(&self, provider: Provider) -> Result<Schedule, ScheduleError> {
        let text = self.sync.schedules.get(&provider).unwrap_or(&self.sync.schedule);
        Schedule::parse(text, &self.sync.time_zone)
    }
}
