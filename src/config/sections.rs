//! The sections of the configuration, and what each of them must be.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::HeaderMap;
use rust_decimal::Decimal;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, de};

use super::secret::Secret;
use crate::domain::budget::{Budget, BudgetPeriod, Scope, Severity, Threshold};
use crate::domain::money::{Currency, Money};
use crate::domain::names::{AccountName, Provider};
use crate::domain::period::Day;
use crate::ledger::fees::Plan;
use crate::ledger::tags::TagRule;
use crate::providers::call_logs::LogConfig;
use crate::providers::{anthropic, openai};
use crate::store::timescale::TimescaleMode;
use crate::sync::schedule::{Schedule, ScheduleError};
use crate::telemetry::{self, Endpoint, LogFormat};

/// Ten years: no provider has sold tokens for longer.
const LONGEST_BACKFILL: u32 = 3660;

/// Everything that can be set.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub http: HttpSection,
    pub storage: StorageSection,
    pub sync: SyncSection,
    pub metrics: MetricsSection,
    pub prices: PricesSection,
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
pub struct HttpSection {
    pub listen: SocketAddr,
    /// Whoever shows it may ask for a sync.
    pub token: Option<SecretString>,
    pub token_file: Option<PathBuf>,
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
    pub falls: FallsSection,
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

/// How often the price table is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    Off,
    Every(Duration),
}

impl<'de> Deserialize<'de> for Refresh {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "off" {
            return Ok(Self::Off);
        }
        let every = humantime::parse_duration(&text);
        let every =
            every.map_err(|_| de::Error::custom(format!("`{text}` is neither `off` nor a time such as `24h`")))?;
        if every < Duration::from_secs(3600) {
            return Err(de::Error::custom("once an hour is the most often that prices are fetched"));
        }
        Ok(Self::Every(every))
    }
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

/// Where the daemon's own spans go; nowhere unless there is an endpoint.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetrySection {
    pub otlp_endpoint: Option<Endpoint>,
    pub otlp_headers: Option<SecretString>,
    pub otlp_headers_file: Option<PathBuf>,
}

impl TelemetrySection {
    /// What every request to the endpoint carries.
    ///
    /// # Errors
    ///
    /// What is wrong with the key `otlp_headers` plus the suffix that comes first.
    pub fn headers(&self) -> Result<HeaderMap, (&'static str, String)> {
        let secret = Secret::resolve(self.otlp_headers.as_ref(), self.otlp_headers_file.as_ref())?;
        let suffix = if self.otlp_headers.is_some() { "" } else { "_file" };
        let headers = secret.map(|text| telemetry::headers(&text)).transpose();
        headers.map(Option::unwrap_or_default).map_err(|error| (suffix, error.to_string()))
    }
}

/// The connections to providers, by a name of ours.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Accounts {
    pub openai: BTreeMap<String, openai::Config>,
    pub anthropic: BTreeMap<String, anthropic::Config>,
    pub claude_code: BTreeMap<String, LogConfig>,
    pub codex: BTreeMap<String, LogConfig>,
}

impl Accounts {
    /// The accounts that are logs of agents on this machine.
    pub fn logs(&self) -> impl Iterator<Item = (Provider, &String, &LogConfig)> {
        let claude_code = self.claude_code.iter().map(|(name, log)| (Provider::ClaudeCode, name, log));
        claude_code.chain(self.codex.iter().map(|(name, log)| (Provider::Codex, name, log)))
    }

    /// The log accounts of an agent, by name; `None` for a provider that is no agent.
    pub fn logs_of(&mut self, provider: Provider) -> Option<&mut BTreeMap<String, LogConfig>> {
        match provider {
            Provider::ClaudeCode => Some(&mut self.claude_code),
            Provider::Codex => Some(&mut self.codex),
            Provider::OpenAi | Provider::Anthropic => None,
        }
    }

    /// All accounts, in the order of the configuration.
    #[must_use]
    pub fn names(&self) -> Vec<AccountName> {
        let openai = self.openai.keys().map(|name| (Provider::OpenAi, name));
        let anthropic = self.anthropic.keys().map(|name| (Provider::Anthropic, name));
        let logs = self.logs().map(|(provider, name, _)| (provider, name));
        let all = openai.chain(anthropic).chain(logs);
        all.map(|(provider, account)| AccountName { provider, account: account.clone() }).collect()
    }
}

