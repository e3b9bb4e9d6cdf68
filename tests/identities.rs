//! Whose accounts are: two connections to the same organization count once, and a new name keeps the history.

use std::sync::Arc;

use async_trait::async_trait;
use llmtally::domain::names::{AccountId, AccountName, Provider};
use llmtally::providers::account::Identity;
use llmtally::providers::feed::FetchError;
use llmtally::store::Store;
use llmtally::store::identities::Claim;
use llmtally::sync::identity::Standing;
use sqlx::PgPool;

fn name(account: &str) -> AccountName {
    AccountName { provider: Provider::OpenAi, account: account.to_owned() }
}

async fn register(store: &Store, account: &str) -> AccountId {
    store.register_accounts(&[name(account)]).await.unwrap()[0]
}

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

async fn answer_for_a_day(pool: &PgPool, account: AccountId) {
    let mark = "INSERT INTO feed_days (account_id, feed, day, grain, fetched_at, settled, rows, checksum)
                VALUES ($1, 'costs', '2026-11-20', 'day', now(), true, 0, '')";
    sqlx::query(mark).bind(account.0).execute(pool).await.unwrap();
}

#[sqlx::test]
async fn a_second_connection_to_an_organization_is_told_whose_it_is(pool: PgPool) {
    let store = Store::new(pool);
    let (first, second) = (register(&store, "first").await, register(&store, "second").await);
    assert_eq!(store.claim_identities(first, &ids(&["proj_a", "proj_b"])).await.unwrap(), Claim::Ours);
    // A project that has come since then makes it no other organization.
    let held = Claim::Held { by: "first".to_owned(), id: "proj_b".to_owned(), configured: true };
    assert_eq!(store.claim_identities(second, &ids(&["proj_b", "proj_c"])).await.unwrap(), held);
    assert_eq!(store.claim_identities(first, &ids(&["proj_b", "proj_d"])).await.unwrap(), Claim::Ours);
    // What the first does not bill any more is free.
    assert_eq!(store.claim_identities(second, &ids(&["proj_e", "proj_a"])).await.unwrap(), Claim::Ours);
    assert_eq!(store.claim_identities(second, &ids(&["proj_z"])).await.unwrap(), Claim::Others);
}

#[sqlx::test]
async fn ids_of_another_provider_are_others(pool: PgPool) {
    let store = Store::new(pool);
    let anthropic = AccountName { provider: Provider::Anthropic, account: "first".to_owned() };
    let others = store.register_accounts(&[anthropic]).await.unwrap()[0];
    let ours = register(&store, "first").await;
    assert_eq!(store.claim_identities(others, &ids(&["1"])).await.unwrap(), Claim::Ours);
    assert_eq!(store.claim_identities(ours, &ids(&["1"])).await.unwrap(), Claim::Ours);
}

#[sqlx::test]
async fn a_renamed_account_goes_on_with_its_history(pool: PgPool) {
    let store = Store::new(pool.clone());
    let old = register(&store, "old").await;
    store.claim_identities(old, &ids(&["proj_a"])).await.unwrap();
    answer_for_a_day(&pool, old).await;

    // As long as the old name is configured, nobody takes anything from it.
    assert_eq!(store.adopt_history(&name("new"), &ids(&["proj_a"])).await.unwrap(), None);
    store.retire_accounts_but(&[]).await.unwrap();
    assert_eq!(store.adopt_history(&name("new"), &ids(&["proj_b"])).await.unwrap(), None);

    assert_eq!(store.adopt_history(&name("new"), &ids(&["proj_a"])).await.unwrap(), Some("old".to_owned()));
    assert_eq!(register(&store, "new").await, old);
    assert_eq!(store.claim_identities(old, &ids(&["proj_a"])).await.unwrap(), Claim::Ours);
}

#[sqlx::test]
async fn a_history_of_its_own_is_never_given_up(pool: PgPool) {
    let store = Store::new(pool.clone());
    let (old, new) = (register(&store, "old").await, register(&store, "new").await);
    store.claim_identities(old, &ids(&["proj_a"])).await.unwrap();
    answer_for_a_day(&pool, old).await;
    answer_for_a_day(&pool, new).await;
    store.retire_accounts_but(&[name("new")]).await.unwrap();
    assert_eq!(store.adopt_history(&name("new"), &ids(&["proj_a"])).await.unwrap(), None);
    let held = Claim::Held { by: "old".to_owned(), id: "proj_a".to_owned(), configured: false };
    assert_eq!(store.claim_identities(new, &ids(&["proj_a"])).await.unwrap(), held);
}

/// Says who it is, or fails.
struct Says(Result<&'static str, &'static str>);

#[async_trait]
impl Identity for Says {
    async fn ids(&self) -> Result<Vec<String>, FetchError> {
        match self.0 {
            Ok(id) => Ok(vec![id.to_owned()]),
            Err("unauthorized") => Err(FetchError::Unauthorized("may not ask".to_owned())),
            Err(_) => Err(FetchError::Unavailable("away".to_owned())),
        }
    }
}

fn standing(says: Result<&'static str, &'static str>) -> Arc<Standing> {
    Arc::new(Standing::new(Some(Box::new(Says(says)))))
}

#[sqlx::test]
async fn an_account_is_synced_unless_it_would_count_twice(pool: PgPool) {
    let store = Store::new(pool);
    let (first, second) = (register(&store, "first").await, register(&store, "second").await);
    standing(Ok("org-1")).check(&store, first).await.unwrap();
    let error = standing(Ok("org-1")).check(&store, second).await.unwrap_err();
    assert_eq!(error.reason(), "duplicate");
    assert!(error.to_string().contains("`first`"), "{error}");
    let error = standing(Ok("org-2")).check(&store, first).await.unwrap_err();
    assert_eq!(error.reason(), "other_organization");
    // A key that may not say whose it is may still be good for the rest.
    standing(Err("unauthorized")).check(&store, second).await.unwrap();
    // Only an account that has never said who it is has to wait for the answer.
    assert_eq!(standing(Err("away")).check(&store, second).await.unwrap_err().reason(), "unavailable");
    standing(Err("away")).check(&store, first).await.unwrap();
    Standing::default().check(&store, second).await.unwrap();
}
