//! From configured accounts to feeds: the one place that knows every provider.

use std::sync::Arc;

use anyhow::{Context, Result};
use chrono::TimeDelta;
use reqwest::header::HeaderMap;

use crate::config::Config;
use crate::domain::clock::Clock;
use crate::domain::names::{AccountName, Billing, Provider};
use crate::providers::feed::NamedFeed;
use crate::providers::http::{Auth, Http, HttpConfig, HttpMetrics, Limits, shared_client};
use crate::providers::{anthropic, claude_code, codex, gemini_cli, openai};
use crate::shutdown::Shutdown;
use crate::store::Store;
use crate::store::facts::Falls;
use crate::sync::plan::Reach;
use crate::sync::run::Job;

/// What all accounts share.
pub(super) struct Ground {
    pub clock: Clock,
    pub shutdown: Shutdown,
    pub http: HttpMetrics,
    pub limits: Limits,
}

/// The feeds of every configured account.
///
/// # Errors
///
/// An account that cannot be used at all, by name.
pub(super) fn all(config: &Config, ground: &Ground) -> Result<Vec<(AccountName, Vec<NamedFeed>)>> {
    let client = shared_client()?;
    let connect = |account: &AccountName, base_url: &str, auth: Auth, headers: HeaderMap| {
        let http = Http::new(HttpConfig {
            client: client.clone(),
            account: account.clone(),
            base_url: base_url.to_owned(),
            auth,
            headers,
            limits: ground.limits.clone(),
            clock: ground.clock.clone(),
            stop: ground.shutdown.hard().clone(),
            metrics: ground.http.clone(),
        });
        http.map(Arc::new).with_context(|| format!("accounts.{}.{}", account.provider, account.account))
    };
    let name = |provider, account: &String| AccountName { provider, account: account.clone() };
    let mut accounts = Vec::new();
    for (account, config) in &config.accounts.openai {
        let account = name(Provider::OpenAi, account);
        let http = connect(&account, &config.base_url, config.auth()?, HeaderMap::new())?;
        accounts.push((account, openai::feeds(config, &http)));
    }
    for (account, config) in &config.accounts.anthropic {
        let account = name(Provider::Anthropic, account);
        let http = connect(&account, &config.base_url, config.auth()?, config.headers())?;
        accounts.push((account, anthropic::feeds(config, &http)));
    }
    for (account, log) in &config.accounts.claude_code {
        let account = name(Provider::ClaudeCode, account);
        let bill = !config.accounts.anthropic.is_empty() && !claude_code::signed_in_with_a_plan(log);
        let feeds = claude_code::feeds(log, billing(config, &account, bill));
        accounts.push((account, feeds));
    }
    for (account, log) in &config.accounts.codex {
        let account = name(Provider::Codex, account);
        let feeds = codex::feeds(log, billing(config, &account, !config.accounts.openai.is_empty()));
        accounts.push((account, feeds));
    }
    for (account, log) in &config.accounts.gemini_cli {
        let account = name(Provider::GeminiCli, account);
        let feeds = gemini_cli::feeds(log, billing(config, &account, false));
        accounts.push((account, feeds));
    }
    Ok(accounts)
}

/// Who pays for an agent's calls where nobody says: its plan, or a vendor's account that is synced as well.
fn billing(config: &Config, account: &AccountName, on_a_synced_bill: bool) -> Billing {
    if on_a_synced_bill && config.plans_of(account).is_empty() { Billing::Included } else { Billing::Subscription }
}

/// Registers the accounts and gives each feed what its runs need.
///
/// # Errors
///
/// The database's.
pub(super) async fn jobs(
    config: &Config,
    ground: &Ground,
    store: &Store,
    accounts: Vec<(AccountName, Vec<NamedFeed>)>,
) -> Result<Vec<Job>> {
    let names: Vec<AccountName> = accounts.iter().map(|(name, _)| name.clone()).collect();
    let ids = store.register_accounts(&names).await?;
    let reach = Reach {
        backfill_days: config.sync.backfill_days,
        recheck_days: config.sync.recheck_days,
        recheck_every: TimeDelta::from_std(config.sync.recheck_every)?,
    };
    let falls = Falls {
        keep_ratio: config.sync.falls.keep_ratio,
        min_amount: config.sync.falls.min_amount,
        confirm_after: TimeDelta::from_std(config.sync.falls.confirm_after)?,
    };
    let mut jobs = Vec::new();
    for ((account, feeds), id) in accounts.into_iter().zip(ids) {
        jobs.extend(feeds.into_iter().map(|feed| Job {
            account: account.clone(),
            id,
            feed,
            store: store.clone(),
            clock: ground.clock.clone(),
            reach,
            falls,
            shutdown: ground.shutdown.clone(),
        }));
    }
    Ok(jobs)
}
