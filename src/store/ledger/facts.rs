//! The facts of a chunk's days, read at once.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::dirty::Chunk;
use crate::domain::cost::CostRecord;
use crate::domain::money::{Currency, Money};
use crate::domain::period::Day;
use crate::domain::usage::{Dimensions, UsageRecord};
use crate::store::calls::{CallRow, StoredCall};

/// What the tables hold of one account's day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredDay {
    pub costs: Vec<CostRecord>,
    /// A cost feed has answered for the day, or a file was imported for it.
    pub answered: bool,
    /// All cost feeds say that the day does not change any more, or the files were from after its end.
    pub settled: bool,
    pub measured: Vec<UsageRecord>,
    pub attribution: Vec<UsageRecord>,
    /// As far as single calls are known.
    pub named: Vec<UsageRecord>,
    pub included: Vec<UsageRecord>,
    pub calls: Vec<StoredCall>,
}

impl Chunk {
    /// The facts of every day of the chunk; `cost_feeds` are those whose answers make up the bill.
    ///
    /// # Errors
    ///
    /// When the database fails, or holds a name that this version does not know.
    pub async fn facts(&mut self, cost_feeds: &[&str]) -> Result<BTreeMap<Day, StoredDay>, sqlx::Error> {
        let mut days: BTreeMap<Day, StoredDay> = self.days.iter().map(|day| (*day, StoredDay::default())).collect();
        let imports = self.marks(cost_feeds, &mut days).await?;
        let imported = self.costs(&mut days).await?;
        if cost_feeds.is_empty() {
            keep_last_answers(&mut days);
        }
        stand_in(&mut days, imports, imported);
        self.usage(&mut days).await?;
        self.calls(&mut days).await?;
        Ok(days)
    }

    fn span(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        let first = self.days.first().map(|day| day.start()).unwrap_or_default();
        (first, self.days.last().map(|day| day.end()).unwrap_or_default())
    }

