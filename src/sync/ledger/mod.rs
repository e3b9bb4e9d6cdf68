//! Keeping the ledger up with the facts: load, price, reconcile, tag, write.

mod convert;
mod facts;
#[cfg(test)]
mod tests;

pub(super) use self::facts::call_cost;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use tokio_util::sync::CancellationToken;

use crate::domain::money::Currency;
use crate::domain::names::{AccountId, AccountName, Billing, FeedName};
use crate::domain::period::Day;
use crate::domain::usage::Dimensions;
use crate::ledger::calibrate;
use crate::ledger::fees::{Plan, fees};
use crate::ledger::pricer::Pricer;
use crate::ledger::reconcile::reconcile;
use crate::ledger::tags::{self, TagRule};
use crate::store::Store;
use crate::store::ledger::{BuiltDay, Chunk};
use crate::telemetry::count;

/// What the ledger needs to know beside the facts.
#[derive(Debug, Clone)]
pub struct LedgerConfig {
    /// Days of other accounts are left as they are: their history stays when they leave the configuration.
    pub accounts: BTreeMap<AccountId, LedgerAccount>,
    pub tags: Vec<TagRule>,
    pub calibration: CalibrationPolicy,
}

#[derive(Debug, Clone)]
pub struct LedgerAccount {
    pub name: AccountName,
    /// The feeds whose answers make up the bill; none where nobody sends one. Imports stand in where they have no answer.
    pub cost_feeds: Vec<FeedName>,
    /// Service tiers whose use the bill leaves out.
    pub leaves_out: BTreeSet<String>,
    pub plans: Vec<Plan>,
    /// Who pays for the calls of a log, as the configuration says today; `None` where each call tells.
    pub billing: Option<Billing>,
}

impl LedgerAccount {
    /// How use is paid for that a feed has measured. Where a plan's fee is spend, the use that it pays for must not be spend as
    /// well: all of it where nobody sends a bill, else what the bill leaves out.
    fn pays(&self, used: &Dimensions) -> Billing {
        let left_out = || used.service_tier.as_ref().is_some_and(|tier| self.leaves_out.contains(tier));
        let by_plan = !self.plans.is_empty() && (self.cost_feeds.is_empty() || left_out());
        if by_plan { Billing::Subscription } else { Billing::Metered }
    }
}

/// From how much effective rates are learnt.
#[derive(Debug, Clone, Copy)]
pub struct CalibrationPolicy {
    /// How many days back.
    pub days: u32,
    /// US dollars at list price below which a rate is not trusted by itself.
    pub minimum: Decimal,
}

impl Default for CalibrationPolicy {
    fn default() -> Self {
        Self { days: 30, minimum: Decimal::ONE }
    }
}

/// US dollars for one unit of a currency on a day, and the day of that rate. Never asked for US dollars.
pub type Rates<'a> = dyn Fn(Currency, Day) -> Option<(Decimal, Day)> + Send + Sync + 'a;

/// What a rebuild has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rebuilt {
    pub days: usize,
    pub rows: usize,
}

/// Builds every dirty day of the configured accounts, then learns from them and builds again what rests on estimates.
///
/// Once `stop` is asked for, no further days are begun; they stay dirty.
///
/// # Errors
///
/// When the database fails or holds what this version does not know; days that were not finished stay dirty, those of other
/// accounts are built all the same.
pub async fn rebuild(
    store: &Store,
    pricer: &dyn Pricer,
    rates: &Rates<'_>,
    config: &LedgerConfig,
    now: DateTime<Utc>,
    stop: &CancellationToken,
) -> Result<Rebuilt, sqlx::Error> {
    let rebuilder = Rebuilder { store, pricer, rates, config, now, stop };
    let mut drained = Drained::default();
    rebuilder.drain(&mut drained).await?;
    let mut more = 0;
    for (id, account) in &config.accounts {
        more += rebuilder.mark_days_of_plans(*id, account).await?;
        if drained.accounts.contains(id) && !account.cost_feeds.is_empty() {
            more += rebuilder.calibrate(*id).await?;
        }
    }
    if more > 0 {
        rebuilder.drain(&mut drained).await?;
    }
    let Drained { done, failed, .. } = drained;
    if done.days > 0 {
        tracing::info!(days = done.days, rows = done.rows, "ledger rebuilt");
    }
    failed.map_or(Ok(done), Err)
}

