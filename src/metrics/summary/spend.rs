//! Money and use by combination and account.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::super::catalogue::{self as families, Spec};
use super::super::family::{Family, Point};
use super::super::spans::Span;
use super::ratio;
use crate::domain::period::{Day, Window};
use crate::domain::usage::TokenType;
use crate::store::reporting::DailyRow;

/// In the order of [`Span::ALL`].
const SPEND: [&Spec; 6] = [
    &families::SPEND_TODAY,
    &families::SPEND_YESTERDAY,
    &families::SPEND_7D,
    &families::SPEND_30D,
    &families::SPEND_MONTH_TO_DATE,
    &families::SPEND_PREVIOUS_MONTH,
];

/// Today and the month, which use is told for.
#[derive(Debug, Default)]
struct Use {
    /// Over all days, to tell idle from unknown.
    ever: Decimal,
    today: Decimal,
    month: Decimal,
}

#[derive(Debug, Default)]
struct Combination {
    spend: [Decimal; 6],
    /// Spend without sign over all days: what the combination weighs.
    weight: Decimal,
    tokens: [Use; 4],
    requests: Use,
}

#[derive(Debug, Default)]
struct Account {
    provisional: Decimal,
    billed: Decimal,
    estimated: Decimal,
    comparable_billed: Decimal,
    comparable_estimated: Decimal,
    subscription_value: Use,
    subscription_fee: Use,
}

struct Windows {
    spans: [Window; 6],
    today: Day,
    month: Window,
    drift: Window,
}

pub(super) fn families(now: DateTime<Utc>, daily_from: Day, rows: &[DailyRow]) -> Vec<Family> {
    let today = Day::of(now);
    let windows = Windows {
        spans: Span::ALL.map(|span| span.window(today)),
        today,
        month: Span::MonthToDate.window(today),
        drift: Span::Days30.window(today),
    };
    let mut names = Names::default();
    let mut combinations = BTreeMap::<[Arc<str>; 4], Combination>::new();
    let mut accounts = BTreeMap::<[Arc<str>; 2], Account>::new();
    let mut unpriced = BTreeMap::<[Arc<str>; 2], Use>::new();
    let mut projects = BTreeSet::<[Arc<str>; 4]>::new();
    for row in rows.iter().filter(|row| row.day >= daily_from) {
        let [provider, account, project, model] =
            [&row.provider, &row.account, &row.project, &row.model].map(|name| names.get(name));
        if !row.project.is_empty() {
            projects.insert([provider.clone(), account.clone(), project.clone(), names.get(&row.project_name)]);
        }
        unpriced.entry([provider.clone(), model.clone()]).or_default().add(&windows, row.day, row.unpriced_tokens);
        accounts.entry([provider.clone(), account.clone()]).or_default().add(&windows, row);
        combinations.entry([provider, account, project, model]).or_default().add(&windows, row);
    }
    let mut families = combination_families(combinations);
    families.extend(account_families(accounts));
    families.push(unpriced_family(unpriced));
    let mut info = Family::new(&families::PROJECT_INFO);
    for labels in projects {
        info.add(labels.into(), Point { value: Decimal::ONE, weight: Decimal::ZERO });
    }
    families.push(info);
    families
}

fn combination_families(combinations: BTreeMap<[Arc<str>; 4], Combination>) -> Vec<Family> {
    const TOKEN_TYPES: [TokenType; 4] =
        [TokenType::Input, TokenType::CacheRead, TokenType::CacheWrite, TokenType::Output];
    let token_types = TOKEN_TYPES.map(|token_type| Arc::<str>::from(token_type.as_str()));
    let mut spend = SPEND.map(Family::new);
    let [mut tokens_today, mut tokens_month] =
        [&families::TOKENS_TODAY, &families::TOKENS_MONTH_TO_DATE].map(Family::new);
    let [mut requests_today, mut requests_month] =
        [&families::REQUESTS_TODAY, &families::REQUESTS_MONTH_TO_DATE].map(Family::new);
    for (labels, combination) in combinations {
        let weight = combination.weight;
        for (family, value) in spend.iter_mut().zip(combination.spend) {
            family.add(labels.to_vec(), Point { value, weight });
        }
        for (token_type, tokens) in token_types.iter().zip(combination.tokens) {
            if !tokens.ever.is_zero() {
                let labels: Vec<_> = labels.iter().chain([token_type]).cloned().collect();
                tokens_today.add(labels.clone(), Point { value: tokens.today, weight: tokens.ever.abs() });
                tokens_month.add(labels, Point { value: tokens.month, weight: tokens.ever.abs() });
            }
        }
        let requests = combination.requests;
        if !requests.ever.is_zero() {
            let weight = requests.ever.abs();
            requests_today.add(labels.to_vec(), Point { value: requests.today, weight });
            requests_month.add(labels.into(), Point { value: requests.month, weight });
        }
    }
    spend.into_iter().chain([tokens_today, tokens_month, requests_today, requests_month]).collect()
}

