//! The books: the leader builds the ledger again whenever facts, prices or rules have changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use tracing::{info, warn};

use super::bells::Bells;
use super::reporting::{Memory, Reporting};
use crate::config::Config;
use crate::currency::Rates;
use crate::domain::clock::Clock;
use crate::domain::money::Currency;
use crate::domain::names::{AccountId, Provider};
use crate::domain::period::Day;
use crate::domain::spend::Quote;
use crate::domain::usage::{Dimensions, Meter};
use crate::pricing::Prices;
use crate::providers::feed::FeedKind;
use crate::shutdown::Shutdown;
use crate::store::Store;
use crate::sync::leases::{Leases, Word};
use crate::sync::ledger::{CalibrationPolicy, LedgerAccount, LedgerConfig, rebuild};
use crate::sync::run::Job;
use crate::sync::sessions;

/// Goes up when the ledger's rows of the same facts would be others.
const VERSION: u32 = 1;
/// A day turns without any bell.
const TICK: Duration = Duration::from_secs(60);

pub(super) struct Books {
    pub(super) store: Store,
    pub(super) prices: Arc<Prices>,
    pub(super) rates: Arc<Rates>,
    /// Those of the configuration among them.
    pub(super) fixed_rates: BTreeMap<Currency, Decimal>,
    pub(super) reporting: Reporting,
    pub(super) config: LedgerConfig,
    /// Accounts whose calls fall into sessions.
    pub(super) logs: BTreeSet<AccountId>,
    pub(super) clock: Clock,
    pub(super) bells: Bells,
    pub(super) leases: Leases,
    pub(super) shutdown: Shutdown,
}

/// What the ledger needs to know of the accounts that `jobs` are for.
pub(super) fn rules(config: &Config, jobs: &[Job]) -> LedgerConfig {
    let mut accounts: BTreeMap<AccountId, LedgerAccount> = BTreeMap::new();
    for job in jobs {
        let account = accounts.entry(job.id).or_insert_with(|| LedgerAccount {
            name: job.account.clone(),
            cost_feeds: Vec::new(),
            leaves_out: BTreeSet::new(),
            plans: config.plans_of(&job.account),
            billing: None,
        });
        if let FeedKind::Calls(billing, _) = &job.feed.kind {
            account.billing = Some(*billing);
        }
        if let FeedKind::Costs(feed) = &job.feed.kind {
            account.cost_feeds.push(job.feed.name);
            account.leaves_out.extend(feed.policy().leaves_out.iter().map(|tier| (*tier).to_owned()));
        }
        if let FeedKind::Purse(_) = &job.feed.kind {
            account.cost_feeds.push(job.feed.name);
        }
    }
    let calibration =
        CalibrationPolicy { days: config.ledger.calibration_days, minimum: config.ledger.calibration_min_amount };
    LedgerConfig { accounts, tags: config.tags.clone(), calibration }
}

/// The accounts of logs among those that `jobs` are for.
pub(super) fn logs(jobs: &[Job]) -> BTreeSet<AccountId> {
    jobs.iter().filter(|job| matches!(job.feed.kind, FeedKind::Calls(..))).map(|job| job.id).collect()
}

impl Books {
    /// Has everything built again where the rules are not those that the ledger was built with. Left to the leader, and to
    /// commands that sync: an import may come from a machine with another configuration.
    ///
    /// # Errors
    ///
    /// The database's.
    pub(super) async fn follow_rules(&self) -> Result<()> {
        let accounts = self.config.accounts.values();
        let paid: Vec<_> = accounts.map(|account| (&account.name, &account.plans, account.billing)).collect();
        let (tags, prices, rates) = (&self.config.tags, self.prices.current(), &self.fixed_rates);
        let rules = format!("{VERSION} {paid:?} {tags:?} {:?} {rates:?}", prices.overrides());
        let days = self.store.follow_rules(&rules).await?;
        if days > 0 {
            info!(
                days,
                "plans, billing, tags, prices or rates are not those of the last start: every day is built again"
            );
        }
        Ok(())
    }

