//! The marks of days: when a feed has answered for them, and with what.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::{PgConnection, PgTransaction};

use super::day::{NewDay, OldMark};
use super::{Answer, dates};
use crate::domain::period::Day;

/// The marks of the days that were not held back, column by column.
#[derive(Default)]
pub(super) struct NewMarks {
    pub(super) days: Vec<NaiveDate>,
    pub(super) settled: Vec<bool>,
    pub(super) rows: Vec<i32>,
    pub(super) amounts: Vec<Option<Decimal>>,
    pub(super) checksums: Vec<Vec<u8>>,
}

impl NewMarks {
    pub(super) fn add(&mut self, day: Day, settled: bool, new: &NewDay, checksum: Vec<u8>) {
        self.days.push(day.date());
        self.settled.push(settled);
        self.rows.push(i32::try_from(new.lines.len()).unwrap_or(i32::MAX));
        self.amounts.push(new.amount());
        self.checksums.push(checksum);
    }
}

pub(super) async fn old_marks<R>(
    connection: &mut PgConnection,
    answer: &Answer<'_, R>,
) -> sqlx::Result<BTreeMap<Day, OldMark>> {
    let rows = sqlx::query!(
        r#"SELECT day AS "day: Day", fetched_at, settled, rows, amount, checksum, vanished_at
           FROM feed_days WHERE account_id = $1 AND feed = $2 AND day >= $3 AND day < $4"#,
        answer.fence.account.0,
        &*answer.fence.feed,
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

pub(super) async fn hold<R>(
    transaction: &mut PgTransaction<'_>,
    answer: &Answer<'_, R>,
    days: &[Day],
) -> sqlx::Result<()> {
    if days.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE feed_days SET vanished_at = coalesce(vanished_at, $4)
         WHERE account_id = $1 AND feed = $2 AND day = ANY($3)",
        answer.fence.account.0,
        &*answer.fence.feed,
        &dates(days),
        answer.now,
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

pub(super) async fn mark<R>(
    transaction: &mut PgTransaction<'_>,
    answer: &Answer<'_, R>,
    marks: NewMarks,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO feed_days (account_id, feed, grain, fetched_at, day, settled, rows, amount, checksum)
         SELECT $1, $2, $3, $4, t.*
         FROM UNNEST($5::date[], $6::boolean[], $7::integer[], $8::numeric[], $9::bytea[]) AS t
         ON CONFLICT (account_id, feed, day) DO UPDATE SET
             grain = excluded.grain, fetched_at = excluded.fetched_at, settled = excluded.settled, rows = excluded.rows,
             amount = excluded.amount, checksum = excluded.checksum, vanished_at = NULL",
        answer.fence.account.0,
        &*answer.fence.feed,
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
