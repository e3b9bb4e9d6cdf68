//! The commands, as a person or a script gives them.

use std::collections::BTreeSet;

use llmtally::domain::period::Window;
use llmtally::sandbox::Vendor;
use reqwest::{Method, StatusCode};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;
use sqlx::PgPool;

use crate::support::bill::{amount, bill, is_final, ledger};
use crate::support::daemon::Daemon;
use crate::support::place::free_port;
use crate::support::scene::Scene;
use crate::support::transcripts::{self, CALLS};
use crate::support::wait::{eventually, so};

#[tokio::test]
async fn the_demo_is_told_its_currency_and_its_address_as_the_daemon_is() {
    let mut scene = Scene::empty(1).await;
    let port = free_port();
    scene.set("LLMTALLY__CURRENCY__REPORTING", "CHF");
    scene.set("LLMTALLY__HTTP__LISTEN", &format!("127.0.0.1:{port}"));
    scene.set("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing");
    scene.set("OPENAI_ADMIN_KEY", "sk-admin-of-a-real-vendor");
    let mut demo = Daemon::start(&mut scene.command(&["demo"])).await;
    assert_eq!(demo.address.port(), port);
    // Budgets are there from the first page on.
    eventually(async || {
        let limits = demo.page().await.samples("llmtally_budget_limit_chf", &[]);
        so(limits.len() == 3, format!("{limits:?}"))
    })
    .await;
    let feeds = demo.json("/api/v1/sync").await;
    let accounts = feeds["feeds"].as_array().unwrap().iter().map(|feed| feed["account"].as_str().unwrap().to_owned());
    let accounts: BTreeSet<String> = accounts.collect();
    assert_eq!(accounts, BTreeSet::from(["demo".to_owned()]));
    assert!(demo.stop().await.success());
}

