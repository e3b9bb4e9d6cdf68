//! What a unit of a currency is worth on a day.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::ecb::Fixing;
use super::plan::Held;
use crate::domain::money::Currency;
use crate::domain::period::{Day, Window};

/// Significant digits of a rate: far more than the two that it is made of have.
const DIGITS: u32 = 16;

/// A rate holds no longer than this: the bank is closed for five days at most, and a currency that it has given up has none.
pub(super) const LONGEST_GAP_DAYS: u32 = 10;

/// For so many days after today there is a rate already, so that no day begins without one: as long as the latest may hold.
pub const DAYS_AHEAD: u32 = LONGEST_GAP_DAYS;

/// Published rates, and rates that somebody has set for currencies that nobody publishes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RateTable {
    per_euro: BTreeMap<Day, BTreeMap<Currency, Decimal>>,
    /// US dollars for one unit.
    fixed: BTreeMap<Currency, Decimal>,
}

impl RateTable {
    #[must_use]
    pub fn new(fixings: impl IntoIterator<Item = Fixing>, fixed: BTreeMap<Currency, Decimal>) -> Self {
        let mut per_euro: BTreeMap<Day, BTreeMap<Currency, Decimal>> = BTreeMap::new();
        for fixing in fixings {
            per_euro.entry(fixing.day).or_default().insert(fixing.currency, fixing.per_euro);
        }
        Self { per_euro, fixed }
    }

    /// The first and the last day of the published rates.
    #[must_use]
    pub fn held(&self) -> Option<Held> {
        let (first, last) = self.per_euro.keys().next().zip(self.per_euro.keys().next_back())?;
        Some(Held { first: *first, last: *last })
    }

    /// Units of `currency` for one US dollar, for every day from `first` to some days after `today` on which that is known.
    #[must_use]
    pub fn per_usd(&self, currency: Currency, first: Day, today: Day) -> Vec<(Day, Decimal)> {
        let days = Window::new(first, today.plus(DAYS_AHEAD).next())
            .into_iter()
            .flat_map(|window| window.days().collect::<Vec<_>>());
        days.filter_map(|day| Some((day, self.per_usd_on(currency, day)?))).collect()
    }

    /// From the euro's rates themselves: the other way round of a rounded rate would be off.
    fn per_usd_on(&self, currency: Currency, day: Day) -> Option<Decimal> {
        if currency == Currency::USD {
            return Some(Decimal::ONE);
        }
        let published = self.per_euro.range(day.minus(LONGEST_GAP_DAYS)..=day).rev().find_map(|(_, rates)| {
            let unit = if currency == Currency::EUR { Decimal::ONE } else { *rates.get(&currency)? };
            unit.checked_div(*rates.get(&Currency::USD)?)?.round_sf(DIGITS)
        });
        published.or_else(|| Decimal::ONE.checked_div(*self.fixed.get(&currency)?)?.round_sf(DIGITS))
    }

