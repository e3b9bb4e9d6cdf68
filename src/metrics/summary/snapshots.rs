//! Balances and quotas as they were read last, and how long they will last.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::super::catalogue as families;
use super::super::family::Family;
use super::timestamp;
use crate::analysis::runway::{Level, empty_at};
use crate::store::reporting::SnapshotRow;

/// A series that the latest reading of its feed does not have any more is gone, like a key that was deleted.
pub(super) fn families(rows: &[SnapshotRow]) -> Vec<Family> {
    let mut balance = Family::new(&families::CREDIT_BALANCE);
    let mut balance_end = Family::new(&families::CREDIT_EXHAUSTED);
    let mut used = Family::new(&families::QUOTA_USED);
    let mut limit = Family::new(&families::QUOTA_LIMIT);
    let mut reset = Family::new(&families::QUOTA_RESET);
    let mut quota_end = Family::new(&families::QUOTA_EXHAUSTED);
    let latest = latest_of_feeds(rows);
    for series in rows.chunk_by(same_series) {
        let Some(row) = series.last().filter(|row| latest.get(&feed(row)) == Some(&row.time)) else { continue };
        let labels = [row.provider.as_str(), row.account.as_str(), row.scope.as_str(), row.unit.as_str()];
        if row.kind == "balance" {
            if let Some(value) = row.value_reported {
                balance.set(labels, value);
            }
            let levels: Vec<Level> = series.iter().map(|row| Level { at: row.time, left: row.value }).collect();
            if let Some(end) = empty_at(&levels) {
                balance_end.set(labels, timestamp(end));
            }
            continue;
        }
        used.set(labels, row.value);
        if let Some(reset_at) = row.resets_at {
            reset.set(labels, timestamp(reset_at));
        }
        let Some(of) = row.quota_limit else { continue };
        limit.set(labels, of);
        let left = |row: &SnapshotRow| row.quota_limit.unwrap_or(of).saturating_sub(row.value);
        let levels: Vec<Level> = series.iter().map(|row| Level { at: row.time, left: left(row) }).collect();
        if let Some(end) = empty_at(&levels).filter(|end| row.resets_at.is_none_or(|reset| *end < reset)) {
            quota_end.set(labels, timestamp(end));
        }
    }
    vec![balance, balance_end, used, limit, reset, quota_end]
}

fn feed(row: &SnapshotRow) -> (&str, &str, &str) {
    (&row.provider, &row.account, &row.feed)
}

fn same_series(one: &SnapshotRow, other: &SnapshotRow) -> bool {
    feed(one) == feed(other) && (&one.scope, &one.kind, &one.unit) == (&other.scope, &other.kind, &other.unit)
}

fn latest_of_feeds(rows: &[SnapshotRow]) -> BTreeMap<(&str, &str, &str), DateTime<Utc>> {
    let mut latest = BTreeMap::new();
    for row in rows {
        let time = latest.entry(feed(row)).or_insert(row.time);
        *time = row.time.max(*time);
    }
    latest
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;

    fn at(time: &str) -> DateTime<Utc> {
        format!("2026-11-22T{time}:00Z").parse().unwrap()
    }

    fn row(scope: &str, kind: &str, time: &str, value: i64) -> SnapshotRow {
        SnapshotRow {
            provider: "deepseek".into(),
            account: "default".into(),
            feed: "balance".into(),
            scope: scope.into(),
            kind: kind.into(),
            unit: "USD".into(),
            time: at(time),
            value: Decimal::from(value),
            value_reported: (kind == "balance").then(|| Decimal::from(value)),
            quota_limit: (kind == "quota").then(|| Decimal::from(1000)),
            resets_at: (kind == "quota").then(|| at("20:00")),
        }
    }

    fn values(rows: &[SnapshotRow]) -> Vec<Vec<Decimal>> {
        let families = families(rows);
        families.iter().map(|family| family.series.values().map(|point| point.value).collect()).collect()
    }

    fn seconds(time: &str) -> Vec<Decimal> {
        vec![Decimal::from(at(time).timestamp())]
    }

    #[test]
    fn a_balance_and_a_quota_tell_what_there_is_and_how_long() {
        let rows = [
            row("", "balance", "08:00", 100),
            row("", "balance", "10:00", 80),
            row("", "quota", "08:00", 500),
            row("", "quota", "10:00", 900),
        ];
        let (eighty, used, limit) = (Decimal::from(80), Decimal::from(900), Decimal::from(1000));
        let expected = [vec![eighty], seconds("18:00"), vec![used], vec![limit], seconds("20:00"), seconds("10:30")];
        assert_eq!(values(&rows), expected);
    }

    #[test]
    fn a_quota_that_starts_again_in_time_does_not_run_out() {
        let rows = [row("", "quota", "08:00", 0), row("", "quota", "10:00", 100)];
        assert_eq!(values(&rows)[5], []);
    }

    #[test]
    fn a_key_that_is_gone_leaves_the_page_and_an_unknown_currency_is_no_dollar() {
        let mut yuan = row("here", "balance", "10:00", 80);
        yuan.value_reported = None;
        let rows = [row("gone", "balance", "08:00", 100), yuan];
        assert_eq!(values(&rows)[0], []);
        let rows = [row("gone", "balance", "08:00", 100), row("here", "balance", "10:00", 80)];
        assert_eq!(values(&rows)[0], [Decimal::from(80)]);
    }
}
