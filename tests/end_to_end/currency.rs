//! An account that is billed in euros beside ones in dollars, one of them with credits: summed in dollars, and in euros.

use std::collections::BTreeMap;

use axum::Router;
use axum::routing::get;
use llmtally::domain::period::{Day, Window};
use llmtally::sandbox::{Guest, Sandbox, Target, Vendor};
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

/// The accounts, and rates that turn from the first to the second on a day in the middle.
async fn company(pool: &PgPool) -> Scene {
    let mut scene = Scene::empty(DAYS).await.in_database_of(pool);
    let today = scene.today();
    let address = rates(&[(today.minus(DAYS + 3), FIRST), (today.minus(TURN), LATER)]).await;
    scene.add(&format!("[currency]\nurl = '{address}'\n"));
    add_accounts(&mut scene);
    scene
}

/// Dollars for a euro.
const FIRST: &str = "1.10";
const LATER: &str = "1.25";
/// So many days ago the rate turned.
const TURN: u32 = 8;

fn rate(today: Day, day: Day) -> Decimal {
    let rate = if day < today.minus(TURN) { FIRST } else { LATER };
    rate.parse().expect("a rate")
}

/// Spend by day of a provider, in the reporting currency.
async fn spend(daemon: &Daemon, provider: &str, days: Window) -> BTreeMap<String, Decimal> {
    let (from, to) = (days.first(), days.end());
    let answer = daemon.json(&format!("/api/v1/spend?from={from}&to={to}&provider={provider}&group_by=day")).await;
    let rows = answer["rows"].as_array().expect("rows");
    rows.iter().map(|row| (row["day"].as_str().expect("a day").to_owned(), amount(&row["spend"]))).collect()
}