    /// US dollars for one unit of `currency` on `day`, and the day of that rate. On days without one, as on weekends, the
    /// latest before holds.
    #[must_use]
    pub fn usd(&self, currency: Currency, day: Day) -> Option<(Decimal, Day)> {
        if currency == Currency::USD {
            return Some((Decimal::ONE, day));
        }
        let published = self.per_euro.range(day.minus(LONGEST_GAP_DAYS)..=day).rev().find_map(|(of, rates)| {
            let unit = if currency == Currency::EUR { Decimal::ONE } else { *rates.get(&currency)? };
            let rate = rates.get(&Currency::USD)?.checked_div(unit)?;
            Some((rate.round_sf(DIGITS)?, *of))
        });
        published.or_else(|| Some((*self.fixed.get(&currency)?, day)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn table() -> RateTable {
        let fixing = |of: &str, currency: &str, rate: &str| Fixing {
            day: day(of),
            currency: currency.parse().unwrap(),
            per_euro: rate.parse().unwrap(),
        };
        RateTable::new(
            [
                fixing("2026-11-19", "USD", "1.14"),
                fixing("2026-11-19", "CNY", "8.00"),
                fixing("2026-11-20", "USD", "1.15"),
                fixing("2026-11-20", "CNY", "8.05"),
                fixing("2026-11-23", "USD", "1.16"),
            ],
            BTreeMap::from([("TWD".parse().unwrap(), Decimal::new(31, 3))]),
        )
    }

    fn usd(currency: &str, of: &str) -> Option<(String, String)> {
        let (rate, from) = table().usd(currency.parse().unwrap(), day(of))?;
        Some((rate.normalize().to_string(), from.to_string()))
    }

    #[test]
    fn the_rate_of_friday_holds_on_sunday() {
        let of = |rate: &str, from: &str| Some((rate.to_owned(), from.to_owned()));
        assert_eq!(usd("EUR", "2026-11-22"), of("1.15", "2026-11-20"));
        assert_eq!(usd("EUR", "2026-11-23"), of("1.16", "2026-11-23"));
        assert_eq!(usd("CNY", "2026-11-19"), of("0.1425", "2026-11-19"));
        // A day without the currency is as good as none.
        assert_eq!(usd("CNY", "2026-11-24"), usd("CNY", "2026-11-20"));
    }

    #[test]
    fn what_nobody_publishes_has_the_rate_that_was_set_or_none() {
        assert_eq!(usd("TWD", "2020-01-01"), Some(("0.031".to_owned(), "2020-01-01".to_owned())));
        assert_eq!(usd("EUR", "2026-11-18"), None);
        assert_eq!(usd("CNY", "2026-12-01"), None, "given up for longer than the bank is ever closed");
        assert_eq!(usd("XAU", "2026-11-23"), None);
        assert_eq!(usd("USD", "2026-11-18"), Some(("1".to_owned(), "2026-11-18".to_owned())));
    }

    fn per_usd(currency: &str, first: &str, today: &str) -> Vec<(String, String)> {
        let rates = table().per_usd(currency.parse().unwrap(), day(first), day(today));
        rates.into_iter().map(|(day, rate)| (day.to_string(), rate.normalize().to_string())).collect()
    }

    #[test]
    fn every_day_that_a_rate_reaches_has_one_and_days_to_come_too() {
        let euros = per_usd("EUR", "2026-11-17", "2026-11-23");
        let of = |day: &str| euros.iter().find(|(of, _)| of == day).map(|(_, rate)| rate.as_str());
        assert_eq!((of("2026-11-17"), of("2026-11-18")), (None, None), "before the first rate");
        assert_eq!(of("2026-11-19"), Some("0.8771929824561404"));
        assert_eq!(
            (of("2026-11-20"), of("2026-11-21"), of("2026-11-22")),
            (of("2026-11-20"), of("2026-11-20"), of("2026-11-20"))
        );
        assert_eq!((of("2026-11-20"), of("2026-11-23")), (Some("0.8695652173913043"), Some("0.8620689655172414")));
        assert_eq!(euros.last().unwrap().0, "2026-12-03");
        // While the bank is away, no day lacks a rate until the latest is too old.
        assert_eq!(per_usd("EUR", "2026-11-23", "2026-11-30").last().unwrap().0, "2026-12-03");
        assert_eq!(per_usd("CNY", "2026-11-20", "2026-11-20")[0], ("2026-11-20".to_owned(), "7".to_owned()));
    }

    #[test]
    fn a_rate_that_was_set_holds_on_all_days() {
        let taiwan = per_usd("TWD", "2020-01-01", "2020-01-02");
        assert_eq!(taiwan.len(), 2 + DAYS_AHEAD as usize);
        assert!(taiwan.iter().all(|(_, rate)| rate == "32.25806451612903"), "{taiwan:?}");
        assert_eq!(per_usd("XAU", "2020-01-01", "2020-01-02"), []);
    }
}
