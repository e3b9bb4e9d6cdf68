//! The feed `costs`: what the billing export says, by day, project and SKU.

use std::sync::Arc;

use async_trait::async_trait;

use super::api::BilledRow;
use super::bigquery::BigQuery;
use super::settings::BillingTable;
use super::{convert, sql};
use crate::domain::cost::CostRecord;
use crate::domain::period::Window;
use crate::providers::feed::{Feed, FeedPolicy, FetchError};

pub(super) struct Costs {
    pub(super) bigquery: Arc<BigQuery>,
    pub(super) table: BillingTable,
    pub(super) services: Vec<String>,
}

#[async_trait]
impl Feed<CostRecord> for Costs {
    fn policy(&self) -> FeedPolicy {
        FeedPolicy {
            // Every query reads all partitions since its first day, so few long windows are the cheap ones.
            days_per_fetch: 90,
            settles_after_days: 5,
            // Provisioned throughput is billed by the hour and not by what went through.
            leaves_out: &[convert::DEDICATED],
            ..FeedPolicy::USUAL
        }
    }

    async fn fetch(&self, window: Window) -> Result<Vec<CostRecord>, FetchError> {
        let rows: Vec<BilledRow> = self.bigquery.rows(sql::costs(&self.table, &self.services, window)).await?;
        if let Some(row) = rows.iter().find(|row| !window.contains(row.day)) {
            return Err(FetchError::Malformed(format!("row of {} is no day of {window}", row.day)));
        }
        Ok(rows.into_iter().flat_map(convert::costs).collect())
    }
}
