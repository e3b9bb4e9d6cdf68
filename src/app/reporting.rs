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
        let rates = self.rates.current().per_usd(self.currency, first, today);
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
