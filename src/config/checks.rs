//! What types alone cannot say of a configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use rust_decimal::Decimal;
use secrecy::ExposeSecret;

use super::secret::Secret;
use super::sections::Config;
use crate::domain::names::Provider;
use crate::providers::http::shared_client;
use crate::store::connect::check_url;
use crate::sync::schedule::{Schedule, ScheduleError};

/// Ten years: no provider has sold tokens for longer.
const LONGEST_BACKFILL: u32 = 3660;

impl Config {
    /// Keys, and what is wrong with them.
    pub(super) fn problems(&self) -> Vec<(String, String)> {
        let mut problems = self.schedule_problems();
        problems.extend(self.http.problems());
        problems.extend(self.secret_problems());
        problems.extend(self.account_problems());
        problems.extend(self.trial_problems());
        if let Err((suffix, message)) = self.telemetry.headers() {
            problems.push((format!("telemetry.otlp_headers{suffix}"), message));
        }
        for (index, budget) in self.budgets.iter().enumerate() {
            problems.extend(budget.problems(index));
        }
        let accounts = self.accounts.names();
        for (index, plan) in self.plans.iter().enumerate() {
            problems.extend(plan.problems(index, &accounts, &self.currency));
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
        let patience = &self.sync.patience;
        for (key, _) in
            [("timeout", patience.timeout), ("retry", patience.retry)].iter().filter(|(_, time)| time.is_zero())
        {
            problems.push((format!("sync.patience.{key}"), "must be more than 0".to_owned()));
        }
        for (currency, _) in self.currency.rates.iter().filter(|(_, rate)| **rate <= Decimal::ZERO) {
            problems.push((format!("currency.rates.{currency}"), "must be more than 0".to_owned()));
        }
        if let Some(message) = self.currency.without_rate(self.currency.reporting) {
            problems.push(("currency.reporting".to_owned(), message));
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
            ("storage.database_url", &storage.database_url, &storage.database_url_file),
            ("storage.reader_password", &storage.reader_password, &storage.reader_password_file),
        ];
        let wrong = secrets.into_iter().filter_map(|(key, value, file)| {
            let (suffix, message) = Secret::resolve(value.as_ref(), file.as_deref()).err()?;
            Some((format!("{key}{suffix}"), message))
        });
        let mut wrong: Vec<_> = wrong.collect();
        let url = Secret::resolve(storage.database_url.as_ref(), storage.database_url_file.as_deref()).ok().flatten();
        if let Some(Err(error)) = url.as_ref().map(check_url) {
            wrong.push(("storage.database_url".to_owned(), error.to_string()));
        }
        wrong
    }

    fn account_problems(&self) -> Vec<(String, String)> {
        let mut problems = Vec::new();
        for (provider, name, _) in self.accounts.logs().filter(|(_, _, log)| log.paths.is_empty()) {
            let message = "`paths` is missing, and there is no home folder to look in".to_owned();
            problems.push((format!("accounts.{provider}.{name}"), message));
        }
        // A machine without root certificates needs none where no account is asked.
        let client = LazyLock::new(shared_client);
        let mut keys: BTreeMap<(Provider, Vec<String>), String> = BTreeMap::new();
        for (name, account) in self.accounts.connections() {
            let key = format!("accounts.{}", name.key());
            let mut secrets = Vec::new();
            let before = problems.len();
            for setting in account.secrets() {
                let named = setting.key;
                match Secret::resolve(setting.value, setting.file) {
                    Err((suffix, message)) => problems.push((format!("{key}.{named}{suffix}"), message)),
                    Ok(None) if setting.required => {
                        problems.push((key.clone(), format!("`{named}` or `{named}_file` is missing")));
                    }
                    Ok(secret) => secrets.extend(secret.map(|secret| secret.expose_secret().to_owned())),
                }
            }
            if problems.len() == before
                && let Some(message) = match &*client {
                    Ok(client) => self.opening_problem(client, &name, account),
                    Err(error) => Some(error.to_string()),
                }
            {
                problems.push((key.clone(), message));
            }
            if secrets.is_empty() {
                continue;
            }
            if let Some(other) = keys.insert((name.provider, secrets), key.clone()) {
                problems.push((key, format!("has the same key as {other}: one account is enough")));
            }
        }
        problems
    }
}