/// A fixed fee of an account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanSection {
    pub name: String,
    pub provider: Provider,
    #[serde(default = "default_account")]
    pub account: String,
    pub monthly_price: Decimal,
    #[serde(default = "default_currency")]
    pub currency: Currency,
    pub from: Option<Day>,
    pub until: Option<Day>,
}

fn default_account() -> String {
    "default".to_owned()
}

fn default_currency() -> Currency {
    Currency::USD
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BudgetSection {
    pub name: String,
    /// In US dollars, per period.
    pub limit: Decimal,
    #[serde(default)]
    pub period: BudgetPeriod,
    #[serde(default)]
    pub scope: Scope,
    /// Shares of the limit; half, 80 % and all of it where nothing is said.
    #[serde(default = "default_thresholds")]
    pub thresholds: Vec<Decimal>,
}

/// Half, 80 % and all of a limit.
#[must_use]
pub fn default_thresholds() -> Vec<Decimal> {
    vec![Decimal::new(5, 1), Decimal::new(8, 1), Decimal::ONE]
}

impl BudgetSection {
    /// The budget with a severity for each threshold: the limit itself is critical, what is close to it a warning.
    #[must_use]
    pub fn budget(&self) -> Budget {
        let severity = |ratio: Decimal| match ratio {
            ratio if ratio >= Decimal::ONE => Severity::Critical,
            ratio if ratio >= Decimal::new(75, 2) => Severity::Warning,
            _ => Severity::Info,
        };
        Budget {
            name: self.name.clone(),
            limit: self.limit,
            period: self.period,
            scope: self.scope.clone(),
            thresholds: self
                .thresholds
                .iter()
                .map(|ratio| Threshold { ratio: *ratio, severity: severity(*ratio) })
                .collect(),
        }
    }

    fn problems(&self, index: usize) -> Vec<(String, String)> {
        let key = |field: &str| format!("budgets.{index}.{field}");
        let mut problems = Vec::new();
        if self.name.trim().is_empty() {
            problems.push((key("name"), "is empty".to_owned()));
        }
        if self.limit <= Decimal::ZERO {
            problems.push((key("limit"), format!("must be more than 0, is {}", self.limit)));
        }
        for provider in self.scope.provider.iter().filter(|name| name.parse::<Provider>().is_err()) {
            let known = Provider::ALL.map(Provider::as_str).join(", ");
            problems.push((key("scope.provider"), format!("`{provider}` is none of: {known}")));
        }
        if self.thresholds.iter().any(|ratio| *ratio <= Decimal::ZERO || *ratio > Decimal::TEN) {
            problems
                .push((key("thresholds"), "are shares of the limit between 0 and 10, as in 0.8 for 80 %".to_owned()));
        }
        problems
    }
}

impl PlanSection {
    fn problems(&self, index: usize, accounts: &[AccountName]) -> Vec<(String, String)> {
        let key = |field: &str| format!("plans.{index}.{field}");
        let mut problems = Vec::new();
        let Self { provider, account, .. } = self;
        if !accounts.iter().any(|known| known.provider == *provider && known.account == *account) {
            let message = format!("there is no [accounts.{provider}.{account}], so the fee would count nowhere");
            problems.push((key("account"), message));
        }
        if self.monthly_price < Decimal::ZERO {
            problems.push((key("monthly_price"), format!("must not be negative, is {}", self.monthly_price)));
        }
        // No exchange rates are known yet, and a fee without one would be missing from every sum.
        if self.currency != Currency::USD {
            problems.push((key("currency"), format!("must be USD, is {}", self.currency)));
        }
        if self.from.zip(self.until).is_some_and(|(from, until)| until < from) {
            problems.push((key("until"), "is before `from`".to_owned()));
        }
        problems
    }
}

impl Config {
    /// The plans of an account.
    #[must_use]
    pub fn plans_of(&self, account: &AccountName) -> Vec<Plan> {
        let own = self.plans.iter().filter(|plan| plan.provider == account.provider && plan.account == account.account);
        let plans = own.map(|plan| Plan {
            name: plan.name.clone(),
            price: Money::new(plan.monthly_price, plan.currency),
            from: plan.from,
            until: plan.until,
        });
        plans.collect()
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

    /// What types alone cannot say: key and message.
    pub(super) fn problems(&self) -> Vec<(String, String)> {
        let mut problems = self.schedule_problems();
        problems.extend(self.secret_problems());
        problems.extend(self.account_problems());
        if let Err((suffix, message)) = self.telemetry.headers() {
            problems.push((format!("telemetry.otlp_headers{suffix}"), message));
        }
        for (index, budget) in self.budgets.iter().enumerate() {
            problems.extend(budget.problems(index));
        }
        let accounts = self.accounts.names();
        for (index, plan) in self.plans.iter().enumerate() {
            problems.extend(plan.problems(index, &accounts));
        }
        let mut names = BTreeSet::new();
        for (index, budget) in self.budgets.iter().enumerate() {
            if !names.insert(&budget.name) {
                problems.push((format!("budgets.{index}.name"), format!("there is another budget `{}`", budget.name)));
            }
        }
        if self.sync.backfill_days > LONGEST_BACKFILL {
            problems.push(("sync.backfill_days".to_owned(), format!("must be {LONGEST_BACKFILL} at most")));
        }
        if self.storage.max_connections == 0 {
            problems.push(("storage.max_connections".to_owned(), "must be at least 1".to_owned()));
        }
        if self.sync.falls.keep_ratio < Decimal::ZERO || self.sync.falls.keep_ratio > Decimal::ONE {
            problems.push(("sync.falls.keep_ratio".to_owned(), "must be between 0 and 1".to_owned()));
        }
        problems
    }

    fn schedule_problems(&self) -> Vec<(String, String)> {
        let zone = &self.sync.time_zone;
        let all = std::iter::once(("sync.schedule".to_owned(), &self.sync.schedule));
        let own = self.sync.schedules.iter().map(|(provider, text)| (format!("sync.schedules.{provider}"), text));
        let wrong = all.chain(own).filter_map(|(key, text)| {
            let error = Schedule::parse(text, zone).err()?;
            let key = if matches!(error, ScheduleError::Zone(_)) { "sync.time_zone".to_owned() } else { key };
            Some((key, error.to_string()))
        });
        wrong.collect()
    }

    fn secret_problems(&self) -> Vec<(String, String)> {
        let storage = &self.storage;
        let secrets = [
            ("http.token", &self.http.token, &self.http.token_file),
            ("storage.database_url", &storage.database_url, &storage.database_url_file),
            ("storage.reader_password", &storage.reader_password, &storage.reader_password_file),
        ];
        let wrong = secrets.into_iter().filter_map(|(key, value, file)| {
            let (suffix, message) = Secret::resolve(value.as_ref(), file.as_ref()).err()?;
            Some((format!("{key}{suffix}"), message))
        });
        wrong.collect()
    }

    fn account_problems(&self) -> Vec<(String, String)> {
        let mut problems = Vec::new();
        let mut keys: BTreeMap<(Provider, String), String> = BTreeMap::new();
        let openai = self
            .accounts
            .openai
            .iter()
            .map(|(name, account)| (Provider::OpenAi, name, &account.api_key, &account.api_key_file));
        let anthropic = self
            .accounts
            .anthropic
            .iter()
            .map(|(name, account)| (Provider::Anthropic, name, &account.api_key, &account.api_key_file));
        for (provider, name, _) in self.accounts.logs().filter(|(_, _, log)| log.paths.is_empty()) {
            let message = "`paths` is missing, and there is no home folder to look in".to_owned();
            problems.push((format!("accounts.{provider}.{name}"), message));
        }
        for (provider, name, value, file) in openai.chain(anthropic) {
            let key = format!("accounts.{provider}.{name}");
            match Secret::resolve(value.as_ref(), file.as_ref()) {
                Err((suffix, message)) => problems.push((format!("{key}.api_key{suffix}"), message)),
                Ok(None) => problems.push((key, "`api_key` or `api_key_file` is missing".to_owned())),
                Ok(Some(secret)) => {
                    if let Some(other) = keys.insert((provider, secret.expose_secret().to_owned()), key.clone()) {
                        problems.push((key, format!("has the same key as {other}: one account is enough")));
                    }
                }
            }
        }
        problems
    }
}
