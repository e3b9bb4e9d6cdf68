//! A day of an answer beside what is stored of it: the same, another, or too little to be believed at once.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use super::Answer;
use crate::domain::period::Day;
use crate::store::record::Record;

pub(super) struct OldMark {
    pub(super) fetched_at: DateTime<Utc>,
    pub(super) settled: bool,
    pub(super) rows: i32,
    pub(super) amount: Option<Decimal>,
    pub(super) checksum: Vec<u8>,
    pub(super) vanished_at: Option<DateTime<Utc>>,
}

/// A day of the answer in the form in which it is stored and compared.
#[derive(Default)]
pub(super) struct NewDay {
    pub(super) lines: Vec<String>,
    pub(super) amount: Decimal,
    /// By currency, for restatements; empty for what is not money.
    pub(super) money: BTreeMap<String, Decimal>,
}

impl NewDay {
    /// Amounts of several currencies do not add up to a figure.
    pub(super) fn amount(&self) -> Option<Decimal> {
        (self.money.len() < 2).then_some(self.amount)
    }

    pub(super) fn checksum(&self) -> Vec<u8> {
        let mut hash = Sha256::new();
        for line in &self.lines {
            hash.update(line);
            hash.update("\n");
        }
        hash.finalize().to_vec()
    }
}

pub(super) enum Verdict {
    Same,
    Replace,
    Hold,
}

pub(super) fn by_day<R: Record>(answer: &Answer<'_, R>) -> BTreeMap<Day, NewDay> {
    let mut days: BTreeMap<Day, NewDay> = BTreeMap::new();
    for record in answer.records {
        let day = days.entry(Day::of(record.at())).or_default();
        day.lines.push(record.line());
        day.amount = day.amount.saturating_add(record.amount());
        if let Some(currency) = record.currency() {
            let money = day.money.entry(currency.to_string()).or_default();
            *money = money.saturating_add(record.amount());
        }
    }
    for day in days.values_mut() {
        day.lines.sort_unstable();
    }
    days
}

pub(super) fn judge<R>(before: Option<&OldMark>, new: &NewDay, checksum: &[u8], answer: &Answer<'_, R>) -> Verdict {
    let Some(before) = before else { return Verdict::Replace };
    if before.checksum == checksum {
        return Verdict::Same;
    }
    let falls = &answer.falls;
    let rows_before = Decimal::from(before.rows);
    let heavy = before.amount.is_none_or(|amount| amount.abs() >= falls.min_amount);
    let fewer_rows = Decimal::from(new.lines.len()) < rows_before * falls.keep_ratio;
    // Credits that shrink erase as much as charges that do.
    let less = before.amount.zip(new.amount()).is_some_and(|(old, new)| {
        let left = if old.is_sign_negative() { -new } else { new };
        left < old.abs() * falls.keep_ratio
    });
    let fell = heavy && (fewer_rows || less);
    let confirmed = before.vanished_at.is_some_and(|first| answer.now - first >= falls.confirm_after);
    if fell && !confirmed { Verdict::Hold } else { Verdict::Replace }
}