/// What came of the days that were dirty.
#[derive(Default)]
struct Drained {
    done: Rebuilt,
    /// Whose days were built.
    accounts: BTreeSet<AccountId>,
    failed: Option<sqlx::Error>,
}

struct Rebuilder<'a> {
    store: &'a Store,
    pricer: &'a dyn Pricer,
    rates: &'a Rates<'a>,
    config: &'a LedgerConfig,
    now: DateTime<Utc>,
    stop: &'a CancellationToken,
}

impl Rebuilder<'_> {
    async fn drain(&self, drained: &mut Drained) -> Result<(), sqlx::Error> {
        let mut accounts: Vec<AccountId> = self.config.accounts.keys().copied().collect();
        while !self.stop.is_cancelled()
            && let Some(chunk) = self.store.claim_dirty_days(&accounts).await?
        {
            let account = chunk.account;
            match self.build(chunk).await {
                Ok(built) => {
                    drained.accounts.insert(account);
                    drained.done.days += built.days;
                    drained.done.rows += built.rows;
                }
                // One account with facts that cannot be read does not stop the others.
                Err(error) => {
                    tracing::warn!(account = account.0, %error, "cannot build the ledger of an account");
                    accounts.retain(|other| *other != account);
                    drained.failed = Some(error);
                }
            }
        }
        Ok(())
    }

    #[tracing::instrument(name = "ledger_rebuild", level = "debug", skip_all, fields(
        provider, account, days = count(chunk.days.len()), rows, otel.status_code,
    ))]
    async fn build(&self, chunk: Chunk) -> Result<Rebuilt, sqlx::Error> {
        let span = tracing::Span::current();
        // Only configured accounts are claimed.
        let Some(account) = self.config.accounts.get(&chunk.account) else { return Ok(Rebuilt::default()) };
        span.record("provider", account.name.provider.as_str());
        span.record("account", account.name.account.as_str());
        let built = self.build_days(chunk, account).await;
        match &built {
            Ok(built) => span.record("rows", count(built.rows)),
            Err(_) => span.record("otel.status_code", "ERROR"),
        };
        built
    }

    async fn build_days(&self, mut chunk: Chunk, account: &LedgerAccount) -> Result<Rebuilt, sqlx::Error> {
        let cost_feeds: Vec<&str> = account.cost_feeds.iter().map(|feed| feed.0).collect();
        let calibration = chunk.calibration().await?;
        let mut built = Vec::new();
        for (day, stored) in chunk.facts(&cost_feeds).await? {
            let settled = stored.settled || (cost_feeds.is_empty() && !stored.answered);
            let facts = facts::priced(day, stored, account, self.pricer, self.rates);
            let mut rows = reconcile(&facts, &calibration);
            rows.extend(fees(&account.plans, day));
            tags::tag(&mut rows, &self.config.tags, &account.name, day);
            let rows = rows.into_iter().map(|row| convert::to_usd(row, day, self.rates)).collect();
            built.push(BuiltDay { day, settled, rows });
            // A day takes milliseconds to reckon: let others have their turn.
            tokio::task::yield_now().await;
        }
        let done = Rebuilt { days: built.len(), rows: built.iter().map(|day| day.rows.len()).sum() };
        chunk.finish(&built, self.now).await?;
        Ok(done)
    }

    /// A plan costs money on days without any use, which no feed makes dirty.
    async fn mark_days_of_plans(&self, id: AccountId, account: &LedgerAccount) -> Result<u64, sqlx::Error> {
        let today = Day::of(self.now);
        let mut marked = 0;
        for plan in &account.plans {
            let last = plan.until.map_or(today, |until| until.min(today));
            marked += self.store.mark_unbuilt_dirty(id, plan.from, last).await?;
        }
        Ok(marked)
    }

    async fn calibrate(&self, id: AccountId) -> Result<u64, sqlx::Error> {
        let policy = self.config.calibration;
        let samples = self.store.rate_samples(id, Day::of(self.now).minus(policy.days)).await?;
        let learnt = calibrate::learn(samples, policy.minimum);
        let before = self.store.calibration(id).await?;
        if learnt == before {
            return Ok(0);
        }
        self.store.save_calibration(id, &learnt, self.now).await?;
        self.store.mark_unsettled_dirty(id).await
    }
}
