//! A call as it stands in its table.

use chrono::{DateTime, Utc};
use sqlx::types::Json;

use super::units::Units;
use crate::domain::meters::Meters;
use crate::domain::names::Billing;
use crate::domain::usage::Dimensions;

/// One call; its `dims` do not tell the size of the prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCall {
    pub at: DateTime<Utc>,
    pub billing: Billing,
    pub dims: Dimensions,
    pub prompt_tokens: u64,
    pub meters: Meters,
}

/// A row of `calls`, as far as anybody reads it.
pub(in crate::store) struct CallRow {
    pub(in crate::store) key: String,
    pub(in crate::store) at: DateTime<Utc>,
    pub(in crate::store) billing: Billing,
    pub(in crate::store) project: Option<String>,
    pub(in crate::store) api_key: Option<String>,
    pub(in crate::store) user_id: Option<String>,
    pub(in crate::store) model: Option<String>,
    pub(in crate::store) service_tier: Option<String>,
    pub(in crate::store) region: Option<String>,
    pub(in crate::store) prompt_tokens: i64,
    pub(in crate::store) input: i64,
    pub(in crate::store) cache_read: i64,
    pub(in crate::store) cache_write: i64,
    pub(in crate::store) cache_write_1h: i64,
    pub(in crate::store) output: i64,
    pub(in crate::store) requests: i64,
    pub(in crate::store) meters: Json<Meters>,
}

impl From<CallRow> for StoredCall {
    fn from(row: CallRow) -> Self {
        let columns = [row.input, row.cache_read, row.cache_write, row.cache_write_1h, row.output, row.requests];
        Self {
            at: row.at,
            billing: row.billing,
            dims: Dimensions {
                project: row.project,
                api_key: row.api_key,
                user: row.user_id,
                model: row.model,
                service_tier: row.service_tier,
                region: row.region,
                prompt_over: 0,
            },
            prompt_tokens: row.prompt_tokens.unsigned_abs(),
            meters: Units { columns, others: row.meters.0 }.into(),
        }
    }
}
