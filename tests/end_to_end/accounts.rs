//! An organization counts once, by however many keys and under whatever name it is configured.

use llmtally::sandbox::{Guest, Sandbox, Target};
use rust_decimal::Decimal;
use sqlx::PgPool;

use crate::support::bill::{bill, ledger};
use crate::support::daemon::Daemon;
use crate::support::scene::Scene;
use crate::support::wait::{eventually, so};

const DAYS: u32 = 8;

impl Scene {
    fn add_key(&mut self, account: &str, key: &str) {
        let address = self.sandbox.address();
        self.add(&format!("[accounts.openai.{account}]\napi_key = '{key}'\nbase_url = 'http://{address}'"));
    }

    /// Waits until spend is the bill of OpenAI on every final day, whatever becomes of other accounts.
    async fn until_openai_is_billed_once(&self, daemon: &Daemon) {
        let mut owed = bill(&self.sandbox, self.final_days());
        owed.retain(|(_, provider), _| provider == "openai");
        eventually(async || {
            let ledger = ledger(daemon, self.final_days()).await;
            so(ledger == owed, format!("{ledger:?} instead of {owed:?}"))
        })
        .await;
    }
}

/// Waits until one of the accounts `one` and `other` is refused, and not both; the log says why.
async fn until_one_is_refused(daemon: &Daemon) {
    eventually(async || {
        let page = daemon.page().await;
        let of = |account: &str| page.sum("llmtally_sync_failures_total", &["reason=\"duplicate\"", account]);
        let (one, other) = (of("account=\"one\""), of("account=\"other\""));
        so((one > 0.0) != (other > 0.0), format!("{one} and {other} runs are refused"))
    })
    .await;
    let words = daemon.program.words();
    assert!(words.contains("has the same organization as the account"), "{words}");
}

#[sqlx::test(migrations = false)]
async fn two_keys_to_one_organization_count_once(pool: PgPool) {
    let mut scene = Scene::empty(DAYS).await.in_database_of(&pool);
    scene.add_key("one", Sandbox::OPENAI_KEY);
    scene.add_key("other", Sandbox::OPENAI_SECOND_KEY);
    let mut daemon = scene.serve().await;
    daemon.until_ready().await;
    scene.until_openai_is_billed_once(&daemon).await;
    until_one_is_refused(&daemon).await;
    assert!(daemon.stop().await.success());
}

#[sqlx::test(migrations = false)]
async fn a_subscription_that_two_clients_may_read_counts_once(pool: PgPool) {
    let mut scene = Scene::empty(DAYS).await.in_database_of(&pool);
    let address = scene.sandbox.address();
    let first = [Sandbox::AZURE_CLIENT, Sandbox::AZURE_SECRET];
    for (account, [client, secret]) in [("one", first), ("other", Sandbox::AZURE_SECOND_CLIENT)] {
        scene.add(&format!(
            "[accounts.azure.{account}]\ntenant_id = '{}'\nclient_id = '{client}'\nclient_secret = '{secret}'\n\
             subscription_ids = {:?}\nlogin_url = 'http://{address}/azure/login'\nbase_url = 'http://{address}/azure'",
            Sandbox::AZURE_TENANT,
            Sandbox::AZURE_SUBSCRIPTIONS,
        ));
    }
    scene.add("[currency]\nrefresh = 'off'\nrates.EUR = '1.25'");
    let mut daemon = scene.serve().await;
    daemon.until_ready().await;
    let day = scene.today().minus(DAYS);
    let owed = scene.sandbox.bill_of(Target::Guest(Guest::Azure), day).expect("a bill").normalize();
    eventually(async || {
        let spent: Option<Decimal> =
            sqlx::query_scalar("SELECT sum(amount) FROM reporting.spend WHERE day = $1 AND NOT provisional")
                .bind(day)
                .fetch_one(&pool)
                .await
                .map_err(|error| error.to_string())?;
        so(spent.map(|spent| spent.normalize()) == Some(owed), format!("{spent:?} instead of {owed}"))
    })
    .await;
    until_one_is_refused(&daemon).await;
    assert!(daemon.stop().await.success());
}

#[sqlx::test(migrations = false)]
async fn a_renamed_account_is_the_same_account(pool: PgPool) {
    for account in ["before", "after"] {
        let mut scene = Scene::empty(DAYS).await.in_database_of(&pool);
        scene.add_key(account, Sandbox::OPENAI_KEY);
        let mut daemon = scene.serve().await;
        daemon.until_synced().await;
        scene.until_openai_is_billed_once(&daemon).await;
        let (first, last) = (scene.final_days().first(), scene.final_days().last());
        let spend = daemon.json(&format!("/api/v1/spend?from={first}&to={last}&group_by=account")).await;
        let rows = spend["rows"].as_array().unwrap();
        assert!(rows.len() == 1 && rows[0]["account"] == account, "{spend}");
        assert!(daemon.stop().await.success());
    }
}
