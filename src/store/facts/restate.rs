//! What a provider has changed afterwards.

use std::collections::BTreeSet;

use sqlx::PgTransaction;

use super::Answer;
use super::day::{NewDay, OldMark};
use crate::domain::period::Day;
use crate::store::record::{MONEY_SCALE, Record};

/// Writes down that the provider changed its word about a day that was over when it was last read.
pub(super) async fn restate<R: Record>(
    transaction: &mut PgTransaction<'_>,
    answer: &Answer<'_, R>,
    day: Day,
    before: &OldMark,
    new: &NewDay,
) -> sqlx::Result<bool> {
    if new.money.is_empty() && before.rows == 0 || before.fetched_at < day.end() {
        return Ok(false);
    }
    let mut old = R::money(transaction, answer.fence.account, &answer.fence.feed, day).await?;
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
            answer.fence.account.0,
            &*answer.fence.feed,
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
