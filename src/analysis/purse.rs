//! What has left a purse: readings of a balance become amounts by the day.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::domain::money::Currency;
use crate::domain::period::Day;
use crate::domain::snapshot::Held;

/// What fell between each reading of `readings`, oldest first, and the one before it in the same currency.
///
/// A fall is of the UTC day of the later reading, so that a day that is over never changes. A rise is a top-up: no negative
/// spend, and what was spent between its two readings stays unknown.
#[must_use]
pub fn spent(readings: &[Held]) -> BTreeMap<(Day, Currency), Decimal> {
    let mut before: BTreeMap<Currency, Decimal> = BTreeMap::new();
    let mut spent: BTreeMap<(Day, Currency), Decimal> = BTreeMap::new();
    for Held { at, left } in readings {
        let Some(earlier) = before.insert(left.currency, left.amount) else { continue };
        let fall = earlier.saturating_sub(left.amount);
        if fall > Decimal::ZERO {
            let sum = spent.entry((Day::of(*at), left.currency)).or_default();
            *sum = sum.saturating_add(fall);
        }
    }
    spent
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::{DateTime, TimeDelta, Utc};
    use proptest::prelude::*;

    use super::*;
    use crate::domain::money::Money;

    const CURRENCIES: [&str; 2] = ["CNY", "USD"];

    /// Readings in cents, oldest first, up to a day and a half apart.
    fn readings() -> impl Strategy<Value = Vec<Held>> {
        let reading = (0..2_200_i64, -5_000..100_000_i64, 0..CURRENCIES.len());
        proptest::collection::vec(reading, 0..60).prop_map(|steps| {
            let mut at: DateTime<Utc> = "2026-11-01T00:00:00Z".parse().unwrap();
            let held = steps.into_iter().map(|(minutes, cents, currency)| {
                at += TimeDelta::minutes(minutes);
                Held { at, left: Money::new(Decimal::new(cents, 2), CURRENCIES[currency].parse().unwrap()) }
            });
            held.collect()
        })
    }

    fn total(spent: &BTreeMap<(Day, Currency), Decimal>, of: Currency) -> Decimal {
        spent.iter().filter(|((_, currency), _)| *currency == of).map(|(_, amount)| amount).sum()
    }

    /// What a run reads back: everything since the start of `first`, and of each currency in it the reading before.
    fn read_back(readings: &[Held], first: Day) -> Vec<Held> {
        let (before, since): (Vec<Held>, Vec<Held>) = readings.iter().partition(|held| held.at < first.start());
        let currencies: BTreeSet<Currency> = since.iter().map(|held| held.left.currency).collect();
        let last = |currency| before.iter().rfind(|held| held.left.currency == currency).copied();
        currencies.into_iter().filter_map(last).chain(since).collect()
    }

    proptest! {
        #[test]
        fn falls_less_rises_are_first_less_last(readings in readings()) {
            let falls = spent(&readings);
            prop_assert!(falls.values().all(|amount| *amount > Decimal::ZERO));
            // What rises here falls in the mirror.
            let mirrored = |held: &Held| Held { left: Money::new(-held.left.amount, held.left.currency), ..*held };
            let rises = spent(&readings.iter().map(mirrored).collect::<Vec<_>>());
            for currency in CURRENCIES.map(|currency| currency.parse::<Currency>().unwrap()) {
                let mut own = readings.iter().filter(|held| held.left.currency == currency);
                let ends = own.next().map(|first| (first, own.next_back().unwrap_or(first)));
                let difference = ends.map_or(Decimal::ZERO, |(first, last)| first.left.amount - last.left.amount);
                prop_assert_eq!(total(&falls, currency) - total(&rises, currency), difference);
            }
        }

        /// Whenever runs happened to come, and whatever was there before the days that they look at.
        #[test]
        fn a_day_that_is_over_never_changes(readings in readings(), cut in 0..60_usize, back in 0..4_u32) {
            let whole = spent(&readings);
            let known = &readings[..cut.min(readings.len())];
            let Some(today) = known.last().map(|held| Day::of(held.at)) else { return Ok(()) };
            let first = today.minus(back);
            let run = spent(&read_back(known, first));
            let of = |spent: &BTreeMap<(Day, Currency), Decimal>| {
                let over = spent.iter().filter(|((day, _), _)| first <= *day && *day < today);
                over.map(|(key, amount)| (*key, *amount)).collect::<Vec<_>>()
            };
            prop_assert_eq!(of(&run), of(&whole));
        }
    }

    #[test]
    fn a_fall_over_midnight_is_of_the_later_day_and_a_top_up_is_no_spend() {
        let held = |at: &str, left: &str| Held { at: at.parse().unwrap(), left: Money::usd(left.parse().unwrap()) };
        let readings = [
            held("2026-11-20T23:00:00Z", "10"),
            held("2026-11-21T01:00:00Z", "9.5"),
            held("2026-11-21T02:00:00Z", "109"),
            held("2026-11-21T03:00:00Z", "108.75"),
        ];
        let day = Day::from_ymd(2026, 11, 21).unwrap();
        assert_eq!(spent(&readings), BTreeMap::from([((day, Currency::USD), Decimal::new(75, 2))]));
    }
}
