//! What a unit of a currency is worth on a day.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::ecb::Fixing;
use crate::domain::money::Currency;
use crate::domain::period::Day;

/// Significant digits of a rate: far more than the two that it is made of have.
const DIGITS: u32 = 16;

/// A rate holds no longer than this: the bank is closed for five days at most, and a currency that it has given up has none.
pub(super) const LONGEST_GAP_DAYS: u32 = 10;

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
}
