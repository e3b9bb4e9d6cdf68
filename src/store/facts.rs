//! Replacing days of a feed: records, mark, restatements and the ledger's to-do in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, PgTransaction};

use super::Store;
use super::copy::Row;
use super::record::{MONEY_SCALE, Record};
use crate::domain::names::AccountId;
use crate::domain::period::{Day, Grain, Window};
use crate::telemetry::count;

/// The days that one fetch answered for.
#[derive(Debug)]
pub struct Answer<'a, R> {
    pub account: AccountId,
    pub feed: &'a str,
    pub grain: Grain,
    pub window: Window,
    /// Every record of the window.
    pub records: &'a [R],
    /// Whole days after its end for which a day may still change.
    pub settles_after_days: u32,
    pub falls: Falls,
    pub now: DateTime<Utc>,
}

/// When an answer is so much smaller than what is stored that it has to be seen twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Falls {
    /// The share of rows or amount that must be left, 0 to 1.
    pub keep_ratio: Decimal,
    /// Days with less than this (money or units) are replaced without a second look.
    pub min_amount: Decimal,
    /// How long after the first sighting a second one confirms it.
    pub confirm_after: TimeDelta,
}

/// What storing an answer came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stored {
    pub rows: usize,
    /// Days whose records differ from what was stored before.
    pub changed: Vec<Day>,
    /// Days held back because most of what was stored has vanished.
    pub held: Vec<Day>,
    /// Settled days whose money the provider has changed.
    pub restated: Vec<Day>,
}

struct OldMark {
    fetched_at: DateTime<Utc>,
    settled: bool,
    rows: i32,
    amount: Option<Decimal>,
    checksum: Vec<u8>,
    vanished_at: Option<DateTime<Utc>>,
}

/// A day of the answer in the form in which it is stored and compared.
#[derive(Default)]
struct NewDay {
    lines: Vec<String>,
    amount: Decimal,
    /// By currency, for restatements; empty for what is not money.
    money: BTreeMap<String, Decimal>,
}

impl NewDay {
    /// Amounts of several currencies do not add up to a figure.
    fn amount(&self) -> Option<Decimal> {
        (self.money.len() < 2).then_some(self.amount)
    }

    fn checksum(&self) -> Vec<u8> {
        let mut hash = Sha256::new();
        for line in &self.lines {
            hash.update(line);
            hash.update("\n");
        }
        hash.finalize().to_vec()
    }
}

/// The marks of the days that were not held back, column by column.
#[derive(Default)]
struct NewMarks {
    days: Vec<NaiveDate>,
    settled: Vec<bool>,
    rows: Vec<i32>,
    amounts: Vec<Option<Decimal>>,
    checksums: Vec<Vec<u8>>,
}

impl NewMarks {
    fn add(&mut self, day: Day, settled: bool, new: &NewDay, checksum: Vec<u8>) {
        self.days.push(day.date());
        self.settled.push(settled);
        self.rows.push(i32::try_from(new.lines.len()).unwrap_or(i32::MAX));
        self.amounts.push(new.amount());
        self.checksums.push(checksum);
    }
}

enum Verdict {
    Same,
    Replace,
    Hold,
}

impl Store {
    /// Replaces the days of `answer.window` by its records: all of them, or none.
    ///
    /// # Errors
    ///
    /// The database's; nothing is stored then.
    #[tracing::instrument(name = "store_replace", level = "debug", skip_all, fields(
        feed = answer.feed, window = %answer.window, records = count(answer.records.len()),
        rows, changed_days, held_days, restated, otel.status_code,
    ))]
    pub async fn replace<R: Record>(&self, answer: &Answer<'_, R>) -> sqlx::Result<Stored> {
        let stored = self.swap(answer).await;
        let span = tracing::Span::current();
        match &stored {
            Ok(stored) => {
                span.record("rows", count(stored.rows));
                span.record("changed_days", count(stored.changed.len()));
                span.record("held_days", count(stored.held.len()));
                span.record("restated", count(stored.restated.len()));
            }
            Err(_) => {
                span.record("otel.status_code", "ERROR");
            }
        }
        stored
    }

    async fn swap<R: Record>(&self, answer: &Answer<'_, R>) -> sqlx::Result<Stored> {
        let mut days = by_day(answer);
        let mut transaction = self.pool().begin().await?;
        take_turn(&mut transaction, answer).await?;
        let mut old = old_marks(&mut transaction, answer).await?;
        let mut stored = Stored::default();
        let mut marks = NewMarks::default();
        let mut dirty = Vec::new();
        let mut fresh = Vec::new();
        for day in answer.window.days() {
            let new = days.remove(&day).unwrap_or_default();
            let before = old.remove(&day);
            let checksum = new.checksum();
            let settled = answer.now >= day.plus(answer.settles_after_days).end();
            match judge(before.as_ref(), &new, &checksum, answer) {
                Verdict::Hold => {
                    stored.held.push(day);
                    continue;
                }
                Verdict::Same => {
                    // Without a change, a day still turns from provisional to final in the ledger.
                    if before.is_some_and(|before| before.settled != settled) {
                        dirty.push(day);
                    }
                    marks.add(day, settled, &new, checksum);
                }
                Verdict::Replace => {
                    if let Some(before) = &before {
                        let restated = restate::<R>(&mut transaction, answer, day, before, &new).await?;
                        // Until a day settles, late charges are expected.
                        stored.restated.extend((restated && before.settled).then_some(day));
                        R::delete(&mut transaction, answer.account, answer.feed, day).await?;
                    }
                    marks.add(day, settled, &new, checksum);
                    stored.rows += new.lines.len();
                    stored.changed.push(day);
                    dirty.push(day);
                    fresh.push(new.lines);
                }
            }
        }
        copy::<R>(&mut transaction, answer, fresh).await?;
        hold(&mut transaction, answer, &stored.held).await?;
        mark(&mut transaction, answer, marks).await?;
        mark_dirty(&mut transaction, answer.account, &dirty).await?;
        transaction.commit().await?;
        Ok(stored)
    }
}