#[sqlx::test(migrations = false)]
async fn euros_dollars_and_credits_agree_with_their_bills(pool: PgPool) {
    let scene = company(&pool).await;
    let today = scene.today();
    let mut daemon = scene.serve().await;
    daemon.until_synced().await;

    let settled = Window::new(today.minus(DAYS), today.minus(SETTLED_AFTER)).expect("days");
    let bill = |guest: Guest, day| scene.sandbox.bill_of(Target::Guest(guest), day).expect("a bill");
    let close = |one: Decimal, other: Decimal| (one - other).abs() < Decimal::new(1, 6);
    eventually(async || {
        let (azure, copilot) = (spend(&daemon, "azure", settled).await, spend(&daemon, "copilot", settled).await);
        for day in settled.days() {
            let of = |spend: &BTreeMap<String, Decimal>| spend.get(&day.to_string()).copied().unwrap_or_default();
            let owed = bill(Guest::Azure, day) * rate(today, day);
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

/// Spend of the last 30 days by provider as the table of the ledger has it, turned into euros here: what is billed in euros is taken
/// as it is.
async fn ledger_in_euros(pool: &PgPool, today: Day) -> BTreeMap<String, Decimal> {
    let rows: Vec<(String, Day, String, Decimal)> = sqlx::query_as(
        "SELECT a.provider, s.day, s.currency::text, s.amount FROM spend s JOIN accounts a ON a.id = s.account_id
         WHERE s.category IN ('usage', 'credit', 'fee')",
    )
    .fetch_all(pool)
    .await
    .expect("the ledger");
    let mut sums = BTreeMap::new();
    for (provider, day, currency, amount) in rows {
        assert!(["EUR", "USD"].contains(&currency.as_str()), "{currency}");
        let euros = if currency == "EUR" { amount } else { amount / rate(today, day) };
        *sums.entry(provider).or_insert(Decimal::ZERO) += euros;
    }
    sums
}

fn same_cents(one: Decimal, other: Decimal) -> bool {
    (one - other).abs() < Decimal::new(5, 3)
}

/// The views of days that do not change any more, as text.
async fn settled_views(pool: &PgPool, columns: &str, end: Day) -> String {
    let sql = format!(
        "SELECT string_agg(v::text, E'\\n' ORDER BY v::text)
         FROM (SELECT day, provider, project, model, {columns} FROM reporting.spend_daily WHERE day < $1) v"
    );
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(end).fetch_one(pool).await.expect("a view that is not empty")
}

const DOLLARS: &str = "spend_usd, provisional_usd, billed_usd, estimated_usd, tax_usd, subscription_value_usd";
const REPORTED: &str = "spend, provisional, billed, estimated, tax, subscription_value";

#[sqlx::test(migrations = false)]
async fn in_euros_ledger_views_page_and_api_tell_the_same_to_the_cent(pool: PgPool) {
    let mut scene = company(&pool).await;
    let today = scene.today();
    scene.set("LLMTALLY__CURRENCY__REPORTING", "EUR");
    scene.add("[[budgets]]\nname = 'all'\nlimit = 1000000\nperiod = 'year'\n");
    let mut daemon = scene.serve().await;
    daemon.until_synced().await;

    // The bills of settled days: in euros as they were written, in dollars at the rate of the day.
    let settled = Window::new(today.minus(DAYS), today.minus(SETTLED_AFTER)).expect("days");
    let owed = |target, day| scene.sandbox.bill_of(target, day).expect("a bill");
    let targets = [
        ("azure", Target::Guest(Guest::Azure)),
        ("copilot", Target::Guest(Guest::Copilot)),
        ("openai", Target::Vendor(Vendor::OpenAi)),
    ];
    eventually(async || {
        for (provider, target) in targets {
            let told = spend(&daemon, provider, settled).await;
            for day in settled.days() {
                let told = told.get(&day.to_string()).copied().unwrap_or_default();
                let owed = owed(target, day);
                let right = match provider {
                    "azure" => told == owed,
                    _ => (told - owed / rate(today, day)).abs() < Decimal::new(1, 6),
                };
                so(right, format!("{provider}, {day}: {told} for a bill of {owed}"))?;
            }
        }
        Ok::<_, String>(())
    })
    .await;

    let month = Window::new(today.minus(29), today.next()).expect("days");
    eventually(async || {
        let ledger = ledger_in_euros(&pool, today).await;
        so(ledger.len() == 3, format!("{ledger:?}"))?;
        let page = daemon.page().await;
        so(!page.0.contains("_usd"), "the page still has dollars")?;
        for (provider, sum) in &ledger {
            let view: Decimal = sqlx::query_scalar("SELECT sum(spend) FROM reporting.spend_daily WHERE provider = $1")
                .bind(provider)
                .fetch_one(&pool)
                .await
                .expect("a sum");
            so(same_cents(view, *sum), format!("{provider}: {view} in the view, {sum} in the ledger"))?;
            let answer: Decimal = spend(&daemon, provider, month).await.values().sum();
            so(same_cents(answer, *sum), format!("{provider}: the API tells {answer}, the ledger {sum}"))?;
            let shown = page.sum("llmtally_spend_30d_eur", &[&format!("provider=\"{provider}\"")]);
            let shown = Decimal::from_f64_retain(shown).unwrap_or_default();
            so(same_cents(shown, *sum), format!("{provider}: {shown} on the page, {sum} in the ledger"))?;
        }
        // The year may be younger than the ledger.
        let year = daemon.json(&format!("/api/v1/spend?from={}-01-01", &today.to_string()[..4])).await;
        let budget = page.sum("llmtally_budget_spent_eur", &["budget=\"all\""]);
        let budget = Decimal::from_f64_retain(budget).unwrap_or_default();
        let total = amount(&year["total"]["spend"]);
        so(year["currency"] == "EUR" && same_cents(budget, total), format!("a budget of {budget}, spend of {total}"))
    })
    .await;
    let (_, home) = daemon.get("/").await;
    assert!(home.contains('€') && !home.contains('$'), "{home}");
    // Whose bill it is in is shown beside.
    let originals = "SELECT DISTINCT provider || ' ' || currency || ' ' || reporting_currency FROM reporting.spend
                     WHERE billed <> 0 ORDER BY 1";
    let originals: Vec<String> = sqlx::query_scalar(originals).fetch_all(&pool).await.expect("the view");
    assert_eq!(originals, ["azure EUR EUR", "copilot USD EUR", "openai USD EUR"]);

    // Another setting is another currency everywhere, and no figure in dollars is touched.
    let (dollars, euros) =
        (settled_views(&pool, DOLLARS, settled.end()).await, settled_views(&pool, REPORTED, settled.end()).await);
    assert_ne!(dollars, euros);
    assert!(daemon.stop().await.success());
    scene.set("LLMTALLY__CURRENCY__REPORTING", "USD");
    let mut daemon = scene.serve().await;
    daemon.until_ready().await;
    assert!(daemon.page().await.0.contains("llmtally_spend_30d_usd{"));
    for columns in [DOLLARS, REPORTED] {
        assert_eq!(settled_views(&pool, columns, settled.end()).await, dollars);
    }
    assert!(daemon.stop().await.success());
    scene.set("LLMTALLY__CURRENCY__REPORTING", "EUR");
    let mut daemon = scene.serve().await;
    daemon.until_ready().await;
    assert!(daemon.page().await.0.contains("llmtally_spend_30d_eur{"));
    assert_eq!(settled_views(&pool, REPORTED, settled.end()).await, euros);
    assert!(daemon.stop().await.success());
}
