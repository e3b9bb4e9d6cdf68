//! The views against the rules of the reporting currency, reckoned here once more for random ledgers.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rust_decimal::{Decimal, RoundingStrategy};
use sqlx::PgPool;

use super::fixtures::account;
use super::{Range, SpendFilter};
use crate::domain::money::Currency;
use crate::domain::period::{Day, Window};
use crate::store::Store;
use crate::store::reporting_rates::Switch;

const CASES: usize = 40;
const DAYS: u32 = 5;
const CURRENCIES: [&str; 4] = ["USD", "EUR", "CNY", "GBP"];
const CATEGORIES: [&str; 5] = ["usage", "usage", "credit", "fee", "tax"];

/// Null where there is no rate.
type Amount = Option<Decimal>;

#[derive(Debug, Clone)]
struct Charge {
    day: u32,
    currency: &'static str,
    category: &'static str,
    amount: Decimal,
    estimated: Option<Decimal>,
    provisional: bool,
    /// US dollars for one unit, where somebody knew.
    usd: Option<Decimal>,
}

#[derive(Debug, Clone)]
struct Ledger {
    charges: Vec<Charge>,
    reporting: &'static str,
    /// Units of the reporting currency for one US dollar, by day.
    per_usd: Vec<Option<Decimal>>,
}

fn charge() -> impl Strategy<Value = Charge> {
    let money = || (-9_999_999_i64..9_999_999, 0_u32..9).prop_map(|(digits, scale)| Decimal::new(digits, scale));
    let rate = prop::option::weighted(0.8, (1_i64..29_999).prop_map(|digits| Decimal::new(digits, 4)));
    let words = (0..DAYS, prop::sample::select(&CURRENCIES[..3]), prop::sample::select(&CATEGORIES[..]));
    (words, money(), prop::option::of(money()), any::<bool>(), rate).prop_map(
        |((day, currency, category), amount, estimated, provisional, usd)| Charge {
            day,
            currency,
            category,
            amount,
            estimated,
            provisional,
            usd: if currency == "USD" { Some(Decimal::ONE) } else { usd },
        },
    )
}

fn ledger() -> impl Strategy<Value = Ledger> {
    let rate = (1_i64..9_999_999_999_999_999).prop_map(|digits| Decimal::new(digits, 15));
    let rates = prop::collection::vec(prop::option::weighted(0.8, rate), DAYS as usize);
    (prop::collection::vec(charge(), 1..40), prop::sample::select(&CURRENCIES[..]), rates)
        .prop_map(|(charges, reporting, per_usd)| Ledger { charges, reporting, per_usd })
}

fn first() -> Day {
    "2026-11-18".parse().unwrap()
}

fn cut(amount: Decimal) -> Decimal {
    // As PostgreSQL rounds.
    amount.round_dp_with_strategy(12, RoundingStrategy::MidpointAwayFromZero)
}

impl Ledger {
    /// Units of the reporting currency for a dollar on the charge's day.
    fn rate(&self, charge: &Charge) -> Option<Decimal> {
        if self.reporting == "USD" { Some(Decimal::ONE) } else { self.per_usd[charge.day as usize] }
    }

    fn amount(&self, charge: &Charge) -> Amount {
        if charge.currency == self.reporting && self.reporting != "USD" {
            return Some(charge.amount);
        }
        Some(cut(cut(charge.amount * charge.usd?) * self.rate(charge)?))
    }

    fn estimated(&self, charge: &Charge) -> Amount {
        Some(cut(charge.estimated? * self.rate(charge)?))
    }

    fn sum(&self, of: impl Fn(&Charge) -> bool, part: impl Fn(&Charge) -> Option<Decimal>) -> Decimal {
        self.charges.iter().filter(|charge| of(charge)).filter_map(part).sum()
    }

    async fn write(&self, pool: &PgPool, account: i32) {
        sqlx::query("TRUNCATE spend").execute(pool).await.unwrap();
        for (number, charge) in self.charges.iter().enumerate() {
            let usd = charge.usd.map(|rate| cut(charge.amount * rate));
            let row = "INSERT INTO spend (day, account_id, seq, api_key, model, category, billing, basis, provisional, quantity,
                                          currency, amount, billed, estimated, comparable, unpriced, amount_usd, billed_usd)
                       VALUES ($1, $2, $3, $3::text, 'm', $4, 'metered', 'billed', $5, 0, $6, $7, $7, $8, $8 IS NOT NULL, false, $9, $9)";
            sqlx::query(row)
                .bind(first().plus(charge.day))
                .bind(account)
                .bind(i32::try_from(number).unwrap())
                .bind(charge.category)
                .bind(charge.provisional)
                .bind(charge.currency)
                .bind(charge.amount)
                .bind(charge.estimated)
                .bind(usd)
                .execute(pool)
                .await
                .unwrap();
        }
        let currency: Currency = self.reporting.parse().unwrap();
        let days = (0..).zip(&self.per_usd).filter_map(|(day, rate)| Some((first().plus(day), (*rate)?)));
        let rates: Vec<(Day, Decimal)> = if currency == Currency::USD { Vec::new() } else { days.collect() };
        Store::new(pool.clone()).report_in(currency, &rates, Switch::Allowed).await.unwrap();
    }
}