    /// Builds until stopped; what is not built by then stays on the list in the database. Two daemons with two price tables would
    /// undo each other's work: who does not lead tells the leader.
    pub(super) async fn keep(self) {
        let mut leadership = self.leases.leadership();
        let (mut news, mut followed) = (false, false);
        let mut memory = Memory::default();
        loop {
            let known = *leadership.borrow_and_update();
            if known == Some(true) {
                if !followed {
                    match self.shutdown.hard().run_until_cancelled(self.follow_rules()).await {
                        None => return,
                        Some(Ok(())) => followed = true,
                        Some(Err(error)) => warn!("the ledger's rules wait: {error:#}"),
                    }
                }
                // Before the days that need them: no figure is without a rate in between.
                match self.shutdown.hard().run_until_cancelled(self.reporting.lead(&mut memory)).await {
                    None => return,
                    Some(Ok(false)) => {}
                    Some(Ok(true)) => self.bells.page.notify_one(),
                    Some(Err(error)) => warn!("the rates of all sums wait: {error:#}"),
                }
                // Not dropped at a soft stop: a query cut off in the middle would leave a connection that others cannot use.
                match self.shutdown.hard().run_until_cancelled(self.balance()).await {
                    None => return,
                    Some(Ok(0)) => {}
                    Some(Ok(_)) => self.bells.page.notify_one(),
                    Some(Err(error)) => warn!("the ledger waits, its list is kept: {error:#}"),
                }
            } else {
                if news {
                    self.leases.tell(Word::News);
                }
                // At the start nobody knows yet who leads. A database that is away says so elsewhere.
                if known == Some(false) {
                    let _ = self.shutdown.hard().run_until_cancelled(self.reporting.follow(&mut memory)).await;
                }
            }
            let next = async {
                tokio::select! {
                    () = self.bells.ledger.notified() => true,
                    _ = leadership.changed() => false,
                    () = tokio::time::sleep(TICK) => false,
                }
            };
            match self.shutdown.soft().run_until_cancelled(next).await {
                Some(rung) => news = rung,
                None => return,
            }
        }
    }

    /// The rules, and the accounts that only imports fill: another process may have added one a moment ago.
    async fn with_imports(&self) -> Result<LedgerConfig> {
        let mut config = self.config.clone();
        for (id, name) in self.store.imported_accounts().await? {
            config.accounts.entry(id).or_insert_with(|| LedgerAccount {
                name,
                cost_feeds: Vec::new(),
                leaves_out: BTreeSet::new(),
                plans: Vec::new(),
                billing: None,
            });
        }
        Ok(config)
    }

    /// Builds what is on the list now; returns how many days.
    ///
    /// # Errors
    ///
    /// The database's; days that were not finished stay on the list.
    pub(super) async fn balance(&self) -> Result<usize> {
        let prices = self.prices.current();
        // Asked with the table in hand: one that arrives during the work is followed the next time.
        let days = self.store.follow_prices(&prices.name()).await?;
        if days > 0 {
            info!(days, "the price table is another: days without a final price are built again");
        }
        let pricer =
            move |provider: Provider, at: DateTime<Utc>, dims: &Dimensions, meter: Meter, quantity: Decimal| -> Quote {
                prices.price(provider, at, dims, meter, quantity)
            };
        let table = self.rates.current();
        let rates = move |currency: Currency, day: Day| table.usd(currency, day);
        let config = self.with_imports().await?;
        let built = rebuild(&self.store, &pricer, &rates, &config, self.clock.now(), self.shutdown.soft()).await?;
        for account in &self.logs {
            let provider = self.config.accounts.get(account).map(|account| account.name.provider);
            if let Some(provider) = provider {
                sessions::rebuild(&self.store, &pricer, *account, provider).await?;
            }
        }
        Ok(built.days)
    }
}
