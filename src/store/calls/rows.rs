//! Calls and their keys as the tables take them.

use chrono::{DateTime, Utc};
use sqlx::PgTransaction;

use super::best::Rank;
use crate::domain::names::{AccountId, Billing};
use crate::domain::usage::Call;
use crate::store::binary::{Columns, Rows};

const KEYS: &str = "COPY call_keys (account_id, key, at, output_tokens, line_at, digest) FROM STDIN (FORMAT binary)";
const CALLS: &str = "COPY calls (account_id, key, at, billing, session, project, api_key, user_id, model, service_tier,
    region, prompt_tokens, meters) FROM STDIN (FORMAT binary)";

/// Appends the columns that a line tells, whoever pays and wherever it stands.
pub(super) fn content(columns: &mut Columns, call: &Call) {
    columns
        .text(call.session.as_deref())
        .text(call.dims.project.as_deref())
        .text(call.dims.api_key.as_deref())
        .text(call.dims.user.as_deref())
        .text(call.dims.model.as_deref())
        .text(call.dims.service_tier.as_deref())
        .text(call.dims.region.as_deref())
        .bigint(call.dims.prompt_over.into())
        // Writing to memory does not fail.
        .jsonb(|bytes| drop(serde_json::to_writer(bytes, &call.meters)));
}

/// Rows to be written, put together once for all calls of a batch.
pub(super) struct Written {
    account: AccountId,
    billing: Billing,
    keys: Rows,
    calls: Rows,
    head: Columns,
    tail: Columns,
}

impl Written {
    pub(super) fn new(account: AccountId, billing: Billing) -> Self {
        let (head, tail) = (Columns::default(), Columns::default());
        Self { account, billing, keys: Rows::of(6), calls: Rows::of(13), head, tail }
    }

    pub(super) fn key(&mut self, key: &str, at: DateTime<Utc>, rank: Rank) {
        self.head(key, at);
        self.tail.clear();
        self.tail.bigint(rank.output).time(rank.at.unwrap_or(at)).bigint(rank.digest);
        self.keys.row(&[&self.head, &self.tail]);
    }

    /// `content` is what the line tells.
    pub(super) fn call(&mut self, key: &str, at: DateTime<Utc>, content: &Columns) {
        self.head(key, at);
        self.tail.clear();
        self.tail.text(Some(self.billing.as_str()));
        self.calls.row(&[&self.head, &self.tail, content]);
    }

    fn head(&mut self, key: &str, at: DateTime<Utc>) {
        self.head.clear();
        self.head.integer(self.account.0).text(Some(key)).time(at);
    }

    pub(super) async fn send(self, transaction: &mut PgTransaction<'_>) -> sqlx::Result<()> {
        for (statement, rows) in [(KEYS, self.keys), (CALLS, self.calls)] {
            if !rows.is_empty() {
                let mut copy = transaction.copy_in_raw(statement).await?;
                copy.send(rows.finish()).await?;
                copy.finish().await?;
            }
        }
        Ok(())
    }
}
