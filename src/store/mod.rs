//! All SQL. One file per table family; nothing outside this folder knows a table's name.

pub mod accounts;
pub mod call_log;
pub mod calls;
pub mod connect;
mod copy;
pub mod doctor;
pub mod embedded;
pub mod facts;
pub mod health;
pub mod identities;
pub mod imports;
pub mod lease;
pub mod ledger;
pub mod locks;
pub mod prices;
pub mod rates;
pub mod record;
pub mod reporting;
pub mod reporting_rates;
pub mod roles;
pub mod sessions;
mod snapshots;
pub mod status;
pub mod timescale;

use sqlx::PgPool;

/// The oldest server whose SQL this program speaks.
const OLDEST_POSTGRES: u32 = 15;

/// The database.
#[derive(Debug, Clone)]
pub struct Store {
    pool: PgPool,
}

impl Store {
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }
}
