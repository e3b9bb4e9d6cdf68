//! Sessions of five hours that may still be open.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::store::Store;

/// An account's latest session, with tokens of all kinds and cost at list prices in the reporting currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LatestSession {
    pub provider: String,
    pub account: String,
    pub start_at: DateTime<Utc>,
    pub first_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
    pub calls: i64,
    pub tokens: i64,
    /// `None` while there is no rate.
    pub cost: Option<Decimal>,
}

impl Store {
    /// The latest session of each account that has begun: a machine whose clock was ahead hides none.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn latest_sessions(&self) -> sqlx::Result<Vec<LatestSession>> {
        sqlx::query_as!(
            LatestSession,
            r#"SELECT DISTINCT ON (provider, account)
                      provider AS "provider!", account AS "account!", start_at AS "start_at!", first_at AS "first_at!",
                      last_at AS "last_at!", calls AS "calls!", tokens AS "tokens!", cost
               FROM reporting.sessions WHERE start_at <= now() ORDER BY provider, account, start_at DESC"#,
        )
        .fetch_all(self.pool())
        .await
    }
}
