use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use flate2::read::GzDecoder;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

mod doors;

use super::*;
use crate::domain::money::Currency;
use crate::domain::names::{AccountName, FeedName, Provider};
use crate::domain::period::Day;
use crate::metrics::update::UpdateError;
use crate::metrics::{Settings, registry};
use crate::store::reporting::fixtures::{Row, account, feed, instant, project_name, restatement, spend};
use crate::store::reporting_rates::Switch;
use crate::sync::leases::Leases;

struct App {
    address: SocketAddr,
    state: ApiState,
    wake: Arc<Notify>,
    stop: CancellationToken,
    server: JoinHandle<()>,
}

struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Reply {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The values of a header, one for each time that it was sent.
    fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(sent, _)| sent == name).map(|(_, value)| value.as_str()).collect()
    }

    fn header(&self, name: &str) -> &str {
        self.all(name)[0]
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl App {
    async fn start(pool: PgPool) -> Self {
        Self::with(pool, |_| ()).await
    }

    async fn with(pool: PgPool, change: impl FnOnce(&mut ApiState)) -> Self {
        let wake = Arc::new(Notify::new());
        let name = |provider| AccountName { provider, account: "default".to_owned() };
        let feeds = vec![
            (name(Provider::OpenAi), FeedName("costs"), wake.clone()),
            (name(Provider::Anthropic), FeedName("costs"), Arc::new(Notify::new())),
        ];
        let store = Store::new(pool);
        let publisher = Publisher::new(registry(), 100).unwrap();
        publisher.set_leader(true).unwrap();
        let mut state = ApiState {
            publisher: Arc::new(publisher),
            readiness: Readiness::default(),
            sync: Handle::new(feeds, Leases::new(store.clone()).0),
            store,
            clock: Clock::fixed(instant("2026-11-22T06:00:00Z")),
            keys: Keys::default().with_refresh(None, || Ok("open sesame".into())).unwrap(),
            tls: false,
            timeout: Duration::from_secs(30),
        };
        change(&mut state);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let door = Door { listener, tls: None, limits: Limits::default() };
        let server = tokio::spawn(serve(door, router(state.clone()), stop.clone()));
        Self { address, state, wake, stop, server }
    }

    /// What the sync task does after a change of the ledger.
    async fn publish(&self) -> Result<(), UpdateError> {
        let ApiState { publisher, store, clock, .. } = &self.state;
        publisher.update(store, &Arc::new(Settings::default()), clock.now()).await
    }

    async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[]).await
    }

    async fn send(&self, method: &str, path: &str, headers: &[&str]) -> Reply {
        let (address, method) = (self.address, method.to_owned());
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        let request = format!("{method} {path} HTTP/1.1\r\nhost: llmtally\r\nconnection: close\r\n{headers}\r\n");
        tokio::task::spawn_blocking(move || exchange(address, &request)).await.unwrap()
    }
}

