//! Calls and their keys as the tables take them: column by column, a statement for all rows of a batch. One message, because
//! what follows a message that needs no answer may have to wait for the other side's system.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::PgTransaction;
use sqlx::types::Json;

use super::best::Rank;
use crate::domain::names::{AccountId, Billing};
use crate::domain::usage::{Call, Meter};

type Text<'a> = Option<Cow<'a, str>>;

/// Keys that were not known.
#[derive(Debug, Default)]
pub(super) struct Keys<'a> {
    key: Vec<&'a str>,
    at: Vec<DateTime<Utc>>,
    output: Vec<i64>,
    line_at: Vec<Option<DateTime<Utc>>>,
    digest: Vec<i64>,
}

impl<'a> Keys<'a> {
    pub(super) fn push(&mut self, key: &'a str, at: DateTime<Utc>, rank: Rank) {
        self.key.push(key);
        self.at.push(at);
        self.output.push(rank.output);
        self.line_at.push(rank.at);
        self.digest.push(rank.digest);
    }

    pub(super) async fn insert(&self, transaction: &mut PgTransaction<'_>, account: AccountId) -> sqlx::Result<()> {
        if self.key.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "INSERT INTO call_keys (account_id, key, at, output_tokens, line_at, digest)
             SELECT $1::integer, * FROM unnest($2::text[], $3::timestamptz[], $4::bigint[], $5::timestamptz[], $6::bigint[])",
            account.0,
            &self.key as &[&str],
            &self.at,
            &self.output,
            &self.line_at as &[Option<DateTime<Utc>>],
            &self.digest,
        )
        .execute(&mut **transaction)
        .await?;
        Ok(())
    }
}

/// The lines that hold.
#[derive(Debug, Default)]
pub(super) struct Rows<'a> {
    key: Vec<&'a str>,
    at: Vec<DateTime<Utc>>,
    session: Vec<Text<'a>>,
    project: Vec<Text<'a>>,
    api_key: Vec<Text<'a>>,
    user: Vec<Text<'a>>,
    model: Vec<Text<'a>>,
    service_tier: Vec<Text<'a>>,
    region: Vec<Text<'a>>,
    prompt_tokens: Vec<i64>,
    meters: Vec<Json<&'a BTreeMap<Meter, u64>>>,
}

impl<'a> Rows<'a> {
    pub(super) fn push(&mut self, call: &'a Call, at: DateTime<Utc>) {
        self.key.push(&call.key);
        self.at.push(at);
        self.session.push(text(&call.session));
        self.project.push(text(&call.dims.project));
        self.api_key.push(text(&call.dims.api_key));
        self.user.push(text(&call.dims.user));
        self.model.push(text(&call.dims.model));
        self.service_tier.push(text(&call.dims.service_tier));
        self.region.push(text(&call.dims.region));
        self.prompt_tokens.push(call.dims.prompt_over.into());
        self.meters.push(Json(&call.meters));
    }

    pub(super) async fn insert(
        &self,
        transaction: &mut PgTransaction<'_>,
        account: AccountId,
        billing: Billing,
    ) -> sqlx::Result<()> {
        if self.key.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "INSERT INTO calls (account_id, billing, key, at, session, project, api_key, user_id, model, service_tier, region,
                 prompt_tokens, meters)
             SELECT $1::integer, $2::text, * FROM unnest($3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],
                 $8::text[], $9::text[], $10::text[], $11::text[], $12::bigint[], $13::jsonb[])",
            account.0,
            billing.as_str(),
            &self.key as &[&str],
            &self.at,
            &self.session as &[Text<'_>],
            &self.project as &[Text<'_>],
            &self.api_key as &[Text<'_>],
            &self.user as &[Text<'_>],
            &self.model as &[Text<'_>],
            &self.service_tier as &[Text<'_>],
            &self.region as &[Text<'_>],
            &self.prompt_tokens,
            &self.meters as &[Json<&BTreeMap<Meter, u64>>],
        )
        .execute(&mut **transaction)
        .await?;
        Ok(())
    }
}

/// A zero byte, which PostgreSQL's text cannot hold, is left out.
fn text(text: &Option<String>) -> Text<'_> {
    let text = text.as_deref()?;
    Some(if text.contains('\0') { text.replace('\0', "").into() } else { text.into() })
}
