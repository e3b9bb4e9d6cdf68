//! The daemon's spans as a collector gets them, and what happens where there is no good one.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends at the first surprise")]

mod sink;
mod vendor;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::time::Duration;

use sqlx::{ConnectOptions, PgPool};

use self::sink::{Mail, Mood, Seen, Sink};
use self::vendor::Vendor;

/// Nothing here takes nearly as long.
const PATIENCE: Duration = Duration::from_secs(120);
const HEADER_SECRET: &str = "hush-4711";
const INTERNAL: i32 = 1;
const CLIENT: i32 = 3;
const ERROR: i32 = 2;

/// What a run of `llmtally sync` came to.
struct Outcome {
    success: bool,
    log: String,
    database: String,
}

/// Runs the real program once over the last days of the vendor.
async fn sync(pool: &PgPool, vendor: &Vendor, endpoint: &str) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let config = format!(
        "[sync]\nbackfill_days = 1\n[prices]\nrefresh = \"off\"\n[telemetry]\notlp_headers_file = {:?}\n\
         [accounts.anthropic.lab]\napi_key_file = {:?}\nbase_url = \"http://{}\"\n",
        path("headers"),
        path("key"),
        vendor.address,
    );
    fs::write(path("llmtally.toml"), config).unwrap();
    fs::write(path("headers"), format!("authorization=Bearer%20{HEADER_SECRET}")).unwrap();
    fs::write(path("key"), &vendor.key).unwrap();
    let database = pool.connect_options().to_url_lossy().to_string();
    let mut child = Command::new(env!("CARGO_BIN_EXE_llmtally"))
        .arg("--config")
        .arg(path("llmtally.toml"))
        .args(["sync", "--json"])
        .env_clear()
        .env("DATABASE_URL", &database)
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        .env("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(path("log")).unwrap())
        .spawn()
        .unwrap();
    let ended = async {
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let status = tokio::time::timeout(PATIENCE, ended).await;
    let log = fs::read_to_string(path("log")).unwrap();
    let Ok(status) = status else {
        child.kill().unwrap();
        panic!("the sync does not end:\n{log}");
    };
    Outcome { success: status.success(), log, database }
}

fn named<'a>(spans: &'a [Seen], name: &str) -> Vec<&'a Seen> {
    spans.iter().filter(|span| span.name == name).collect()
}

fn keys(span: &Seen) -> BTreeSet<&str> {
    span.numbers.keys().chain(span.texts.keys()).map(String::as_str).collect()
}