fn by_day<R: Record>(answer: &Answer<'_, R>) -> BTreeMap<Day, NewDay> {
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

fn judge<R>(before: Option<&OldMark>, new: &NewDay, checksum: &[u8], answer: &Answer<'_, R>) -> Verdict {
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

/// One at a time stores answers of a feed until the transaction ends: a daemon and a back-fill by hand may have asked for the
/// same days, and on days without a mark there is nothing else that the second would wait for.
async fn take_turn<R>(connection: &mut PgConnection, answer: &Answer<'_, R>) -> sqlx::Result<()> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended('llmtally feed ' || $1::text, $2::integer))",
        answer.feed,
        answer.account.0,
    )
    .fetch_one(connection)
    .await?;
    Ok(())
}

async fn old_marks<R>(connection: &mut PgConnection, answer: &Answer<'_, R>) -> sqlx::Result<BTreeMap<Day, OldMark>> {
    let rows = sqlx::query!(
        r#"SELECT day AS "day: Day", fetched_at, settled, rows, amount, checksum, vanished_at
           FROM feed_days WHERE account_id = $1 AND feed = $2 AND day >= $3 AND day < $4"#,
        answer.account.0,
        answer.feed,
        answer.window.first().date(),
        answer.window.end().date(),
    )
    .fetch_all(connection)
    .await?;
    let marks = rows.into_iter().map(|row| {
        let mark = OldMark {
            fetched_at: row.fetched_at,
            settled: row.settled,
            rows: row.rows,
            amount: row.amount,
            checksum: row.checksum,
            vanished_at: row.vanished_at,
        };
        (row.day, mark)
    });
    Ok(marks.collect())
}

/// Sends a day at a time, so that the server works while the next one is put together.
async fn copy<R: Record>(
    transaction: &mut PgTransaction<'_>,
    answer: &Answer<'_, R>,
    days: Vec<Vec<String>>,
) -> sqlx::Result<()> {
    if days.iter().all(Vec::is_empty) {
        return Ok(());
    }
    let mut copy = transaction.copy_in_raw(R::COPY).await?;
    let mut text = String::new();
    for lines in days {
        text.clear();
        for (seq, line) in lines.iter().enumerate() {
            text.push_str(line);
            Row::after(&mut text).value(answer.account.0).value(answer.feed).value(seq).end();
        }
        copy.send(text.as_bytes()).await?;
    }
    copy.finish().await?;
    Ok(())
}

async fn hold<R>(transaction: &mut PgTransaction<'_>, answer: &Answer<'_, R>, days: &[Day]) -> sqlx::Result<()> {
    if days.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE feed_days SET vanished_at = coalesce(vanished_at, $4)
         WHERE account_id = $1 AND feed = $2 AND day = ANY($3)",
        answer.account.0,
        answer.feed,
        &dates(days),
        answer.now,
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

async fn mark<R>(transaction: &mut PgTransaction<'_>, answer: &Answer<'_, R>, marks: NewMarks) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO feed_days (account_id, feed, grain, fetched_at, day, settled, rows, amount, checksum)
         SELECT $1, $2, $3, $4, t.*
         FROM UNNEST($5::date[], $6::boolean[], $7::integer[], $8::numeric[], $9::bytea[]) AS t
         ON CONFLICT (account_id, feed, day) DO UPDATE SET
             grain = excluded.grain, fetched_at = excluded.fetched_at, settled = excluded.settled, rows = excluded.rows,
             amount = excluded.amount, checksum = excluded.checksum, vanished_at = NULL",
        answer.account.0,
        answer.feed,
        answer.grain.as_str(),
        answer.now,
        &marks.days,
        &marks.settled,
        &marks.rows,
        &marks.amounts as _,
        &marks.checksums,
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Writes down that the provider changed its word about a day that was over when it was last read.
async fn restate<R: Record>(
    transaction: &mut PgTransaction<'_>,
    answer: &Answer<'_, R>,
    day: Day,
    before: &OldMark,
    new: &NewDay,
) -> sqlx::Result<bool> {
    if new.money.is_empty() && before.rows == 0 || before.fetched_at < day.end() {
        return Ok(false);
    }
    let mut old = R::money(transaction, answer.account, answer.feed, day).await?;
    let mut restated = false;
    let currencies: BTreeSet<_> = old.keys().chain(new.money.keys()).cloned().collect();
    for currency in currencies {
        let old_amount = old.remove(&currency).unwrap_or_default();
        let new_amount = new.money.get(&currency).copied().unwrap_or_default().round_dp(MONEY_SCALE);
        if old_amount == new_amount {
            continue;
        }
        sqlx::query!(
            "INSERT INTO restatements (account_id, feed, day, seen_at, was_settled, currency, old_amount, new_amount)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            answer.account.0,
            answer.feed,
            day.date(),
            answer.now,
            before.settled,
            currency,
            old_amount,
            new_amount,
        )
        .execute(&mut **transaction)
        .await?;
        restated = true;
    }
    Ok(restated)
}

/// Puts days on the ledger's to-do list.
pub(super) async fn mark_dirty(
    transaction: &mut PgTransaction<'_>,
    account: AccountId,
    days: &[Day],
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO ledger_dirty (account_id, day) SELECT DISTINCT $1::integer, day FROM unnest($2::date[]) AS day",
        account.0,
        &dates(days),
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

fn dates(days: &[Day]) -> Vec<NaiveDate> {
    days.iter().map(|day| day.date()).collect()
}
