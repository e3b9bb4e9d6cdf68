//! Everything that a command works with, put together from the configuration.

use std::sync::Arc;

use anyhow::Result;
use chrono::TimeDelta;
use tokio::sync::Notify;
use tracing::warn;

use super::bells::Bells;
use super::currency::Exchange;
use super::feeds::{self, Connected, Ground};
use super::ledger::{Books, logs, rules};
use super::prices;
use super::reporting::Reporting;
use crate::config::Config;
use crate::currency::Rates;
use crate::domain::clock::Clock;
use crate::domain::names::{AccountName, FeedName};
use crate::domain::period::Day;
use crate::metrics::{self, FeedSchedule, Publisher, Settings};
use crate::pricing::Prices;
use crate::providers::feed::FeedKind;
use crate::providers::http::HttpMetrics;
use crate::shutdown::Shutdown;
use crate::store::Store;
use crate::sync::handle::Handle;
use crate::sync::leases::{Keeper, Leases, Role, Word};
use crate::sync::metrics::SyncMetrics;
use crate::sync::run::{Job, Watch};
use crate::sync::worker::Worker;

/// How many times its schedule a feed may be without success before it counts as late.
const LATE_AFTER: u32 = 4;

/// The parts of the daemon, connected but at rest.
pub(super) struct House {
    pub config: Config,
    pub clock: Clock,
    pub shutdown: Shutdown,
    pub bells: Bells,
    pub store: Store,
    pub prices: Arc<Prices>,
    pub rates: Arc<Rates>,
    pub publisher: Arc<Publisher>,
    pub settings: Arc<Settings>,
    pub handle: Handle,
    pub leases: Leases,
    keeper: Option<Keeper>,
    sync_metrics: SyncMetrics,
    ground: Ground,
    accounts: Vec<Connected>,
    wakes: Vec<Arc<Notify>>,
}

impl House {
    /// # Errors
    ///
    /// What in the configuration cannot be used.
    pub(super) fn new(config: Config, store: Store, clock: Clock) -> Result<Self> {
        let shutdown = Shutdown::new();
        let mut registry = metrics::registry();
        let sync_metrics = SyncMetrics::register(&mut registry);
        let http = HttpMetrics::register(&mut registry);
        let patience = &config.sync.patience;
        let ground = Ground { clock: clock.clone(), shutdown: shutdown.clone(), http, limits: patience.limits() };
        let mut accounts = feeds::all(&config, &ground)?;
        for feed in accounts.iter_mut().flat_map(|account| &mut account.feeds) {
            feed.min_interval = feed.min_interval.min(patience.rest);
        }
        let settings = settings(&config, &accounts, &clock)?;
        let names = accounts.iter().flat_map(|account| {
            account.feeds.iter().map(|feed| (account.name.clone(), feed.name, Arc::new(Notify::new())))
        });
        let wakes: Vec<(AccountName, FeedName, Arc<Notify>)> = names.collect();
        let (leases, keeper) = Leases::new(store.clone());
        Ok(Self {
            publisher: Arc::new(Publisher::new(registry, config.metrics.max_series)?),
            prices: prices::bundled(&config)?,
            rates: Arc::default(),
            settings: Arc::new(settings),
            wakes: wakes.iter().map(|(.., wake)| Arc::clone(wake)).collect(),
            handle: Handle::new(wakes, leases.clone()),
            leases,
            keeper: Some(keeper),
            bells: Bells::default(),
            config,
            clock,
            shutdown,
            store,
            sync_metrics,
            ground,
            accounts,
        })
    }

    /// Takes the accounts that left the configuration from the page.
    ///
    /// # Errors
    ///
    /// The database's.
    pub(super) async fn retire_others(&self) -> Result<()> {
        let names: Vec<AccountName> = self.accounts.iter().map(|account| account.name.clone()).collect();
        Ok(self.store.retire_accounts_but(&names).await?)
    }

    /// Holds the leases of this process until the future is dropped or the stop insists. Does nothing the second time.
    pub(super) fn keep_leases(&mut self, role: Role) -> impl Future<Output = ()> + Send + use<> {
        let (keeper, stop) = (self.keeper.take(), self.shutdown.hard().clone());
        let (handle, bells) = (self.handle.clone(), self.bells.clone());
        async move {
            let Some(keeper) = keeper else { return };
            let heard = move |word| match word {
                Word::News => bells.ring(),
                Word::Wake(provider) => {
                    let _woken = handle.wake(provider);
                }
                // The keeper's own matters.
                Word::Hello | Word::Want(..) => {}
            };
            keeper.keep(role, stop, heard).await;
        }
    }

