//! Calls that another account has counted: a log that is copied to another machine holds what the first one holds.

use std::collections::HashSet;

use sqlx::PgTransaction;

use crate::domain::names::AccountId;

/// Which of `keys` another account of the same agent has. Whoever told a call first has it for ever.
pub(super) async fn elsewhere(
    transaction: &mut PgTransaction<'_>,
    account: AccountId,
    keys: &[&str],
) -> sqlx::Result<HashSet<String>> {
    let others = sqlx::query_scalar!(
        "SELECT o.id FROM accounts a JOIN accounts o ON o.provider = a.provider AND o.id <> a.id
         WHERE a.id = $1 AND EXISTS (SELECT FROM call_keys k WHERE k.account_id = o.id)",
        account.0,
    )
    .fetch_all(&mut **transaction)
    .await?;
    if others.is_empty() {
        return Ok(HashSet::new());
    }
    let found = sqlx::query_scalar!(
        r#"SELECT asked.key AS "key!"
           FROM unnest($2::text[]) AS asked (key)
           CROSS JOIN LATERAL (SELECT FROM call_keys k WHERE k.account_id = ANY($1) AND k.key = asked.key LIMIT 1) AS found"#,
        &others,
        keys as &[&str],
    )
    .fetch_all(&mut **transaction)
    .await?;
    Ok(found.into_iter().collect())
}
