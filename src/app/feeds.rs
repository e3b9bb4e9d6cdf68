//! From configured accounts to feeds and their jobs.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::TimeDelta;
use futures::future::join_all;
use tracing::{Instrument, debug_span, info};

use crate::config::Config;
use crate::domain::clock::Clock;
use crate::domain::names::{AccountName, Billing, Provider};
use crate::providers::account::Opened;
use crate::providers::feed::NamedFeed;
use crate::providers::http::{HttpMetrics, Limits, Wire, shared_client};
use crate::providers::{claude_code, codex, gemini_cli};
use crate::shutdown::Shutdown;
use crate::store::Store;
use crate::store::facts::Falls;
use crate::sync::identity::Standing;
use crate::sync::plan::Reach;
use crate::sync::run::Job;

/// How long the start waits for providers to tell whose accounts are.
const IDENTITY_PATIENCE: Duration = Duration::from_secs(5);

/// What all accounts share.
pub(super) struct Ground {
    pub clock: Clock,
    pub shutdown: Shutdown,
    pub http: HttpMetrics,
    pub limits: Limits,
}

/// A configured account, ready to be asked.
pub(super) struct Connected {
    pub name: AccountName,
    pub standing: Standing,
    pub feeds: Vec<NamedFeed>,
}

/// Every configured account with its feeds.
///
/// # Errors
///
/// An account that cannot be used at all, by name.
pub(super) fn all(config: &Config, ground: &Ground) -> Result<Vec<Connected>> {
    let client = shared_client()?;
    let mut accounts = Vec::new();
    for (name, account) in config.accounts.connections() {
        let wire = Wire {
            client: client.clone(),
            account: name.clone(),
            limits: ground.limits.clone(),
            clock: ground.clock.clone(),
            stop: ground.shutdown.hard().clone(),
            metrics: ground.http.clone(),
        };
        let Opened { identity, feeds } = account.open(&wire).with_context(|| format!("accounts.{}", name.key()))?;
        accounts.push(Connected { name, standing: Standing::new(identity), feeds });
    }
    for (account, log) in &config.accounts.claude_code {
        let name = AccountName { provider: Provider::ClaudeCode, account: account.clone() };
        let bill = !config.accounts.anthropic.is_empty() && !claude_code::signed_in_with_a_plan(log);
        let feeds = claude_code::feeds(log, billing(config, &name, bill));
        accounts.push(Connected { name, standing: Standing::default(), feeds });
    }
    for (account, log) in &config.accounts.codex {
        let name = AccountName { provider: Provider::Codex, account: account.clone() };
        let feeds = codex::feeds(log, billing(config, &name, !config.accounts.openai.is_empty()));
        accounts.push(Connected { name, standing: Standing::default(), feeds });
    }
    for (account, log) in &config.accounts.gemini_cli {
        let name = AccountName { provider: Provider::GeminiCli, account: account.clone() };
        let feeds = gemini_cli::feeds(log, billing(config, &name, false));
        accounts.push(Connected { name, standing: Standing::default(), feeds });
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
    accounts: Vec<Connected>,
) -> Result<Vec<Job>> {
    join_all(accounts.iter().map(|account| adopt(store, account))).await.into_iter().collect::<sqlx::Result<()>>()?;
    let names: Vec<AccountName> = accounts.iter().map(|account| account.name.clone()).collect();
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
    for (account, id) in accounts.into_iter().zip(ids) {
        let standing = Arc::new(account.standing);
        jobs.extend(account.feeds.into_iter().map(|feed| Job {
            account: account.name.clone(),
            id,
            standing: Arc::clone(&standing),
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

/// Gives an account that was only renamed the history that it had under its former name. A provider that does not answer
/// now is no reason to wait: the first run asks again, and refuses to start a second history.
async fn adopt(store: &Store, account: &Connected) -> sqlx::Result<()> {
    if store.is_identified(&account.name).await? {
        return Ok(());
    }
    let (provider, name) = (account.name.provider.as_str(), account.name.account.as_str());
    let span = debug_span!("account_identity", provider, account = name);
    let asked = tokio::time::timeout(IDENTITY_PATIENCE, account.standing.ids().instrument(span));
    let Ok(Ok(ids)) = asked.await else { return Ok(()) };
    if let Some(former) = store.adopt_history(&account.name, ids).await? {
        info!(account = %account.name, former, "goes on with the history of a former account of the same organization");
    }
    Ok(())
}
