//! Keeps the rates that all sums are told at: one for each day, some days ahead, written by the daemon that leads.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Result;
use rust_decimal::Decimal;
use tracing::{info, warn};

use crate::config::Refresh;
use crate::currency::Rates;
use crate::domain::clock::Clock;
use crate::domain::money::Currency;
use crate::domain::period::{Day, Window};
use crate::store::Store;
use crate::store::reporting_rates::Switch;

/// Of so many days before today rates stand ready, as far as they are known: what a first run fills by default.
const READY_DAYS: u32 = 365;

/// The clerk of the reporting currency.
#[derive(Debug, Clone)]
pub(super) struct Reporting {
    pub(super) currency: Currency,
    pub(super) rates: Arc<Rates>,
    pub(super) refresh: Refresh,
    pub(super) store: Store,
    pub(super) clock: Clock,
}

/// Days of money, and which of them have no rate.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    rates: Vec<(Day, Decimal)>,
    /// First, last, and how many.
    without: Option<(Day, Day, usize)>,
}

/// What a clerk has seen and said, so that a minute of patience is no alarm and an alarm comes once.
#[derive(Debug, Default)]
pub(super) struct Memory {
    waited: bool,
    missing: Option<(Day, Day, usize)>,
    warned: Option<(Day, usize)>,
    foreign: Option<Currency>,
}

impl Reporting {
    /// Writes what the views convert with; true where figures may be others now.
    ///
    /// # Errors
    ///
    /// The database's; all sums then stay as they are.
    pub(super) async fn write(&self, switch: Switch) -> Result<bool> {
        let wanted = self.wanted().await?;
        self.report(&wanted.rates, switch).await
    }

    /// The same for the leader, who comes by every minute. The first rates may be on their way: until the second visit sums stay in
    /// another currency rather than having none, and days without a rate are no news.
    ///
    /// # Errors
    ///
    /// As those of [`Self::write`].
    pub(super) async fn lead(&self, memory: &mut Memory) -> Result<bool> {
        memory.foreign = None;
        let wanted = self.wanted().await?;
        let switch = if wanted.without.is_none() || memory.waited { Switch::Allowed } else { Switch::Refused };
        memory.waited = true;
        let changed = self.report(&wanted.rates, switch).await?;
        self.warn_of_days_without(wanted.without, memory);
        Ok(changed)
    }

    /// For who does not lead: the leader's currency holds, which had better be the own.
    ///
    /// # Errors
    ///
    /// The database's.
    pub(super) async fn follow(&self, memory: &mut Memory) -> Result<()> {
        let found = self.store.reporting_currency().await?;
        let foreign = (found != self.currency).then_some(found);
        // A leader that has just begun may not have written its own yet.
        if let Some(found) = foreign
            && memory.waited
            && memory.foreign != foreign
        {
            warn!(
                "all sums are in {found}, as the daemon that leads has it, and not in {} as this one is configured: give all daemons of a \
                 database the same currency.reporting",
                self.currency
            );
            memory.foreign = foreign;
        }
        memory.waited = true;
        Ok(())
    }

    async fn report(&self, rates: &[(Day, Decimal)], switch: Switch) -> Result<bool> {
        let reported = self.store.report_in(self.currency, rates, switch).await?;
        if reported.changed && reported.before != self.currency {
            info!("all sums are in {} from now on, they were in {}", self.currency, reported.before);
        }
        Ok(reported.changed)
    }

    async fn wanted(&self) -> Result<Wanted> {
        if self.currency == Currency::USD {
            return Ok(Wanted { rates: Vec::new(), without: None });
        }
        let today = Day::of(self.clock.now());
        let first = self.store.first_day_of_money().await?.map_or(today, |first| first.min(today));
        // Those of earlier days, too: a back-fill goes there before anybody comes by again.
        let ready = first.min(today.minus(READY_DAYS));
        let rates = self.rates.current().per_usd(self.currency, ready, today);
        let known: BTreeSet<Day> = rates.iter().map(|(day, _)| *day).collect();
        let days = Window::new(first, today.next()).into_iter().flat_map(|window| window.days().collect::<Vec<_>>());
        let missing: Vec<Day> = days.filter(|day| !known.contains(day)).collect();
        let without = missing.first().zip(missing.last()).map(|(first, last)| (*first, *last, missing.len()));
        Ok(Wanted { rates, without })
    }

    fn warn_of_days_without(&self, without: Option<(Day, Day, usize)>, memory: &mut Memory) {
        let persists = memory.missing == without;
        memory.missing = without;
        let Some((first, last, days)) =
            without.filter(|(first, _, days)| persists && memory.warned != Some((*first, *days)))
        else {
            return;
        };
        memory.warned = Some((first, days));
        let advice = match self.refresh {
            Refresh::Off => "let them be fetched by currency.refresh",
            Refresh::Every(_) => "see that currency.url can be reached",
        };
        warn!(
            "{days} days between {first} and {last} have no rate of {currency}: what was charged in other currencies is missing from their \
             sums; {advice}, or set currency.rates.{currency}",
            currency = self.currency
        );
    }
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::currency::{Fixing, RateTable};

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    /// A clerk at `now` who knows the rates of `days`.
    fn clerk(pool: &PgPool, currency: Currency, now: &str, days: &[(&str, &str)]) -> Reporting {
        let fixing = |(of, rate): &(&str, &str)| Fixing {
            day: day(of),
            currency: Currency::USD,
            per_euro: rate.parse().unwrap(),
        };
        Reporting {
            currency,
            rates: Arc::new(Rates::new(RateTable::new(days.iter().map(fixing), [].into()))),
            refresh: Refresh::Off,
            store: Store::new(pool.clone()),
            clock: Clock::fixed(now.parse().unwrap()),
        }
    }

