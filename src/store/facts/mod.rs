//! Replacing days of a feed: records, mark, restatements and the ledger's to-do in one transaction.

mod day;
mod marks;
mod restate;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use sqlx::PgTransaction;

use self::day::{Verdict, by_day, judge};
use self::marks::{NewMarks, hold, mark, old_marks};
use self::restate::restate;
use super::Store;
use super::copy::Row;
use super::lease::{Fence, WriteError};
use super::record::Record;
use crate::domain::names::AccountId;
use crate::domain::period::{Day, Grain, Window};
use crate::telemetry::count;

/// The days that one fetch answered for.
#[derive(Debug)]
pub struct Answer<'a, R> {
    pub fence: &'a Fence,
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

impl Falls {
    /// Whatever the answer says is believed at once.
    pub const BELIEVED: Self =
        Self { keep_ratio: Decimal::ZERO, min_amount: Decimal::MAX, confirm_after: TimeDelta::zero() };
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

impl Store {
    /// Replaces the days of `answer.window` by its records: all of them, or none.
    ///
    /// # Errors
    ///
    /// The database's, or somebody else has taken the feed over; nothing is stored then.
    #[tracing::instrument(name = "store_replace", level = "debug", skip_all, fields(
        feed = &*answer.fence.feed, window = %answer.window, records = count(answer.records.len()),
        rows, changed_days, held_days, restated, otel.status_code,
    ))]
    pub async fn replace<R: Record>(&self, answer: &Answer<'_, R>) -> Result<Stored, WriteError> {
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

    async fn swap<R: Record>(&self, answer: &Answer<'_, R>) -> Result<Stored, WriteError> {
        let mut transaction = self.begin(answer.fence).await?;
        let stored = replace_within(&mut transaction, answer).await?;
        transaction.commit().await?;
        Ok(stored)
    }
}

/// [`Store::replace`] as a part of more.
pub(super) async fn replace_within<R: Record>(
    transaction: &mut PgTransaction<'_>,
    answer: &Answer<'_, R>,
) -> sqlx::Result<Stored> {
    let mut days = by_day(answer);
    let mut old = old_marks(transaction, answer).await?;
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
                    let restated = restate::<R>(transaction, answer, day, before, &new).await?;
                    // Until a day settles, late charges are expected.
                    stored.restated.extend((restated && before.settled).then_some(day));
                    R::delete(transaction, answer.fence.account, &answer.fence.feed, day).await?;
                }
                marks.add(day, settled, &new, checksum);
                stored.rows += new.lines.len();
                stored.changed.push(day);
                dirty.push(day);
                fresh.push(new.lines);
            }
        }
    }
    copy::<R>(transaction, answer, fresh).await?;
    hold(transaction, answer, &stored.held).await?;
    mark(transaction, answer, marks).await?;
    mark_dirty(transaction, answer.fence.account, &dirty).await?;
    Ok(stored)
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
            Row::after(&mut text).value(answer.fence.account.0).value(&*answer.fence.feed).value(seq).end();
        }
        copy.send(text.as_bytes()).await?;
    }
    copy.finish().await?;
    Ok(())
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