    /// Sets what the marks of the cost feeds say; returns the days of imports, and whether they are settled.
    async fn marks(
        &mut self,
        cost_feeds: &[&str],
        days: &mut BTreeMap<Day, StoredDay>,
    ) -> Result<BTreeMap<Day, bool>, sqlx::Error> {
        let wanted: Vec<NaiveDate> = self.days.iter().map(|day| day.date()).collect();
        let feeds: Vec<String> = cost_feeds.iter().map(|&feed| feed.to_owned()).collect();
        let marks = sqlx::query!(
            r#"SELECT day AS "day: Day", count(*) FILTER (WHERE feed = ANY($2)) AS "answered!",
                      count(*) FILTER (WHERE feed = ANY($2) AND settled) AS "settled!",
                      bool_and(settled) FILTER (WHERE split_part(feed, '.', 1) = 'import') AS imported
               FROM feed_days
               WHERE account_id = $1 AND day = ANY($3) AND (feed = ANY($2) OR split_part(feed, '.', 1) = 'import')
               GROUP BY day"#,
            self.account.0,
            &feeds,
            &wanted,
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        let mut imports = BTreeMap::new();
        for mark in marks {
            imports.extend(mark.imported.map(|settled| (mark.day, settled)));
            if let Some(day) = days.get_mut(&mark.day).filter(|_| mark.answered > 0) {
                day.answered = true;
                day.settled = usize::try_from(mark.settled).is_ok_and(|settled| settled == feeds.len());
            }
        }
        Ok(imports)
    }

    /// Fills in what feeds say; returns what imports say.
    async fn costs(
        &mut self,
        days: &mut BTreeMap<Day, StoredDay>,
    ) -> Result<BTreeMap<Day, Vec<CostRecord>>, sqlx::Error> {
        let (first, end) = self.span();
        let rows = sqlx::query!(
            r#"SELECT at, project, api_key, user_id, model, service_tier, region, prompt_over, meter, line_item,
                      category, amount, currency, quantity, unit, split_part(feed, '.', 1) = 'import' AS "imported!"
               FROM cost_records WHERE account_id = $1 AND at >= $2 AND at < $3"#,
            self.account.0,
            first,
            end,
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        let mut imported: BTreeMap<Day, Vec<CostRecord>> = BTreeMap::new();
        for row in rows {
            let Some(day) = days.get_mut(&Day::of(row.at)) else { continue };
            let currency: Currency = row.currency.parse().map_err(decode)?;
            let costs = if row.imported { imported.entry(Day::of(row.at)).or_default() } else { &mut day.costs };
            costs.push(CostRecord {
                at: row.at,
                dims: Dimensions {
                    project: row.project,
                    api_key: row.api_key,
                    user: row.user_id,
                    model: row.model,
                    service_tier: row.service_tier,
                    region: row.region,
                    prompt_over: row.prompt_over.unsigned_abs(),
                },
                meter: row.meter.map(|meter| meter.parse()).transpose().map_err(decode)?,
                line_item: row.line_item,
                category: row.category.parse().map_err(decode)?,
                amount: Money::new(row.amount, currency),
                quantity: row.quantity,
                unit: row.unit,
            });
        }
        Ok(imported)
    }

    /// Hours are added up on the way: prices change by the day.
    async fn usage(&mut self, days: &mut BTreeMap<Day, StoredDay>) -> Result<(), sqlx::Error> {
        let (first, end) = self.span();
        let rows = sqlx::query!(
            r#"SELECT (at AT TIME ZONE 'UTC')::date AS "day!: Day", role, project, api_key, user_id, model, service_tier,
                      region, prompt_over, meter, sum(quantity) AS "quantity!"
               FROM usage_records WHERE account_id = $1 AND at >= $2 AND at < $3
               GROUP BY 1, role, project, api_key, user_id, model, service_tier, region, prompt_over, meter"#,
            self.account.0,
            first,
            end,
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        for row in rows {
            let Some(day) = days.get_mut(&row.day) else { continue };
            let role = match row.role.as_str() {
                "measured" => &mut day.measured,
                "attribution" => &mut day.attribution,
                "named" => &mut day.named,
                // The table's check allows no fifth.
                _ => &mut day.included,
            };
            role.push(UsageRecord {
                at: row.day.start(),
                dims: Dimensions {
                    project: row.project,
                    api_key: row.api_key,
                    user: row.user_id,
                    model: row.model,
                    service_tier: row.service_tier,
                    region: row.region,
                    prompt_over: row.prompt_over.unsigned_abs(),
                },
                meter: row.meter.parse().map_err(decode)?,
                quantity: row.quantity,
            });
        }
        Ok(())
    }

    async fn calls(&mut self, days: &mut BTreeMap<Day, StoredDay>) -> Result<(), sqlx::Error> {
        let (first, end) = self.span();
        let rows = sqlx::query_as!(
            CallRow,
            r#"SELECT key, at, billing AS "billing: _", project, api_key, user_id, model, service_tier, region,
                      prompt_tokens, input, cache_read, cache_write, cache_write_1h, output, requests, meters AS "meters: _"
               FROM calls WHERE account_id = $1 AND at >= $2 AND at < $3"#,
            self.account.0,
            first,
            end,
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        for call in rows.into_iter().map(StoredCall::from) {
            if let Some(day) = days.get_mut(&Day::of(call.at)) {
                day.calls.push(call);
            }
        }
        Ok(())
    }
}

/// Nobody asks for the bill of an account that has left the configuration any more: what was told last is final.
fn keep_last_answers(days: &mut BTreeMap<Day, StoredDay>) {
    for day in days.values_mut().filter(|day| !day.costs.is_empty()) {
        (day.answered, day.settled) = (true, true);
    }
}

/// Puts imports where the provider itself names no charges; beside those they would count twice. `settled` tells for which days
/// there are imports, and whether they are settled.
fn stand_in(
    days: &mut BTreeMap<Day, StoredDay>,
    settled: BTreeMap<Day, bool>,
    mut imported: BTreeMap<Day, Vec<CostRecord>>,
) {
    for (date, settled) in settled {
        if let Some(day) = days.get_mut(&date).filter(|day| day.costs.is_empty()) {
            day.costs = imported.remove(&date).unwrap_or_default();
            (day.answered, day.settled) = (true, settled);
        }
    }
}

fn decode(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}
