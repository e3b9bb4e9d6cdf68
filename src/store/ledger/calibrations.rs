//! What settled days teach about rates.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::PgExecutor;

use super::dirty::Chunk;
use crate::domain::calibration::{Calibration, Factor, Sample, Scope};
use crate::domain::names::{AccountId, UnknownName};
use crate::domain::period::Day;
use crate::domain::spend::RateKey;
use crate::store::Store;

/// The tier of use without one, as people and the table's key call it. The empty text stands for "all".
const STANDARD: &str = "standard";

struct SampleRow {
    model: String,
    meter: String,
    service_tier: Option<String>,
    billed: Decimal,
    estimated: Decimal,
}

impl Store {
    /// Billed and estimated money of what both sides cover, by rate, on settled days of `account` from `first` on.
    ///
    /// # Errors
    ///
    /// When the database fails, or holds a name that this version does not know.
    pub async fn rate_samples(&self, account: AccountId, first: Day) -> Result<Vec<Sample>, sqlx::Error> {
        let rows = sqlx::query_as!(
            SampleRow,
            r#"SELECT coalesce(model, model_raw) AS "model!", meter AS "meter!", service_tier,
                      round(sum(billed_usd), 12) AS "billed!", round(sum(estimated), 12) AS "estimated!"
               FROM spend
               WHERE account_id = $1 AND day >= $2 AND comparable AND NOT provisional
                 AND billed_usd IS NOT NULL AND estimated IS NOT NULL AND meter IS NOT NULL
                 AND coalesce(model, model_raw) IS NOT NULL
               GROUP BY coalesce(model, model_raw), meter, service_tier"#,
            account.0,
            first.date(),
        )
        .fetch_all(&self.pool)
        .await?;
        let sample = |row: SampleRow| -> Result<Sample, sqlx::Error> {
            let meter = row.meter.parse().map_err(decode)?;
            let key = RateKey { model: row.model, meter, service_tier: row.service_tier };
            Ok(Sample { key, billed: row.billed, estimated: row.estimated })
        };
        rows.into_iter().map(sample).collect()
    }

    /// The calibration of `account` as it was last saved.
    ///
    /// # Errors
    ///
    /// When the database fails, or holds a name that this version does not know.
    pub async fn calibration(&self, account: AccountId) -> Result<Calibration, sqlx::Error> {
        load(&self.pool, account).await
    }

    /// Replaces the calibration of `account`.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn save_calibration(
        &self,
        account: AccountId,
        calibration: &Calibration,
        now: DateTime<Utc>,
    ) -> Result<(), sqlx::Error> {
        let (scopes, factors): (Vec<_>, Vec<_>) =
            calibration.factors.iter().map(|(scope, factor)| (columns(scope), factor)).unzip();
        let mut transaction = self.pool.begin().await?;
        sqlx::query!("DELETE FROM calibrations WHERE account_id = $1", account.0).execute(&mut *transaction).await?;
        sqlx::query!(
            "INSERT INTO calibrations (account_id, model, meter, service_tier, ratio, applied, billed, estimated, built_at)
             SELECT $1, t.*, $9
             FROM UNNEST($2::text[], $3::text[], $4::text[], $5::numeric[], $6::boolean[], $7::numeric[], $8::numeric[])
                  AS t",
            account.0,
            &scopes.iter().map(|(model, ..)| (*model).to_owned()).collect::<Vec<_>>(),
            &scopes.iter().map(|(_, meter, _)| (*meter).to_owned()).collect::<Vec<_>>(),
            &scopes.iter().map(|(.., tier)| (*tier).to_owned()).collect::<Vec<_>>(),
            &factors.iter().map(|factor| factor.ratio).collect::<Vec<_>>(),
            &factors.iter().map(|factor| factor.applied).collect::<Vec<_>>(),
            &factors.iter().map(|factor| factor.billed).collect::<Vec<_>>(),
            &factors.iter().map(|factor| factor.estimated).collect::<Vec<_>>(),
            now,
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }
}

impl Chunk {
    /// The calibration of the chunk's account as it was last saved.
    ///
    /// # Errors
    ///
    /// When the database fails, or holds a name that this version does not know.
    pub async fn calibration(&mut self) -> Result<Calibration, sqlx::Error> {
        load(&mut *self.transaction, self.account).await
    }
}

async fn load(executor: impl PgExecutor<'_>, account: AccountId) -> Result<Calibration, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT model, meter, service_tier, ratio, applied, billed, estimated
         FROM calibrations WHERE account_id = $1",
        account.0,
    )
    .fetch_all(executor)
    .await?;
    let mut factors = BTreeMap::new();
    for row in rows {
        let scope = match (row.model.as_str(), row.meter.as_str()) {
            ("", _) => Scope::Account,
            (_, "") => Scope::Model(row.model),
            (_, meter) => Scope::Rate(RateKey {
                meter: meter.parse().map_err(decode)?,
                model: row.model,
                service_tier: Some(row.service_tier).filter(|tier| tier != STANDARD),
            }),
        };
        let (ratio, applied) = (row.ratio, row.applied);
        factors.insert(scope, Factor { ratio, applied, billed: row.billed, estimated: row.estimated });
    }
    Ok(Calibration { factors })
}

fn columns(scope: &Scope) -> (&str, &str, &str) {
    match scope {
        Scope::Account => ("", "", ""),
        Scope::Model(model) => (model, "", ""),
        Scope::Rate(key) => (&key.model, key.meter.as_str(), key.service_tier.as_deref().unwrap_or(STANDARD)),
    }
}

fn decode(error: UnknownName) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}