fn is_spend(charge: &Charge) -> bool {
    charge.category != "tax"
}

#[sqlx::test]
async fn views_tell_what_the_rules_of_the_reporting_currency_come_to(pool: PgPool) {
    let account = account(&pool, "openai", "default").await;
    let store = Store::new(pool.clone());
    let mut runner = TestRunner::deterministic();
    let cases = ledger();
    for case in 0..CASES {
        let ledger = cases.new_tree(&mut runner).unwrap().current();
        ledger.write(&pool, account).await;
        let rows: Vec<(String, String, Amount, Amount, Amount)> = sqlx::query_as(
            "SELECT api_key, reporting_currency::text, amount_reported, billed_reported, estimated_reported FROM reporting.spend",
        )
        .fetch_all(&pool)
        .await
        .unwrap();
        assert_eq!(rows.len(), ledger.charges.len());
        for (number, currency, amount, billed, estimated) in rows {
            let charge = &ledger.charges[number.parse::<usize>().unwrap()];
            let expected = (ledger.amount(charge), ledger.amount(charge), ledger.estimated(charge));
            assert_eq!((amount, billed, estimated), expected, "case {case}: {charge:?} in {ledger:?}");
            assert_eq!(currency, ledger.reporting);
        }

        let days: Vec<(Day, Amount, Amount, Amount)> =
            sqlx::query_as("SELECT day, spend, provisional, tax FROM reporting.spend_daily")
                .fetch_all(&pool)
                .await
                .unwrap();
        let days: BTreeMap<Day, _> =
            days.into_iter().map(|(day, spend, part, tax)| (day, [spend, part, tax])).collect();
        for (day, sums) in &days {
            let on = |charge: &Charge| first().plus(charge.day) == *day;
            let amount = |charge: &Charge| ledger.amount(charge);
            let expected = [
                ledger.sum(|charge| on(charge) && is_spend(charge), amount),
                ledger.sum(|charge| on(charge) && is_spend(charge) && charge.provisional, amount),
                ledger.sum(|charge| on(charge) && !is_spend(charge), amount),
            ];
            assert_eq!(sums.map(Option::unwrap_or_default), expected, "case {case}, {day}: {ledger:?}");
        }

        // What the API and the page ask for.
        let window = Window::new(first(), first().plus(DAYS)).unwrap();
        let told = store.spend(window, &[], &SpendFilter::default(), 1).await.unwrap();
        let total = ledger.sum(is_spend, |charge| ledger.amount(charge));
        let lacking = ledger.charges.iter().filter(|charge| is_spend(charge) && !charge.amount.is_zero());
        let lacking = lacking.filter(|charge| ledger.amount(charge).is_none()).count();
        assert_eq!(told.currency.as_str(), ledger.reporting);
        // Nothing but tax has no group at all.
        let group = told.groups.first().map(|group| (group.spend, group.unconverted)).unwrap_or_default();
        assert_eq!(group, (total, i64::try_from(lacking).unwrap()), "case {case}: {ledger:?}");
        let range = Range { from: window.first(), daily_from: window.first(), end: window.end() };
        let daily = store.daily_rows(range).await.unwrap();
        assert_eq!(daily.iter().map(|row| row.spend).sum::<Decimal>(), total, "case {case}: {ledger:?}");
        let drift = |charge: &Charge| {
            !charge.provisional && ledger.amount(charge).is_some() && ledger.estimated(charge).is_some()
        };
        let billed: Decimal = daily.iter().map(|row| row.comparable_billed).sum();
        let estimated: Decimal = daily.iter().map(|row| row.comparable_estimated).sum();
        let expected =
            (ledger.sum(drift, |charge| ledger.amount(charge)), ledger.sum(drift, |charge| ledger.estimated(charge)));
        assert_eq!((billed, estimated), expected, "case {case}: {ledger:?}");
    }
}
