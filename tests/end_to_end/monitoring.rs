//! What Prometheus and Alertmanager make of a running daemon.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};

use reqwest::Method;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use sqlx::PgPool;

use crate::support::alertmanager::Alertmanager;
use crate::support::bill::amount;
use crate::support::page::{Page, Series};
use crate::support::prometheus::Prometheus;
use crate::support::scene::Scene;
use crate::support::sink::Sink;
use crate::support::transcripts;
use crate::support::wait::{eventually, so};

/// A plan's fee is spend from the first minute of a month on, when the vendors have none yet.
const PLAN: &str = "[[plans]]\nname = 'Max'\nprovider = 'claude_code'\naccount = 'team'\nmonthly_price = 200\n";

/// A small company with a plan, already synced; its feeds then rest for an hour.
pub(crate) async fn synced(pool: &PgPool) -> Scene {
    let mut scene = Scene::new(4).await.in_database_of(pool);
    let transcripts = transcripts::write(&scene.place, scene.now());
    scene.add(&transcripts);
    scene.add(PLAN);
    scene.told(&["sync", "--once"]).await;
    scene
}

/// A balance that falls, and a quota that is used up before it starts again.
pub(crate) const READINGS: &str = "
    INSERT INTO snapshots (taken_at, account_id, feed, scope, kind, unit, value, quota_limit, resets_at)
    SELECT now() - ago * INTERVAL '1 hour', a.id, 'balance', '', kind, unit, level + pace * ago, quota, now() + INTERVAL '9 days'
    FROM (SELECT min(id) AS id FROM accounts) a, generate_series(0, 4) AS ago,
         (VALUES ('balance', 'USD', 80, 5, NULL::numeric), ('quota', 'characters', 900, -50, 1000))
             AS reading (kind, unit, level, pace, quota)";

async fn spent_this_month(scene: &Scene) -> Decimal {
    let (from, to) = (scene.today().month_start().to_string(), scene.today().to_string());
    let rows = scene.told(&["export", "--format", "json", "--from", &from, "--to", &to]).await;
    let rows: Vec<serde_json::Value> = serde_json::from_str(&rows).expect("JSON");
    rows.iter().filter(|row| !row["amount_usd"].is_null()).map(|row| amount(&row["amount_usd"])).sum()
}

#[sqlx::test(migrations = false)]
async fn prometheus_adds_up_and_alertmanager_tells_of_a_budget_that_is_nearly_spent(pool: PgPool) {
    let mut scene = synced(&pool).await;
    let limit = spent_this_month(&scene).await * Decimal::new(100, 0) / Decimal::new(88, 0);
    scene.add(&format!("[[budgets]]\nname = 'the whole team'\nlimit = '{}'\n", limit.round_dp(6)));
    let mut daemon = scene.serve().await;
    let sink = Sink::start().await;
    let alertmanager = Alertmanager::start(&scene.place, &sink.url());
    let prometheus = Prometheus::start(&scene.place, &[daemon.address], alertmanager.port);
    daemon.until_ready().await;

    for (family, from) in
        [("llmtally_spend_today_usd", scene.today()), ("llmtally_spend_month_to_date_usd", scene.today().month_start())]
    {
        eventually(async || {
            let answer = daemon.json(&format!("/api/v1/spend?from={from}&group_by=provider")).await;
            let mut ledger: Vec<(String, f64)> = Vec::new();
            for row in answer["rows"].as_array().expect("rows") {
                let provider = row["provider"].as_str().expect("a provider").to_owned();
                ledger.push((provider, amount(&row["spend"]).to_f64().expect("a number")));
            }
            let mut sums = prometheus.query(&format!("sum by (provider) ({family})"), "provider").await;
            sums.sort_by(|one, other| one.0.cmp(&other.0));
            let same =
                |(one, other): (&(String, f64), &(String, f64))| one.0 == other.0 && (one.1 - other.1).abs() < 1e-6;
            let agree = sums.len() == ledger.len() && sums.iter().zip(&ledger).all(same);
            so(agree, format!("{family}: {sums:?} in Prometheus, {ledger:?} in the ledger"))
        })
        .await;
    }

    let alert = eventually(async || {
        let letters = sink.letters();
        let alerts = letters.iter().flat_map(|letter| letter["alerts"].as_array().expect("alerts")).cloned();
        let of_budget = |alert: &serde_json::Value| alert["labels"]["alertname"] == "LlmtallyBudgetThresholdReached";
        let loud = |alert: &serde_json::Value| alert["labels"]["threshold"] == "0.8";
        alerts.filter(of_budget).find(loud).ok_or(letters)
    });
    let alert = alert.await;
    assert_eq!(alert["status"], "firing");
    assert_eq!(alert["labels"]["budget"], "the whole team");
    assert_eq!(alert["labels"]["severity"], "warning");
    let summary = alert["annotations"]["summary"].as_str().expect("a summary");
    assert!(summary.contains("the whole team") && summary.contains("80%"), "{summary}");
    let description = alert["annotations"]["description"].as_str().expect("a description");
    assert!(description.starts_with("88% of the limit is spent ("), "{description}");
    assert!(daemon.stop().await.success());
}