#[sqlx::test]
async fn a_sync_arrives_as_runs_with_their_requests_and_what_they_stored(pool: PgPool) {
    let (vendor, sink) = (Vendor::start().await, Sink::start(Mood::Takes).await);
    let outcome = sync(&pool, &vendor, &format!("http://{}", sink.address)).await;
    assert!(!outcome.success, "the users were refused");
    assert!(outcome.log.contains("sync failed"), "{}", outcome.log);
    assert!(!outcome.log.contains("sync_run"), "spans change no log line: {}", outcome.log);

    let stored: i64 = sqlx::query_scalar("SELECT count(*) FROM cost_records").fetch_one(&pool).await.unwrap();
    assert!(stored > 0, "nothing was synced:\n{}", outcome.log);

    let mail = sink.mail.lock().unwrap();
    let spans = mail.spans();
    let runs = named(&spans, "sync_run");
    assert!(runs.iter().all(|run| run.parent.is_empty() && run.kind == INTERNAL));
    assert!(runs.iter().all(|run| run.text("provider") == "anthropic" && run.text("account") == "lab"));

    let costs = runs.iter().find(|run| run.text("feed") == "costs").unwrap();
    assert_eq!(
        keys(costs),
        ["account", "changed_days", "feed", "held_days", "outcome", "provider", "rows", "windows"].into()
    );
    assert_eq!((costs.text("outcome"), costs.numbers["rows"], costs.status), ("synced", stored, 0));
    let below = |parent: &Seen, name| {
        let spans = named(&spans, name).into_iter();
        spans.filter(|span| span.parent == parent.id && span.trace == parent.trace).collect::<Vec<_>>()
    };
    let replaced = below(costs, "store_replace");
    assert_eq!(i64::try_from(replaced.len()).unwrap(), costs.numbers["windows"]);
    assert_eq!(replaced.iter().map(|span| span.numbers["rows"]).sum::<i64>(), stored);

    let requests = below(costs, "provider_request");
    assert!(requests.iter().all(|request| request.kind == CLIENT && request.text("path").ends_with("cost_report")));
    let attempt = |number| requests.iter().find(|request| request.numbers["attempt"] == number).unwrap();
    assert_eq!((attempt(1).text("status"), attempt(1).status), ("503", ERROR));
    assert_eq!((attempt(2).text("status"), attempt(2).status), ("200", 0));
    assert_eq!(keys(attempt(2)), ["account", "attempt", "path", "provider", "status"].into());

    let names = runs.iter().find(|run| run.text("feed") == "directory").unwrap();
    assert_eq!((names.text("outcome"), names.status), ("unauthorized", ERROR));
    let askers: Vec<_> = [named(&spans, "sync_run"), named(&spans, "account_identity")].concat();
    let asked = named(&spans, "provider_request").into_iter().all(|span| askers.iter().any(|of| of.id == span.parent));
    assert!(asked, "every request belongs to a run, or to the question whose an account is");
    let rebuilt = named(&spans, "ledger_rebuild");
    assert!(rebuilt.iter().any(|span| span.numbers["days"] > 0 && span.numbers["rows"] > 0), "{rebuilt:?}");
    assert!(spans.iter().all(|span| span.events == 0), "log lines are not sent");

    secrets_stay_here(&mail, &vendor, &outcome);
    let knocks = vendor.headers.lock().unwrap();
    assert!(knocks.iter().all(|headers| !headers.contains_key("traceparent") && !headers.contains_key("tracestate")));
}

fn secrets_stay_here(mail: &Mail, vendor: &Vendor, outcome: &Outcome) {
    for resource in mail.resources() {
        assert_eq!(resource["service.name"], "llmtally");
        assert_eq!(resource["service.version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(resource["deployment.environment.name"], "test");
    }
    assert!(!mail.bodies.is_empty());
    assert!(mail.headers.iter().all(|headers| headers["authorization"] == format!("Bearer {HEADER_SECRET}")));
    let bodies = mail.bodies.iter().map(|body| String::from_utf8_lossy(body).into_owned());
    for text in bodies.chain([outcome.log.clone()]) {
        for secret in [HEADER_SECRET, &vendor.key, &outcome.database] {
            assert!(!text.contains(secret), "a secret got out");
        }
    }
}

/// Lines about the collector, and how many costs are stored.
async fn beside(pool: &PgPool, endpoint: &str) -> (usize, i64) {
    let vendor = Vendor::start().await;
    let outcome = sync(pool, &vendor, endpoint).await;
    let lines = outcome.log.lines().filter(|line| line.contains("does not take spans")).count();
    let stored = sqlx::query_scalar("SELECT count(*) FROM cost_records").fetch_one(pool).await.unwrap();
    assert!(outcome.log.contains("ledger rebuilt"), "{}", outcome.log);
    (lines, stored)
}

#[sqlx::test]
async fn a_collector_that_is_away_costs_one_line(pool: PgPool) {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (lines, stored) = beside(&pool, &format!("http://{gone}")).await;
    assert_eq!(lines, 1);
    assert!(stored > 0);
}

#[sqlx::test]
async fn a_collector_that_refuses_costs_one_line(pool: PgPool) {
    let sink = Sink::start(Mood::Refuses).await;
    let (lines, stored) = beside(&pool, &format!("http://{}", sink.address)).await;
    assert_eq!(lines, 1);
    assert!(stored > 0);
    assert!(!sink.mail.lock().unwrap().bodies.is_empty(), "nothing was sent");
}

#[sqlx::test]
async fn a_collector_that_hangs_keeps_nobody_waiting(pool: PgPool) {
    let sink = Sink::start(Mood::Hangs).await;
    let (lines, stored) = beside(&pool, &format!("http://{}", sink.address)).await;
    assert!(lines <= 1, "{lines} lines");
    assert!(stored > 0);
    assert!(!sink.mail.lock().unwrap().bodies.is_empty(), "nothing was sent");
}