    /// The clerk of exchange rates.
    pub(super) fn exchange(&self) -> Exchange {
        let currency = &self.config.currency;
        Exchange {
            rates: Arc::clone(&self.rates),
            reporting: currency.reporting,
            fixed: currency.rates.clone(),
            store: self.store.clone(),
            refresh: currency.refresh,
            url: currency.url.clone(),
            clock: self.clock.clone(),
        }
    }

    /// The clerk of the currency that sums are told in.
    fn reporting(&self) -> Reporting {
        let currency = &self.config.currency;
        Reporting {
            currency: currency.reporting,
            rates: Arc::clone(&self.rates),
            refresh: currency.refresh,
            store: self.store.clone(),
            clock: self.clock.clone(),
        }
    }

    /// A worker for each feed, and the books of their accounts. The database has to be there.
    ///
    /// # Errors
    ///
    /// The database's.
    pub(super) async fn staff(&mut self, watch: impl Fn(&Job) -> Arc<dyn Watch>) -> Result<(Vec<Worker>, Books)> {
        let accounts = std::mem::take(&mut self.accounts);
        if accounts.is_empty() && self.store.imported_accounts().await?.is_empty() {
            warn!("no account is configured: set OPENAI_ADMIN_KEY or ANTHROPIC_ADMIN_KEY, or see config/example.toml");
        }
        let jobs = feeds::jobs(&self.config, &self.ground, &self.store, accounts).await?;
        let books = Books {
            store: self.store.clone(),
            prices: Arc::clone(&self.prices),
            rates: Arc::clone(&self.rates),
            fixed_rates: self.config.currency.rates.clone(),
            reporting: self.reporting(),
            config: rules(&self.config, &jobs),
            logs: logs(&jobs),
            clock: self.clock.clone(),
            bells: self.bells.clone(),
            leases: self.leases.clone(),
            shutdown: self.shutdown.clone(),
        };
        let mut workers = Vec::with_capacity(jobs.len());
        for (job, wake) in jobs.into_iter().zip(&self.wakes) {
            workers.push(Worker {
                metrics: self.sync_metrics.feed(&job.account, job.name()),
                leases: self.leases.clone(),
                wake: Arc::clone(wake),
                watch: watch(&job),
                schedule: self.config.schedule(job.account.provider)?,
                first_retry: TimeDelta::from_std(self.config.sync.patience.retry)?,
                job,
            });
        }
        Ok((workers, books))
    }
}

fn settings(config: &Config, accounts: &[Connected], clock: &Clock) -> Result<Settings> {
    let (now, today) = (clock.now(), clock.today());
    let mut feeds = Vec::new();
    for account in accounts {
        let interval = config.schedule(account.name.provider)?.interval(now);
        feeds.extend(account.feeds.iter().map(|feed| FeedSchedule {
            account: account.name.clone(),
            feed: feed.name,
            max_age: interval.max(feed.min_interval) * LATE_AFTER,
            history_from: history_from(&feed.kind, today, config.sync.backfill_days),
        }));
    }
    let limits = config.accounts.logs().filter_map(|(provider, account, log)| {
        let name = AccountName { provider, account: account.clone() };
        Some((name, log.session_token_limit?))
    });
    Ok(Settings {
        currency: config.currency.reporting,
        budgets: config.budgets.iter().map(|budget| budget.budget()).collect(),
        feeds,
        session_token_limits: limits.collect(),
    })
}

fn history_from(kind: &FeedKind, today: Day, backfill_days: u32) -> Option<Day> {
    let policy = match kind {
        FeedKind::Costs(feed) => feed.policy(),
        FeedKind::Usage(_, feed) => feed.policy(),
        FeedKind::Directory(_) | FeedKind::Snapshots(_) | FeedKind::Purse(_) | FeedKind::Calls(..) => return None,
    };
    Some(today.minus(policy.history_days.map_or(backfill_days, |days| days.min(backfill_days))))
}