    async fn charge(pool: &PgPool, day: &str) {
        let row = "WITH account AS (INSERT INTO accounts (provider, name) VALUES ('openai', $1::text) RETURNING id)
                   INSERT INTO spend (day, account_id, seq, category, billing, basis, provisional, quantity, currency, amount, billed,
                                      comparable, unpriced, amount_usd, billed_usd)
                   SELECT $1::text::date, id, 0, 'usage', 'metered', 'billed', false, 0, 'USD', 7, 7, false, false, 7, 7 FROM account";
        sqlx::query(row).bind(day).execute(pool).await.unwrap();
    }

    async fn spend(pool: &PgPool, on: &str) -> Option<Decimal> {
        let sum = "SELECT spend FROM reporting.spend_daily WHERE day = $1";
        sqlx::query_scalar(sum).bind(day(on)).fetch_one(pool).await.unwrap()
    }

    #[sqlx::test]
    async fn no_day_begins_without_a_rate_nor_does_a_weekend_lack_one(pool: PgPool) {
        let friday = clerk(&pool, Currency::EUR, "2026-11-20T23:59:59Z", &[("2026-11-18", "2"), ("2026-11-20", "4")]);
        assert!(friday.lead(&mut Memory::default()).await.unwrap());
        assert!(!friday.lead(&mut Memory::default()).await.unwrap(), "nothing is new");
        // Nobody has come by since: the ledger's rows of the next days are there first.
        for of in ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-30", "2026-12-01"] {
            charge(&pool, of).await;
        }
        for of in ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-30"] {
            assert_eq!(spend(&pool, of).await, Some(Decimal::new(175, 2)), "{of}");
        }
        assert_eq!(spend(&pool, "2026-12-01").await, None, "a rate holds no longer than ten days");
        // A back-fill finds the rates of the days before in their places.
        charge(&pool, "2026-11-19").await;
        assert_eq!(spend(&pool, "2026-11-19").await, Some(Decimal::new(35, 1)));
        charge(&pool, "2026-11-17").await;
        assert_eq!(spend(&pool, "2026-11-17").await, None, "none is known of that day");
        assert!(!friday.lead(&mut Memory::default()).await.unwrap());
    }

    #[sqlx::test]
    async fn the_first_rates_are_waited_for_and_then_days_without_one_are_named_once(pool: PgPool) {
        charge(&pool, "2026-11-10").await;
        charge(&pool, "2026-11-20").await;
        let mut memory = Memory::default();
        let early = clerk(&pool, Currency::EUR, "2026-11-20T10:00:00Z", &[]);
        assert!(!early.lead(&mut memory).await.unwrap());
        assert_eq!(early.store.reporting_currency().await.unwrap(), Currency::USD);
        assert_eq!(spend(&pool, "2026-11-20").await, Some(Decimal::from(7)));
        let fetched = clerk(&pool, Currency::EUR, "2026-11-20T10:01:00Z", &[("2026-11-18", "2")]);
        assert!(fetched.lead(&mut memory).await.unwrap());
        let amounts = (spend(&pool, "2026-11-10").await, spend(&pool, "2026-11-20").await);
        assert_eq!(amounts, (None, Some(Decimal::new(35, 1))), "unknown is not zero");
        assert_eq!(memory.warned, None);
        assert!(!fetched.lead(&mut memory).await.unwrap());
        assert_eq!(memory.warned, Some((day("2026-11-10"), 8)), "the 10th to the 17th");
    }

    #[sqlx::test]
    async fn without_any_rate_the_currency_holds_all_the_same(pool: PgPool) {
        charge(&pool, "2026-11-20").await;
        let mut memory = Memory::default();
        let alone = clerk(&pool, Currency::EUR, "2026-11-20T10:00:00Z", &[]);
        alone.lead(&mut memory).await.unwrap();
        assert!(alone.lead(&mut memory).await.unwrap());
        assert_eq!(alone.store.reporting_currency().await.unwrap(), Currency::EUR);
        assert_eq!(spend(&pool, "2026-11-20").await, None);
    }

    #[sqlx::test]
    async fn who_does_not_lead_writes_nothing_and_notices_another_currency(pool: PgPool) {
        let leader = clerk(&pool, Currency::EUR, "2026-11-20T10:00:00Z", &[("2026-11-18", "2")]);
        leader.lead(&mut Memory::default()).await.unwrap();
        let other = clerk(&pool, Currency::USD, "2026-11-20T10:00:00Z", &[]);
        let mut memory = Memory::default();
        other.follow(&mut memory).await.unwrap();
        assert_eq!(memory.foreign, None, "the leader may have just begun");
        other.follow(&mut memory).await.unwrap();
        assert_eq!(memory.foreign, Some(Currency::EUR));
        assert!(!other.write(Switch::Refused).await.unwrap());
        assert_eq!(other.store.reporting_currency().await.unwrap(), Currency::EUR);
        // Once it leads, its own currency holds.
        assert!(other.lead(&mut memory).await.unwrap());
        assert_eq!(other.store.reporting_currency().await.unwrap(), Currency::USD);
    }
}