#[tokio::test]
async fn check_config_names_every_problem_and_fails() {
    let mut scene = Scene::empty(3).await;
    scene.add("[metrics]\nmax_series = 'many'\n[colours]\nblue = 1\n[[budgets]]\nname = 'all'\nlimit = -5\n");
    scene.set("LLMTALLY__SYNC__TIME_ZONE", "Mars/Base");
    let output = scene.run(&["check-config"]).await;
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    for key in ["metrics.max_series", "colours", "budgets.0.limit", "sync.time_zone"] {
        assert!(told.lines().any(|line| line.contains(key)), "{key} is missing: {told}");
    }
    assert!(told.contains("LLMTALLY__SYNC__TIME_ZONE") && told.contains("llmtally.toml"), "{told}");
    // The daemon itself refuses it in the same way.
    let output = scene.run(&[]).await;
    assert_eq!(output.status.code(), Some(2));

    let output = Scene::new(3).await.run(&["check-config"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8(output.stdout).unwrap();
    let shown: toml::Table = toml::from_str(&told).expect("what is in effect, as TOML");
    assert_eq!(shown["sync"]["backfill_days"].as_integer(), Some(3));
    assert_eq!(shown["accounts"]["openai"]["shop"]["api_key"].as_str(), Some("***"));
}

#[tokio::test]
async fn a_command_that_could_do_nothing_says_so_before_it_starts() {
    let scene = Scene::empty(3).await;
    for (command, told) in [
        (&["sync", "--provider", "xai"][..], "--provider: no account of xai is configured"),
        (&["backfill", "--provider", "xai", "--from", "2026-01-01", "--to", "2026-01-02"], "no account of xai"),
        (&["export", "--from", "2026-01-02", "--to", "2026-01-01"], "--from: 2026-01-02 is after --to 2026-01-01"),
    ] {
        let output = scene.run(command).await;
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(told), "{said}");
    }
}

#[tokio::test]
async fn a_command_says_where_it_looked_for_a_database_that_is_away() {
    let mut scene = Scene::empty(3).await;
    let port = free_port();
    scene.set("DATABASE_URL", &format!("postgres://ada@127.0.0.1:{port}/costs"));
    let output = scene.run(&["doctor"]).await;
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains(&format!("127.0.0.1:{port} cannot be reached")), "{told}");
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[sqlx::test(migrations = false)]
async fn transcripts_are_read_once_and_priced(pool: PgPool) {
    let mut scene = Scene::empty(3).await.in_database_of(&pool);
    let transcripts = transcripts::write(&scene.place, scene.now());
    scene.add(&transcripts);
    let today = scene.today().to_string();
    let export = ["export", "--format", "json", "--from", &today, "--to", &today];
    let first = json(&scene.told(&["sync", "--once", "--json"]).await);
    assert_eq!(first["feeds"][0]["feed"]["provider"], "claude_code", "{first}");
    assert_eq!(first["feeds"][0]["result"]["rows"], CALLS.len(), "{first}");
    let rows = scene.told(&export).await;
    let second = json(&scene.told(&["sync", "--once", "--json"]).await);
    assert_eq!(second["feeds"][0]["result"]["rows"], 0, "{second}");
    assert_eq!(scene.told(&export).await, rows);

    // Dollars for a million tokens, from the vendor's list: input, read and written cache, output.
    let [input, read, write, output] =
        [(50, 1), (5, 1), (625, 2), (250, 1)].map(|(mantissa, scale)| Decimal::new(mantissa, scale));
    let worth = CALLS.iter().map(|call| {
        let usd = input * Decimal::from(call.input) + read * Decimal::from(call.cache_read);
        usd + write * Decimal::from(call.cache_write) + output * Decimal::from(call.output)
    });
    let worth = worth.sum::<Decimal>() / Decimal::from(1_000_000);
    let rows = json(&rows);
    let rows = rows.as_array().expect("rows");
    assert!(rows.iter().all(|row| row["model"] == "claude-opus-4-5"), "{rows:?}");
    let estimated = rows.iter().filter(|row| !row["estimated_usd"].is_null()).map(|row| amount(&row["estimated_usd"]));
    assert_eq!(estimated.sum::<Decimal>().normalize(), worth.normalize(), "{rows:?}");
}

#[sqlx::test(migrations = false)]
async fn a_run_of_a_feed_is_one_line_of_the_log(pool: PgPool) {
    let scene = Scene::new(2).await.in_database_of(&pool);
    let output = scene.run(&["sync", "--once", "--json"]).await;
    let told = json(std::str::from_utf8(&output.stdout).unwrap());
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let feeds = told["feeds"].as_array().unwrap().iter().map(|ran| &ran["feed"]);
    let mut ran: Vec<String> = feeds
        .map(|feed| format!("{}/{} {}", word(&feed["provider"]), word(&feed["account"]), word(&feed["feed"])))
        .collect();
    let log = String::from_utf8(output.stderr).unwrap();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let about_feeds = lines.filter(|line| line["level"] == "INFO" && !line["feed"].is_null());
    let mut said: Vec<String> = about_feeds
        .inspect(|line| assert_eq!(line["message"], "synced", "{line}"))
        .map(|line| format!("{} {}", word(&line["account"]), word(&line["feed"])))
        .collect();
    ran.sort();
    said.sort();
    assert!(ran.len() > 10, "{told}");
    assert_eq!(said, ran);
}

#[sqlx::test(migrations = false)]
async fn an_export_adds_up_to_what_the_api_tells_and_named_days_can_be_fetched_again(pool: PgPool) {
    let mut scene = Scene::new(6).await.in_database_of(&pool);
    scene.set("LLMTALLY__HTTP__TOKEN", "open sesame");
    let window = Window::new(scene.today().minus(6), scene.today().minus(2)).expect("days");
    let (from, to) = (window.first().to_string(), window.last().to_string());
    let told = json(&scene.told(&["backfill", "--from", &from, "--to", &to, "--json"]).await);
    let feeds = told["feeds"].as_array().expect("feeds");
    assert!(feeds.len() > 10 && feeds.iter().all(|feed| feed["result"]["error"].is_null()), "{told}");

    let csv = scene.told(&["export", "--from", &from, "--to", &to]).await;
    let rows = scene.told(&["export", "--format", "json", "--from", &from, "--to", &to]).await;
    let rows = json(&rows);
    let spent = |category: &str| ["usage", "credit", "fee"].contains(&category);
    let in_json: Decimal = rows
        .as_array()
        .expect("rows")
        .iter()
        .filter(|row| spent(row["category"].as_str().expect("a category")) && !row["amount_usd"].is_null())
        .map(|row| amount(&row["amount_usd"]))
        .sum();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let column =
        |name: &str, headers: &csv::StringRecord| headers.iter().position(|header| header == name).expect("a column");
    let headers = reader.headers().unwrap().clone();
    let (category, usd) = (column("category", &headers), column("amount_usd", &headers));
    let in_csv: Decimal = reader
        .records()
        .map(Result::unwrap)
        .filter(|row| spent(&row[category]) && !row[usd].is_empty())
        .map(|row| row[usd].parse::<Decimal>().expect("a decimal"))
        .sum();
    let owed: Decimal = window
        .days()
        .flat_map(|day| Vendor::ALL.map(|vendor| (day, vendor)))
        .filter(|(day, _)| is_final(&scene.sandbox, *day))
        .map(|(day, vendor)| scene.sandbox.bill(vendor, day).expect("a day of business"))
        .sum();
    assert_eq!(in_json.normalize(), in_csv.normalize());

    let mut daemon = scene.serve().await;
    daemon.until_ready().await;
    let answer = daemon.json(&format!("/api/v1/spend?from={from}&to={}", window.end())).await;
    // The API rounds to a trillionth of a dollar.
    let in_json = in_json.round_dp_with_strategy(12, RoundingStrategy::MidpointAwayFromZero);
    assert_eq!(amount(&answer["total"]["spend"]).normalize(), in_json.normalize());
    let settled = ledger(&daemon, window).await;
    let bill = bill(&scene.sandbox, window);
    assert_eq!(bill.values().sum::<Decimal>().normalize(), owed.normalize());
    for (day, amount) in &bill {
        assert_eq!(settled.get(day), Some(amount), "{day:?}");
    }

    let ask = |token: Option<&str>| {
        let request = daemon.request(Method::POST, "/api/v1/sync?provider=anthropic");
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    };
    assert_eq!(ask(None).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(ask(Some("open says me")).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    let answer = ask(Some("open sesame")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    assert_eq!(json(&answer.text().await.unwrap())["woken_feeds"], 5);
    assert!(daemon.stop().await.success());
}

#[sqlx::test(migrations = false)]
async fn a_failing_account_fails_the_sync_and_is_named_while_the_others_are_synced(pool: PgPool) {
    let mut scene = Scene::empty(3).await.in_database_of(&pool);
    scene.add_anthropic();
    let address = scene.sandbox.address();
    scene.add(&format!("[accounts.anthropic.old]\napi_key = 'sk-ant-admin01-old'\nbase_url = 'http://{address}'"));
    let output = scene.run(&["sync", "--once", "--json"]).await;
    assert_eq!(output.status.code(), Some(1));
    let told = json(&String::from_utf8(output.stdout).unwrap());
    for feed in told["feeds"].as_array().expect("feeds") {
        let expected = if feed["feed"]["account"] == "old" { Value::from("unauthorized") } else { Value::Null };
        assert_eq!(feed["result"]["reason"], expected, "{feed}");
    }
}

#[tokio::test]
async fn a_running_daemon_is_healthy_and_the_doctor_looks_at_its_database() {
    let mut scene = Scene::empty(3).await.in_private();
    scene.set("LLMTALLY__HTTP__LISTEN", &format!("127.0.0.1:{}", free_port()));
    let nobody = scene.run(&["healthcheck"]).await;
    assert_eq!(nobody.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("nobody answers"));
    let mut daemon = scene.serve().await;
    scene.told(&["healthcheck"]).await;
    daemon.until_ready().await;
    let refused = daemon.request(Method::POST, "/api/v1/sync").bearer_auth("anything").send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::FORBIDDEN, "nobody has set a token");
    let busy = scene.run(&["doctor"]).await;
    assert_eq!(busy.status.code(), Some(1), "a second process took the private database");
    assert!(daemon.stop().await.success());

    let report = json(&scene.told(&["doctor", "--json"]).await);
    let rows = report["rows"].as_array().expect("rows");
    assert!(!rows.is_empty() && rows.iter().all(|row| row["good"] == true), "{report}");
    assert!(report["psql"].as_str().expect("a hint").contains("psql "), "{report}");
    eventually(async || so(scene.run(&["healthcheck"]).await.status.code() == Some(1), "somebody answers")).await;
}
