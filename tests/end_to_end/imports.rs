//! Files that people have: imported by the binary, shown by a daemon that has never heard of them.

use llmtally::domain::period::{Day, Window};
use rust_decimal::Decimal;
use serde_json::Value;
use sqlx::PgPool;

use crate::support::bill::amount;
use crate::support::daemon::Daemon;
use crate::support::scene::Scene;

const IMPORT: [&str; 6] = ["import", "csv", "bill.csv", "--provider", "openai", "--account"];

/// What the command says, as JSON.
async fn told(scene: &Scene, arguments: &[&str]) -> Value {
    let all: Vec<&str> = IMPORT.iter().chain(arguments).copied().collect();
    serde_json::from_str(&scene.told(&all).await).expect("JSON")
}

/// What an account spent on these days.
async fn spent(daemon: &Daemon, days: Window, account: &str) -> Decimal {
    let (from, to) = (days.first(), days.end());
    let answer = daemon.json(&format!("/api/v1/spend?from={from}&to={to}&group_by=account")).await;
    let rows = answer["rows"].as_array().expect("rows");
    rows.iter().filter(|row| row["account"] == account).map(|row| amount(&row["spend"])).sum()
}

fn focus(days: [(Day, &str); 2]) -> String {
    let mut text =
        "BilledCost,BillingCurrency,ChargeCategory,ChargeDescription,ChargePeriodStart,ChargePeriodEnd,SubAccountId\n"
            .to_owned();
    for (day, amount) in days {
        text.push_str(&format!("{amount},USD,Usage,Tokens,{day}T00:00:00Z,{}T00:00:00Z,web\n", day.next()));
    }
    text
}

#[sqlx::test(migrations = false)]
async fn an_imported_file_is_on_every_page_after_a_restart(pool: PgPool) {
    let scene = Scene::empty(3).await.in_database_of(&pool);
    let (first, second) = (scene.today().minus(1), scene.today());
    let both = Window::new(first, second.next()).expect("two days");
    scene.place.write("bill.csv", &focus([(first, "12.34"), (second, "0.66")]));

    let tried = told(&scene, &["old", "--dry-run", "--json"]).await;
    assert_eq!((&tried["read_as"], &tried["sums"]["USD"]), (&"focus".into(), &"13".into()));
    assert_eq!((&tried["stored"], tried["new_days"].as_array().map(Vec::len)), (&false.into(), Some(2)));
    let stored = told(&scene, &["old", "--json"]).await;
    assert_eq!(
        (&stored["stored"], &stored["new_days"], &stored["ledger_days"]),
        (&true.into(), &tried["new_days"], &2.into())
    );
    let again = told(&scene, &["old", "--json"]).await;
    assert_eq!((again["same_days"].as_array().map(Vec::len), &again["ledger_days"]), (Some(2), &0.into()));
    let balance = ["import", "balance", "42.50", "USD", "--provider", "openai", "--account", "old"];
    scene.told(&balance).await;

    let mut daemon = scene.serve().await;
    daemon.until_ready().await;
    assert_eq!(spent(&daemon, both, "old").await, Decimal::new(13, 0));
    let page = daemon.page().await;
    let sum = page.sum("llmtally_spend_today_usd", &["provider=\"openai\"", "account=\"old\""]);
    assert!((sum - 0.66).abs() < 1e-9, "{sum}: {}", page.0);
    let left = page.samples("llmtally_credit_balance_usd", &["account=\"old\"", "unit=\"USD\""]);
    assert_eq!(left, [42.5], "{}", page.0);

    // A corrected file while the daemon runs.
    scene.place.write("bill.csv", &focus([(first, "10.00"), (second, "0.66")]));
    let words = scene.told(&[&IMPORT[..], &["old"]].concat()).await;
    assert!(words.lines().any(|line| line.contains("1 day replaced") && line.contains(&first.to_string())), "{words}");
    assert_eq!(spent(&daemon, both, "old").await, Decimal::new(1066, 2));
    let (from, to) = (first.to_string(), second.to_string());
    let forget = ["import", "forget", "--provider", "openai", "--account", "old", "--from", &from, "--to", &from];
    scene.told(&forget).await;
    assert_eq!(spent(&daemon, both, "old").await, Decimal::new(66, 2));
    assert!(daemon.stop().await.success());

    let csv = scene.told(&["export", "--from", &from, "--to", &to]).await;
    assert!(csv.lines().any(|line| line.contains("old") && line.contains("web") && line.contains("Tokens")), "{csv}");
}

#[sqlx::test(migrations = false)]
async fn a_file_with_a_bad_line_is_not_stored_unless_told_to(pool: PgPool) {
    let scene = Scene::empty(3).await.in_database_of(&pool);
    let day = scene.today().minus(2);
    scene.place.write("bill.csv", &format!("Date,Cost\n{day},1.5\n{day},\"1,5\"\nsoon,2\n"));
    let columns = ["old", "--map", "date=Date,amount=Cost", "--fixed", "currency=USD"];
    let output = scene.run(&[&IMPORT[..], &columns].concat()).await;
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("line 3, Cost: `1,5`") && words.contains("line 4, Date: `soon`"), "{words}");
    assert!(words.contains("2 bad lines: nothing is stored"), "{words}");
    let stored = told(&scene, &[&columns[..], &["--skip-bad", "--json"]].concat()).await;
    assert_eq!((&stored["bad_lines"], &stored["sums"]["USD"]), (&2.into(), &"1.5".into()));
}

/// An export of the ledger is a file like any other: read again into another account, it comes to the same.
#[sqlx::test(migrations = false)]
async fn an_export_imported_again_keeps_its_sums(pool: PgPool) {
    let mut scene = Scene::empty(6).await.in_database_of(&pool);
    scene.add_openai();
    scene.told(&["sync", "--once", "--json"]).await;
    let days = scene.final_days();
    let (from, to) = (days.first().to_string(), days.last().to_string());
    let csv = scene.told(&["export", "--from", &from, "--to", &to]).await;
    scene.place.write("bill.csv", &csv);
    let columns = "date=day,amount=amount,project=project,project_name=project_name,model=model,line_item=line_item";
    let more = "currency=currency,category=category,service_tier=service_tier,api_key=api_key,user=user";
    let read = told(&scene, &["copy", "--map", columns, "--map", more, "--json"]).await;
    let mut daemon = scene.serve().await;
    daemon.until_ready().await;
    let own = spent(&daemon, days, "shop").await;
    assert!(own > Decimal::ZERO);
    assert_eq!(spent(&daemon, days, "copy").await.normalize(), own.normalize(), "{read}");
    assert!(daemon.stop().await.success());
    // Into the account that it came from it would count twice.
    let output = scene.run(&[&IMPORT[..], &["shop", "--map", columns, "--map", more]].concat()).await;
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && words.contains("has itself named what it charges"), "{words}");
}
