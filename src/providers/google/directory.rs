//! The feed `directory`: what projects are called, as the bill has it.

use std::sync::Arc;

use async_trait::async_trait;

use super::api::ProjectRow;
use super::bigquery::BigQuery;
use super::settings::BillingTable;
use super::sql;
use crate::domain::names::{DirectoryEntry, DirectoryKind};
use crate::providers::feed::{Directory, FetchError};

/// As far back as costs are read: a project may be gone since.
const NAMES_OF_DAYS: u32 = 400;

pub(super) struct Projects {
    pub(super) bigquery: Arc<BigQuery>,
    pub(super) table: BillingTable,
}

#[async_trait]
impl Directory for Projects {
    async fn list(&self) -> Result<Vec<DirectoryEntry>, FetchError> {
        let since = self.bigquery.http.clock().today().minus(NAMES_OF_DAYS);
        let rows: Vec<ProjectRow> = self.bigquery.rows(sql::projects(&self.table, since)).await?;
        let named = rows.into_iter().filter_map(|row| {
            let name = row.name.filter(|name| !name.is_empty())?;
            Some(DirectoryEntry { kind: DirectoryKind::Project, id: row.id, name })
        });
        Ok(named.collect())
    }
}