fn exchange(address: SocketAddr, request: &str) -> Reply {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    let head = std::str::from_utf8(&answer[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers =
        lines.map(|line| line.split_once(": ").unwrap()).map(|(name, value)| (name.to_owned(), value.to_owned()));
    Reply { status, headers: headers.collect(), body: answer[end + 4..].to_vec() }
}

async fn some_spend(pool: &PgPool) {
    let id = account(pool, "openai", "default").await;
    project_name(pool, id, "proj_1", "Chat").await;
    let usage = Row { account: id, project: Some("proj_1"), model: Some("gpt-5"), ..Row::default() };
    for row in [
        Row { amount: "0.10", meter: Some("input"), quantity: "1000", provisional: true, ..usage.clone() },
        Row { amount: "0.20", meter: Some("output"), quantity: "500", ..usage.clone() },
        Row { amount: "7", day: "2026-11-01", ..usage.clone() },
        Row { amount: "100", day: "2026-10-31", model: Some("gpt-4"), ..usage.clone() },
        Row { amount: "3", category: "tax", ..usage },
    ] {
        spend(pool, row).await;
    }
    feed(pool, id, "costs", &["2026-11-21", "2026-11-22"], "2026-11-22T05:00:00Z", None).await;
    restatement(pool, id, "USD", "1", "1.5").await;
}

#[sqlx::test]
async fn rows_of_the_ledger_become_a_page(pool: PgPool) {
    some_spend(&pool).await;
    let app = App::start(pool).await;
    app.publish().await.unwrap();
    let page = app.get("/metrics").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/plain; version=0.0.4; charset=utf-8"));
    for line in [
        r#"llmtally_spend_today_usd{provider="openai",account="default",project="proj_1",model="gpt-5"} 0.3"#,
        r#"llmtally_spend_today_usd{provider="openai",account="default",project="proj_1",model="gpt-4"} 0.0"#,
        r#"llmtally_spend_month_to_date_usd{provider="openai",account="default",project="proj_1",model="gpt-5"} 7.3"#,
        r#"llmtally_spend_previous_month_usd{provider="openai",account="default",project="proj_1",model="gpt-4"} 100.0"#,
        r#"llmtally_spend_provisional_month_to_date_usd{provider="openai",account="default"} 0.1"#,
        r#"llmtally_billed_month_to_date_usd{provider="openai",account="default"} 7.2"#,
        r#"llmtally_project_info{provider="openai",account="default",project="proj_1",project_name="Chat"} 1"#,
        r#"llmtally_restated_usd_total{provider="openai",account="default",direction="up"} 0.5"#,
    ] {
        assert!(page.text().lines().any(|found| found == line), "{line}\n{}", page.text());
    }
    let open = app.send("GET", "/metrics", &["accept: application/openmetrics-text;version=1.0.0"]).await;
    assert_eq!(open.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(open.text().ends_with("# EOF\n"));
    for _ in 0..2 {
        let small = app.send("GET", "/metrics", &["accept-encoding: gzip"]).await;
        assert_eq!((small.status, small.header("content-encoding")), (200, "gzip"));
        let mut text = String::new();
        GzDecoder::new(&small.body[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text, page.text());
    }
}

#[sqlx::test]
async fn a_scrape_does_without_the_database(pool: PgPool) {
    some_spend(&pool).await;
    let app = App::start(pool.clone()).await;
    app.publish().await.unwrap();
    let before = app.get("/metrics").await;
    pool.close().await;
    assert_eq!(app.get("/metrics").await.body, before.body);
    assert!(matches!(app.publish().await, Err(UpdateError::Read(_))));
    let down = before.text().replace("\nllmtally_database_up 1\n", "\nllmtally_database_up 0\n");
    assert_ne!(before.text(), down);
    assert_eq!(app.get("/metrics").await.text(), down);
    for path in ["/api/v1/spend", "/api/v1/sync"] {
        let failed = app.get(path).await;
        assert_eq!((failed.status, &failed.json()["error"]["code"]), (503, &json!("database_unavailable")));
    }
}

#[sqlx::test]
async fn spend_is_told_to_the_digit(pool: PgPool) {
    some_spend(&pool).await;
    let app = App::start(pool).await;
    assert_eq!(
        app.get("/api/v1/spend?group_by=model,project").await.json(),
        json!({
            "from": "2026-11-01", "to": "2026-11-23", "currency": "USD", "group_by": ["model", "project"],
            "rows": [{
                "model": "gpt-5", "project": "proj_1", "project_name": "Chat",
                "spend": "7.3", "provisional": "0.1", "billed": "7.2", "unconverted_rows": 0,
            }],
            "total": {"spend": "7.3", "provisional": "0.1", "billed": "7.2", "unconverted_rows": 0},
        })
    );
    let days =
        app.get("/api/v1/spend?from=2026-10-01&to=2026-11-22&group_by=day,month&provider=openai&project=Chat").await;
    let rows: Vec<_> = days.json()["rows"].as_array().unwrap().iter().map(|row| row["day"].clone()).collect();
    assert_eq!(rows, ["2026-10-31", "2026-11-01"], "`to` is left out");
    assert_eq!(days.json()["rows"][0]["month"], "2026-10");
    let none = app.get("/api/v1/spend?provider=anthropic&provider=claude_code").await.json();
    assert_eq!(none["total"]["spend"], "0");
}

#[sqlx::test]
async fn an_answer_without_end_is_refused(pool: PgPool) {
    let id = account(&pool, "openai", "default").await;
    spend(&pool, Row { account: id, amount: "1", ..Row::default() }).await;
    let app = App::start(pool.clone()).await;
    for (rows, status) in [(9_999, 200), (10_000, 400)] {
        sqlx::query!(
            "INSERT INTO spend (day, account_id, seq, model, category, billing, basis, provisional, quantity, currency,
                                amount, billed, comparable, unpriced)
             SELECT '2026-11-22', $1, n, 'model-' || n, 'usage', 'metered', 'billed', false, 0, 'USD', 0, 0, false, false
             FROM generate_series(1, $2) AS n
             ON CONFLICT DO NOTHING",
            id,
            rows,
        )
        .execute(&pool)
        .await
        .unwrap();
        assert_eq!(app.get("/api/v1/spend?group_by=model").await.status, status);
    }
    assert_eq!(app.get("/api/v1/spend").await.json()["total"]["spend"], "1");
}

#[sqlx::test]
async fn every_error_has_the_same_shape(pool: PgPool) {
    let app = App::start(pool).await;
    for (method, path, status, code) in [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/metrics/", 404, "not_found"),
        ("POST", "/metrics", 405, "method_not_allowed"),
        ("DELETE", "/api/v1/sync", 405, "method_not_allowed"),
        ("GET", "/api/v1/spend?form=2026-11-01", 400, "bad_query"),
        ("GET", "/api/v1/spend?from=yesterday", 400, "bad_query"),
        ("GET", "/api/v1/spend?from=-9999-01-01", 400, "bad_query"),
        ("GET", "/api/v1/spend?from=%2B99999-01-01", 400, "bad_query"),
        ("GET", "/api/v1/spend?from=2026-11-02&to=2026-11-02", 400, "bad_query"),
        ("GET", "/api/v1/spend?from=2020-01-01&to=2026-11-02", 400, "bad_query"),
        ("GET", "/api/v1/spend?from=2026-11-01&from=2026-11-02", 400, "bad_query"),
        ("GET", "/api/v1/spend?group_by=provider,colour", 400, "bad_query"),
        ("GET", "/api/v1/spend?model=%00", 400, "bad_query"),
        ("GET", "/api/v1/spend?model=", 400, "bad_query"),
        ("GET", "/api/v1/sync?provider=openai", 400, "bad_query"),
    ] {
        let reply = app.send(method, path, &[]).await;
        let body = reply.json();
        assert_eq!((reply.status, &body["error"]["code"]), (status, &json!(code)), "{method} {path}");
        assert!(body["error"]["message"].is_string() && body.as_object().unwrap().len() == 1, "{body}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{method} {path}");
    }
    assert_eq!(app.send("POST", "/metrics", &[]).await.header("allow"), "GET,HEAD");
    let unknown = app.get("/api/v1/spend?form=x").await.json();
    assert_eq!(unknown["error"]["hint"], "allowed are from, to, group_by, provider, account, project, model");
}

#[sqlx::test]
async fn refreshing_takes_the_token(pool: PgPool) {
    let app = App::start(pool.clone()).await;
    for wrong in [
        &[][..],
        &["authorization: Bearer open"],
        &["authorization: Basic open sesame"],
        &["authorization: open sesame"],
    ] {
        let reply = app.send("POST", "/api/v1/sync", wrong).await;
        assert_eq!((reply.status, &reply.json()["error"]["code"]), (401, &json!("unauthorized")));
    }
    let right = &["authorization: bearer open sesame"];
    assert_eq!(app.send("POST", "/api/v1/sync?provider=acme", right).await.status, 400);
    let reply = app.send("POST", "/api/v1/sync?provider=openai", right).await;
    assert_eq!((reply.status, reply.json()), (202, json!({"woken_feeds": 1})));
    app.wake.notified().await;
    assert_eq!(app.send("POST", "/api/v1/sync", right).await.json(), json!({"woken_feeds": 2}));

    let closed = App::with(pool, |state| state.keys = Keys::default()).await;
    for headers in [&right[..], &["authorization: Bearer "], &[]] {
        assert_eq!(closed.send("POST", "/api/v1/sync", headers).await.status, 403);
    }
}

#[sqlx::test]
async fn the_status_of_feeds_is_open_to_readers(pool: PgPool) {
    some_spend(&pool).await;
    let id = account(&pool, "anthropic", "default").await;
    feed(&pool, id, "costs", &[], "2026-11-22T05:30:00Z", Some("unauthorized")).await;
    let status = App::start(pool).await.get("/api/v1/sync").await.json();
    assert_eq!(status["now"], "2026-11-22T06:00:00Z");
    let [failed, good] = status["feeds"].as_array().unwrap().as_slice() else { panic!("{status}") };
    assert_eq!((&failed["ok"], &failed["failure_reason"]), (&json!(false), &json!("unauthorized")));
    assert_eq!((&good["ok"], &good["days"], &good["last_day"]), (&json!(true), &json!(2), &json!("2026-11-22")));
    assert_eq!(good["last_success_at"], "2026-11-22T05:00:00Z");
}

#[sqlx::test]
async fn readiness_tells_what_is_in_the_way(pool: PgPool) {
    let app = App::start(pool).await;
    let readiness = &app.state.readiness;
    assert_eq!(app.get("/-/ready").await.status, 200);
    let first_sync = readiness.latch("first_sync", "2 feeds have not answered yet");
    readiness.hold("database", "does not answer");
    let reply = app.get("/-/ready").await;
    assert_eq!(reply.status, 503);
    let error =
        json!({"code": "not_ready", "message": "database: does not answer; first_sync: 2 feeds have not answered yet"});
    assert_eq!(reply.json(), json!({"error": error}));
    assert_eq!(app.get("/-/healthy").await.status, 200);
    drop(first_sync);
    readiness.release("database");
    assert_eq!(app.get("/-/ready").await.text(), "ok\n");
}

#[sqlx::test]
async fn the_landing_page_leads_to_routes_that_exist(pool: PgPool) {
    let app = App::start(pool).await;
    let home = app.get("/").await;
    assert!(home.header("content-type").starts_with("text/html"));
    assert!(home.text().contains(env!("CARGO_PKG_VERSION")));
    let links: Vec<&str> = home.text().split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(links.contains(&"/metrics"));
    for link in links {
        assert_eq!(app.get(link).await.status, 200, "{link}");
    }
    assert!(app.send("HEAD", "/metrics", &[]).await.body.is_empty());
}

#[sqlx::test]
async fn the_landing_page_shows_the_month_and_answers_without_a_database(pool: PgPool) {
    let app = App::start(pool.clone()).await;
    assert!(app.get("/").await.text().contains("No feed has run yet."));
    some_spend(&pool).await;
    let page = app.get("/").await;
    for part in [
        "<td>openai<td>$0.30<td>$7.30<td>$0.10\n",
        "<td>Together<td>$0.30<td>$7.30<td>$0.10\n",
        "The one feed is up to date.",
    ] {
        assert!(page.text().contains(part), "{part}\n{}", page.text());
    }
    let rates: Vec<(Day, Decimal)> = (1..=30).map(|of| (Day::from_ymd(2026, 11, of).unwrap(), Decimal::TWO)).collect();
    app.state.store.report_in(Currency::EUR, &rates, Switch::Allowed).await.unwrap();
    let euros = app.get("/").await;
    assert!(euros.text().contains("<td>openai<td>€0.60<td>€14.60<td>€0.20\n"), "{}", euros.text());
    let answer = app.get("/api/v1/spend").await.json();
    assert_eq!((&answer["currency"], &answer["total"]["spend"]), (&json!("EUR"), &json!("14.6")));
    pool.close().await;
    let page = app.get("/").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("The figures are not there") && page.text().contains("href=\"/metrics\""));
}

#[sqlx::test]
async fn a_page_in_another_currency_than_the_sums_is_not_made(pool: PgPool) {
    let app = App::start(pool.clone()).await;
    some_spend(&pool).await;
    app.publish().await.unwrap();
    let before = app.get("/metrics").await.text().to_owned();
    assert!(before.contains("llmtally_spend_today_usd{"));
    app.state.store.report_in(Currency::EUR, &[], Switch::Allowed).await.unwrap();
    let error = app.publish().await.unwrap_err();
    assert!(matches!(error, UpdateError::OtherCurrency { wanted: Currency::USD, found: Currency::EUR }), "{error}");
    assert_eq!(app.get("/metrics").await.text(), before);
}

#[sqlx::test]
async fn a_request_that_waits_too_long_is_answered(pool: PgPool) {
    let app = App::with(pool.clone(), |state| state.timeout = Duration::ZERO).await;
    // The answer would otherwise be there before a clock that ticks in milliseconds.
    let mut busy = pool.begin().await.unwrap();
    sqlx::query("LOCK TABLE spend").execute(&mut *busy).await.unwrap();
    let reply = app.get("/api/v1/spend").await;
    busy.rollback().await.unwrap();
    assert_eq!((reply.status, &reply.json()["error"]["code"]), (504, &json!("timeout")));
    assert_eq!(app.get("/-/healthy").await.status, 200);
}

#[sqlx::test]
async fn a_stop_lets_running_requests_end(pool_options: PgPoolOptions, options: PgConnectOptions) {
    let pool = pool_options.max_connections(1).connect_with(options).await.unwrap();
    let app = App::start(pool.clone()).await;
    let only_connection = pool.acquire().await.unwrap();
    let (stop, address) = (app.stop.clone(), app.address);
    let publisher = &app.state.publisher;
    let at_rest = Arc::strong_count(publisher);
    let request = async { app.get("/api/v1/sync").await };
    let stopping = async {
        // A request that runs holds a copy of the state.
        while Arc::strong_count(publisher) == at_rest {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stop.cancel();
        while TcpStream::connect(address).is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        drop(only_connection);
    };
    let (reply, ()) = tokio::join!(request, stopping);
    assert_eq!(reply.status, 200);
    app.server.await.unwrap();
}