fn account_families(accounts: BTreeMap<[Arc<str>; 2], Account>) -> Vec<Family> {
    let mut provisional = Family::new(&families::SPEND_PROVISIONAL);
    let mut billed = Family::new(&families::BILLED);
    let mut estimated = Family::new(&families::ESTIMATED);
    let mut drift = Family::new(&families::DRIFT);
    let mut value = Family::new(&families::SUBSCRIPTION_VALUE);
    let mut fee = Family::new(&families::SUBSCRIPTION_FEE);
    let mut worth = Family::new(&families::SUBSCRIPTION_VALUE_RATIO);
    for (labels, account) in accounts {
        let put = |family: &mut Family, value| {
            family.add(labels.to_vec(), Point { value, weight: Decimal::ZERO });
        };
        put(&mut provisional, account.provisional);
        put(&mut billed, account.billed);
        put(&mut estimated, account.estimated);
        if let Some(share) = ratio(account.comparable_estimated, account.comparable_billed) {
            put(&mut drift, share.saturating_sub(Decimal::ONE));
        }
        if !account.subscription_value.ever.is_zero() {
            put(&mut value, account.subscription_value.month);
        }
        if !account.subscription_fee.ever.is_zero() {
            put(&mut fee, account.subscription_fee.month);
        }
        if let Some(share) = ratio(account.subscription_value.month, account.subscription_fee.month) {
            put(&mut worth, share);
        }
    }
    vec![provisional, billed, estimated, drift, value, fee, worth]
}

fn unpriced_family(unpriced: BTreeMap<[Arc<str>; 2], Use>) -> Family {
    let mut family = Family::new(&families::UNPRICED_TOKENS);
    for (labels, tokens) in unpriced {
        if !tokens.ever.is_zero() {
            family.add(labels.into(), Point { value: tokens.month, weight: tokens.ever.abs() });
        }
    }
    family
}

impl Use {
    fn add(&mut self, windows: &Windows, day: Day, quantity: Decimal) {
        grow(&mut self.ever, quantity);
        if day == windows.today {
            grow(&mut self.today, quantity);
        }
        if windows.month.contains(day) {
            grow(&mut self.month, quantity);
        }
    }
}

impl Combination {
    fn add(&mut self, windows: &Windows, row: &DailyRow) {
        grow(&mut self.weight, row.spend.abs());
        for (sum, window) in self.spend.iter_mut().zip(windows.spans) {
            if window.contains(row.day) {
                grow(sum, row.spend);
            }
        }
        let quantities = [row.input_tokens, row.cache_read_tokens, row.cache_write_tokens, row.output_tokens];
        for (tokens, quantity) in self.tokens.iter_mut().zip(quantities) {
            tokens.add(windows, row.day, quantity);
        }
        self.requests.add(windows, row.day, row.requests);
    }
}

impl Account {
    fn add(&mut self, windows: &Windows, row: &DailyRow) {
        if windows.month.contains(row.day) {
            grow(&mut self.provisional, row.provisional);
            grow(&mut self.billed, row.billed);
            grow(&mut self.estimated, row.estimated);
        }
        if windows.drift.contains(row.day) {
            grow(&mut self.comparable_billed, row.comparable_billed);
            grow(&mut self.comparable_estimated, row.comparable_estimated);
        }
        self.subscription_value.add(windows, row.day, row.subscription_value);
        self.subscription_fee.add(windows, row.day, row.subscription_fee);
    }
}

/// One copy of each label value, however many series carry it.
#[derive(Default)]
struct Names(HashSet<Arc<str>>);

impl Names {
    fn get(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return known.clone();
        }
        let name = Arc::<str>::from(name);
        self.0.insert(name.clone());
        name
    }
}

fn grow(sum: &mut Decimal, by: Decimal) {
    *sum = sum.saturating_add(by);
}
