//! An account that is billed in euros beside ones in dollars, one of them with credits.

use std::collections::BTreeMap;

use axum::Router;
use axum::routing::get;
use llmtally::domain::period::{Day, Window};
use llmtally::sandbox::{Guest, Sandbox, Target};
use rust_decimal::Decimal;
use sqlx::PgPool;

use crate::support::bill::amount;
use crate::support::daemon::Daemon;
use crate::support::scene::Scene;
use crate::support::wait::{eventually, so};

/// Both guests' feeds call a day settled after five.
const DAYS: u32 = 12;
const SETTLED_AFTER: u32 = 6;

/// Serves exchange rates as the European Central Bank does; returns the address.
async fn rates(fixings: &[(Day, &str)]) -> String {
    let days =
        fixings.iter().map(|(day, rate)| format!("<Cube time='{day}'><Cube currency='USD' rate='{rate}'/></Cube>"));
    let file = format!("<Envelope><Cube>{}</Cube></Envelope>", days.collect::<String>());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let router = Router::new().route("/{file}", get(async move || file));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

fn add_accounts(scene: &mut Scene) {
    let address = scene.sandbox.address();
    scene.add_openai();
    scene.add(&format!(
        "[accounts.copilot.crew]\napi_key = '{}'\norganization = 'example'\nbase_url = 'http://{address}/copilot'\n\
         [accounts.azure.eu]\ntenant_id = '{}'\nclient_id = '{}'\nclient_secret = '{}'\nsubscription_ids = {:?}\n\
         login_url = 'http://{address}/azure/login'\nbase_url = 'http://{address}/azure'\n",
        Sandbox::COPILOT_KEY,
        Sandbox::AZURE_TENANT,
        Sandbox::AZURE_CLIENT,
        Sandbox::AZURE_SECRET,
        Sandbox::AZURE_SUBSCRIPTIONS,
    ));
}

/// Spend by day of a provider, in US dollars.
async fn spend(daemon: &Daemon, provider: &str, days: Window) -> BTreeMap<String, Decimal> {
    let (from, to) = (days.first(), days.end());
    let answer = daemon.json(&format!("/api/v1/spend?from={from}&to={to}&provider={provider}&group_by=day")).await;
    let rows = answer["rows"].as_array().expect("rows");
    rows.iter().map(|row| (row["day"].as_str().expect("a day").to_owned(), amount(&row["spend"]))).collect()
}

#[sqlx::test(migrations = false)]
async fn euros_dollars_and_credits_agree_with_their_bills(pool: PgPool) {
    let mut scene = Scene::empty(DAYS).await.in_database_of(&pool);
    let today = scene.today();
    let (first, later) = (Decimal::new(110, 2), Decimal::new(125, 2));
    let turn = today.minus(8);
    let address = rates(&[(today.minus(DAYS + 3), "1.10"), (turn, "1.25")]).await;
    scene.add(&format!("[currency]\nurl = '{address}'\n"));
    add_accounts(&mut scene);
    let mut daemon = scene.serve().await;
    daemon.until_synced().await;

    let settled = Window::new(today.minus(DAYS), today.minus(SETTLED_AFTER)).expect("days");
    let bill = |guest: Guest, day| scene.sandbox.bill_of(Target::Guest(guest), day).expect("a bill");
    let close = |one: Decimal, other: Decimal| (one - other).abs() < Decimal::new(1, 6);
    eventually(async || {
        let (azure, copilot) = (spend(&daemon, "azure", settled).await, spend(&daemon, "copilot", settled).await);
        for day in settled.days() {
            let rate = if day < turn { first } else { later };
            let of = |spend: &BTreeMap<String, Decimal>| spend.get(&day.to_string()).copied().unwrap_or_default();
            let owed = bill(Guest::Azure, day) * rate;
            so(close(of(&azure), owed), format!("azure, {day}: {} instead of {owed}", of(&azure)))?;
            let owed = bill(Guest::Copilot, day);
            so(close(of(&copilot), owed), format!("copilot, {day}: {} instead of {owed}", of(&copilot)))?;
        }
        Ok::<_, String>(())
    })
    .await;

    // The view holds the bill as it was written, to the last digit.
    for day in settled.days() {
        let euros: Vec<(String, Decimal)> = sqlx::query_as(
            "SELECT currency::text, sum(amount) FROM reporting.spend
             WHERE provider = 'azure' AND day = $1 AND is_spend GROUP BY currency",
        )
        .bind(day)
        .fetch_all(&pool)
        .await
        .expect("the view");
        let owed = bill(Guest::Azure, day).normalize();
        assert_eq!(
            euros.into_iter().map(|(of, sum)| (of, sum.normalize())).collect::<Vec<_>>(),
            [("EUR".to_owned(), owed)]
        );
    }
    // And the page adds up what the ledger has.
    let month = Window::new(today.minus(29), today.next()).expect("days");
    eventually(async || {
        let ledger: Decimal = spend(&daemon, "azure", month).await.values().sum();
        let page = daemon.page().await.sum("llmtally_spend_30d_usd", &["provider=\"azure\""]);
        let page = Decimal::from_f64_retain(page).unwrap_or_default();
        so(close(page, ledger), format!("{page} on the page, {ledger} in the ledger"))
    })
    .await;
    assert!(daemon.stop().await.success());
}