#[sqlx::test(migrations = false)]
async fn the_page_is_well_made_and_holds_the_families_of_the_document_and_no_other(pool: PgPool) {
    let mut scene = synced(&pool).await;
    scene.add("[[budgets]]\nname = 'everything'\nlimit = 1000\n");
    sqlx::raw_sql(READINGS).execute(&pool).await.expect("readings");
    let mut daemon = scene.serve().await;
    daemon.until_ready().await;
    let page = daemon.page().await;
    let lint = promtool(&page);
    assert!(lint.is_empty(), "{lint}");

    let (found, documented) = (families(&page), documented());
    let strange: Vec<_> = found.difference(&documented).collect();
    assert!(strange.is_empty(), "not in docs/metrics.md: {strange:?}");
    let absent: Vec<_> = documented.difference(&found).collect();
    assert!(absent.is_empty(), "not on the page: {absent:?}");

    let answer = daemon.request(Method::GET, "/metrics");
    let accept = "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5";
    let answer = answer.header("accept", accept).send().await.expect("an answer");
    let content_type = answer.headers()["content-type"].to_str().expect("a text").to_owned();
    assert!(content_type.starts_with("application/openmetrics-text; version=1.0.0"), "{content_type}");
    assert!(answer.text().await.expect("a text").ends_with("\n# EOF\n"));
    let answer = daemon.request(Method::GET, "/metrics").send().await.expect("an answer");
    assert!(answer.headers()["content-type"].to_str().expect("a text").starts_with("text/plain; version=0.0.4"));
    assert!(daemon.stop().await.success());
}

/// What there is to read of a family: its name, its type, the names of its labels and what it means.
type Read = (String, String, BTreeSet<String>, String);

/// The families of a page; each of their samples has all the labels.
fn families(page: &Page) -> BTreeSet<Read> {
    let helps: BTreeMap<&str, &str> =
        page.0.lines().filter_map(|line| line.strip_prefix("# HELP ")?.split_once(' ')).collect();
    let of_family = |series: &Series, name: &str, kind: &str| match series.name.strip_prefix(name) {
        Some(rest) if kind == "histogram" => ["_bucket", "_count", "_sum"].contains(&rest),
        rest => rest == Some(""),
    };
    let samples = page.all();
    let families = page.types().into_iter().flat_map(|(name, kind)| {
        let help = helps[name].strip_suffix('.').expect("a full stop").to_owned();
        let series = samples.keys().filter(move |series| of_family(series, name, kind));
        series.map(move |series| {
            let labels = series.labels.keys().filter(|label| *label != "le").cloned().collect();
            (name.to_owned(), kind.to_owned(), labels, help.clone())
        })
    });
    families.collect()
}

/// The families of `docs/metrics.md`.
fn documented() -> BTreeSet<Read> {
    let rows = include_str!("../../docs/metrics.md").lines().filter(|line| line.starts_with("| `llmtally_"));
    let families = rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let &[name, kind, labels, meaning] = &cells[..] else { panic!("other cells: {row}") };
        let labels = labels.split(", ").filter(|label| *label != "–").map(|label| label.trim_matches('`').to_owned());
        let help = meaning.strip_suffix(" (on each daemon)").unwrap_or(meaning);
        (name.trim_matches('`').to_owned(), kind.to_owned(), labels.collect(), help.to_owned())
    });
    families.collect()
}

/// What promtool has to complain about.
fn promtool(page: &Page) -> String {
    let mut command = Command::new("promtool");
    command.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("promtool, of Debian's package `prometheus`");
    child.stdin.take().expect("its input").write_all(page.0.as_bytes()).expect("a page");
    let output = child.wait_with_output().expect("an end");
    let words = [output.stdout, output.stderr].concat();
    let words = String::from_utf8_lossy(&words).into_owned();
    if output.status.success() { words } else { format!("{}: {words}", output.status) }
}
