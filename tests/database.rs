//! Reaching, preparing and watching a database with a real server.

use std::io::Write;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use llmtally::domain::names::{AccountName, Provider};
use llmtally::store::Store;
use llmtally::store::connect::{ConnectError, ConnectOptions, Patience};
use llmtally::store::doctor::doctor;
use llmtally::store::health::Health;
use llmtally::store::roles::Reader;
use llmtally::store::timescale::TimescaleMode;
use secrecy::SecretString;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection, Executor, PgConnection, PgPool};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

fn url_of(options: &PgConnectOptions) -> SecretString {
    options.to_url_lossy().to_string().into()
}

async fn connect(url: &SecretString, timescale: TimescaleMode) -> Result<Store, ConnectError> {
    let options = ConnectOptions { timescale, max_connections: 3, ..ConnectOptions::default() };
    let store = Store::open(url, &options)?;
    store.prepare(url, &options, Patience::Endless, &CancellationToken::new()).await?;
    Ok(store)
}

async fn feature(store: &Store, name: &str) -> Option<String> {
    let value = sqlx::query_scalar("SELECT value FROM storage_features WHERE name = $1").bind(name);
    value.fetch_optional(store.pool()).await.expect("features")
}

/// A way to the real server that can be closed: `refuse` connections are dropped before one gets through.
struct Door {
    port: u16,
    refused: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Door {
    async fn open(port: u16, target: (String, u16), refuse: usize) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let refused = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&refused);
        let task = tokio::spawn(async move {
            // Closing the door ends those who have passed it, too.
            let mut guests = JoinSet::new();
            while let Ok((mut guest, _)) = listener.accept().await {
                if count.load(Ordering::Relaxed) < refuse {
                    count.fetch_add(1, Ordering::Relaxed);
                    continue;
                }
                let target = target.clone();
                guests.spawn(async move {
                    let mut server = TcpStream::connect(target).await.expect("the real server");
                    // Whichever side hangs up first: both are done then.
                    let _ = copy_bidirectional(&mut guest, &mut server).await;
                });
            }
        });
        Self { port, refused, task }
    }

    async fn close(self) -> u16 {
        self.task.abort();
        let _ = self.task.await;
        self.port
    }
}

fn behind(door: &Door, options: &PgConnectOptions) -> SecretString {
    url_of(&options.clone().host("127.0.0.1").port(door.port))
}

fn target(options: &PgConnectOptions) -> (String, u16) {
    (options.get_host().to_owned(), options.get_port())
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("a log").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[sqlx::test]
async fn waits_for_a_server_that_comes_late_and_says_so_once(pool: PgPool) {
    let options = pool.connect_options().as_ref().clone();
    let password = options.to_url_lossy().password().expect("a server with a password").to_owned();
    let door = Door::open(0, target(&options), 4).await;
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let store = connect(&behind(&door, &options), TimescaleMode::Auto).await.unwrap();
    drop(guard);
    assert_eq!(door.refused.load(Ordering::Relaxed), 4);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert_eq!(log.matches("cannot reach the database").count(), 1, "{log}");
    assert!(log.contains(&format!("127.0.0.1:{}", door.port)), "{log}");
    assert!(!log.contains("postgres://") && !log.contains(&format!(":{password}@")), "{log}");
    store.pool().close().await;
}

#[sqlx::test]
async fn a_restart_remembers_the_rules_of_the_ledger(pool: PgPool) {
    let url = url_of(pool.connect_options().as_ref());
    sqlx::raw_sql(
        "INSERT INTO accounts (provider, name) VALUES ('openai', 'default');
         INSERT INTO ledger_days (account_id, day, built_at, settled) SELECT id, '2026-11-01', now(), true FROM accounts",
    )
    .execute(&pool)
    .await
    .unwrap();
    let first = connect(&url, TimescaleMode::Auto).await.unwrap();
    assert_eq!(first.follow_rules("these").await.unwrap(), 1);
    first.pool().close().await;
    let second = connect(&url, TimescaleMode::Auto).await.unwrap();
    let again = second.follow_rules("these").await.unwrap();
    assert_eq!(again, 0, "every start would build the whole ledger again");
    second.pool().close().await;
}

#[tokio::test]
async fn gives_up_when_the_daemon_stops_or_patience_ends() {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("postgres://ada:hunter2@127.0.0.1:{}/db", free.local_addr().unwrap().port());
    drop(free);
    let stop = CancellationToken::new();
    stop.cancel();
    let (url, options) = (url.into(), ConnectOptions::default());
    let error =
        Store::open(&url, &options).unwrap().prepare(&url, &options, Patience::Endless, &stop).await.unwrap_err();
    assert!(matches!(error, ConnectError::Stopped), "{error}");

    let (patience, stop) = (Patience::Brief(Duration::ZERO), CancellationToken::new());
    let error = Store::open(&url, &options).unwrap().prepare(&url, &options, patience, &stop).await.unwrap_err();
    assert!(matches!(error, ConnectError::Away { .. }) && !error.to_string().contains("hunter2"), "{error}");
}

#[sqlx::test]
async fn does_not_wait_for_what_somebody_has_to_mend(pool: PgPool) {
    let options = pool.connect_options().as_ref().clone();
    for wrong in [options.clone().password("hunter2"), options.clone().database("no_such_database")] {
        let error = connect(&url_of(&wrong), TimescaleMode::Auto).await.unwrap_err();
        assert!(matches!(error, ConnectError::Refused { .. }), "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

#[sqlx::test(migrations = false)]
async fn an_empty_database_is_prepared_and_connections_are_ours(pool: PgPool) {
    let options = pool.connect_options();
    let url = url_of(&options);
    // Two daemons that start at the same moment.
    let (first, second) = tokio::join!(connect(&url, TimescaleMode::Auto), connect(&url, TimescaleMode::Auto));
    let (store, other) = (first.unwrap(), second.unwrap());
    let settings: (String, String, String) = sqlx::query_as(
        "SELECT current_setting('TimeZone'), current_setting('application_name'), current_setting('statement_timeout')",
    )
    .fetch_one(store.pool())
    .await
    .unwrap();
    assert_eq!(settings, ("UTC".into(), "llmtally".into(), "1min".into()));
    sqlx::query("SELECT * FROM reporting.spend_daily").execute(other.pool()).await.unwrap();
}

#[sqlx::test]
async fn a_newer_or_an_edited_schema_is_refused(pool: PgPool) {
    let url = url_of(&pool.connect_options());
    pool.execute("UPDATE _sqlx_migrations SET checksum = '\\x00' WHERE version = 1").await.unwrap();
    let error = connect(&url, TimescaleMode::Auto).await.unwrap_err();
    assert!(matches!(error, ConnectError::Edited(1)), "{error}");
    pool.execute(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'of tomorrow', true, '\\x00', 0)",
    )
    .await
    .unwrap();
    let error = connect(&url, TimescaleMode::Auto).await.unwrap_err();
    assert!(matches!(error, ConnectError::Newer(9999)), "{error}");
}

#[sqlx::test]
async fn health_follows_the_server_down_and_up(pool: PgPool) {
    let options = pool.connect_options().as_ref().clone();
    let door = Door::open(0, target(&options), 0).await;
    let store = connect(&behind(&door, &options), TimescaleMode::Off).await.unwrap();
    let stop = CancellationToken::new();
    let mut health = store.watch_health(Duration::from_millis(20), stop.clone());
    let port = door.close().await;
    let down = health.wait_for(|health| !health.is_up()).await.unwrap().clone();
    assert!(matches!(&down, Health::Down(reason) if !reason.is_empty() && !reason.contains("postgres://")), "{down:?}");
    let _door = Door::open(port, target(&options), 0).await;
    health.wait_for(Health::is_up).await.unwrap();
    stop.cancel();
    health.wait_for(|_| false).await.expect_err("it still asks after the stop");
}

#[sqlx::test]
async fn a_plain_server_is_enough_unless_timescale_is_required(pool: PgPool) {
    let loaded = "SELECT EXISTS (SELECT FROM pg_settings WHERE name = 'timescaledb.max_background_workers')";
    let url = url_of(&pool.connect_options());
    if sqlx::query_scalar(loaded).fetch_one(&pool).await.unwrap() {
        let store = connect(&url, TimescaleMode::Require).await.unwrap();
        assert_ne!(feature(&store, "timescale").await.unwrap(), "plain");
        return;
    }
    let store = connect(&url, TimescaleMode::Auto).await.unwrap();
    assert_eq!(feature(&store, "timescale").await.unwrap(), "plain");
    assert_eq!(feature(&store, "hypertables").await, None);
    let error = connect(&url, TimescaleMode::Require).await.unwrap_err();
    assert!(error.to_string().contains("shared_preload_libraries"), "{error}");
}

/// The outcome is the same with and without TimescaleDB; with it, full tables become hypertables.
#[sqlx::test]
async fn rows_survive_the_conversion_and_replace_each_other_as_before(pool: PgPool) {
    let url = url_of(&pool.connect_options());
    let store = connect(&url, TimescaleMode::Off).await.unwrap();
    assert_eq!(feature(&store, "hypertables").await, None);
    let fill = [
        "INSERT INTO calls (at, account_id, key, billing, prompt_tokens, meters)
         SELECT timestamptz '2025-01-01Z' + n * INTERVAL '1 day', 1, 'k' || n, 'metered', n, '{}'
         FROM generate_series(1, 400) n",
        "INSERT INTO cost_records (at, account_id, feed, seq, prompt_over, category, amount, currency)
         SELECT timestamptz '2025-01-01Z' + n * INTERVAL '1 day', 1, 'costs', 0, 0, 'usage', 0.1, 'USD'
         FROM generate_series(1, 400) n",
        "INSERT INTO usage_records (at, account_id, feed, seq, role, prompt_over, meter, quantity)
         SELECT timestamptz '2025-01-01Z' + n * INTERVAL '1 day', 1, 'usage', 0, 'measured', 0, 'input', n
         FROM generate_series(1, 400) n",
        "INSERT INTO spend (day, account_id, seq, category, billing, basis, provisional, quantity, currency, amount,
                            billed, comparable, unpriced)
         SELECT date '2025-01-01' + n, 1, 0, 'usage', 'metered', 'billed', false, 1, 'USD', 0.1, 0.1, true, false
         FROM generate_series(1, 400) n",
    ];
    for statement in fill {
        store.pool().execute(statement).await.unwrap();
    }
    for _ in 0..2 {
        let store = connect(&url, TimescaleMode::Auto).await.unwrap();
        let edition = feature(&store, "timescale").await.unwrap();
        let hypertables = feature(&store, "hypertables").await;
        let expected = (edition != "plain").then(|| "calls, cost_records, spend, usage_records".to_owned());
        assert_eq!(hypertables, expected);
        for table in ["calls", "cost_records", "usage_records", "spend"] {
            let count = sqlx::query_scalar::<_, i64>(AssertSqlSafe(format!("SELECT count(*) FROM {table}")));
            assert_eq!(count.fetch_one(store.pool()).await.unwrap(), 400, "{table}");
        }
        let community = edition == "community";
        assert_eq!(feature(&store, "columnstore").await, community.then(|| "calls".to_owned()));
        if community {
            let jobs = "SELECT count(*) FROM timescaledb_information.jobs WHERE hypertable_name = 'calls'";
            assert_eq!(sqlx::query_scalar::<_, i64>(jobs).fetch_one(store.pool()).await.unwrap(), 1);
            store.pool().execute("SELECT compress_chunk(c, true) FROM show_chunks('calls') c").await.unwrap();
        }
        // A key that comes again replaces its row, compressed or not.
        let again = "INSERT INTO calls (at, account_id, key, billing, prompt_tokens, meters)
                     SELECT at, account_id, key, billing, prompt_tokens + 1, meters FROM calls
                     ON CONFLICT (account_id, key, at) DO UPDATE SET prompt_tokens = excluded.prompt_tokens";
        assert_eq!(store.pool().execute(again).await.unwrap().rows_affected(), 400);
        // A day is replaced as a whole.
        let mut tx = store.pool().begin().await.unwrap();
        let deleted = tx.execute("DELETE FROM spend WHERE account_id = 1 AND day = '2025-03-01'").await.unwrap();
        assert_eq!(deleted.rows_affected(), 1);
        tx.rollback().await.unwrap();
    }
}

/// Calls that an older version stored, with all of their units as JSON, say the same as before.
#[sqlx::test(migrations = false)]
async fn units_of_calls_move_into_columns(pool: PgPool) {
    sqlx::migrate!().run_to(10, &pool).await.unwrap();
    let url = url_of(&pool.connect_options());
    let fill = "WITH account AS (INSERT INTO accounts (provider, name) VALUES ('claude_code', 'old') RETURNING id)
         INSERT INTO calls (at, account_id, key, billing, prompt_tokens, meters)
         SELECT timestamptz '2025-01-01Z' + n * INTERVAL '1 hour', account.id, 'k' || n, 'metered', n,
                jsonb_build_object('input', n, 'cache_read', 2, 'cache_write', 3, 'cache_write_1h', 4, 'cache_write_12h', 5,
                                   'output', 6, 'output_audio', 7, 'requests', 1, 'web_searches', 8)
         FROM account, generate_series(1, 2000) n
         UNION ALL SELECT timestamptz '2025-01-01Z', account.id, 'few', 'metered', 0, '{\"output\": 9}' FROM account
         UNION ALL SELECT timestamptz '2025-01-01Z', account.id, 'most', 'metered', 0, '{\"input\": 9223372036854775807}'
                   FROM account";
    pool.execute(fill).await.unwrap();
    pool.execute("CREATE TABLE said AS SELECT * FROM reporting.logged_calls").await.unwrap();
    let timescale = "SELECT EXISTS (SELECT FROM pg_settings WHERE name = 'timescaledb.max_background_workers')";
    if sqlx::query_scalar(timescale).fetch_one(&pool).await.unwrap() {
        let compress = "CREATE EXTENSION IF NOT EXISTS timescaledb;
            SELECT create_hypertable('calls', by_range('at', INTERVAL '30 days'), migrate_data => true);
            ALTER TABLE calls SET (timescaledb.enable_columnstore, timescaledb.segmentby = 'account_id');
            SELECT compress_chunk(c) FROM show_chunks('calls') c";
        pool.execute(compress).await.unwrap();
    }
    let store = connect(&url, TimescaleMode::Auto).await.unwrap();
    let differ = "SELECT time, input::text, output::text FROM (TABLE reporting.logged_calls EXCEPT TABLE said) d";
    let differ: Vec<(DateTime<Utc>, String, String)> = sqlx::query_as(differ).fetch_all(store.pool()).await.unwrap();
    assert_eq!(differ, []);
    let rest = "SELECT meters::text, count(*) FROM calls GROUP BY 1 ORDER BY 2";
    let rest: Vec<(String, i64)> = sqlx::query_as(rest).fetch_all(store.pool()).await.unwrap();
    let others = r#"{"output_audio": 7, "web_searches": 8, "cache_write_12h": 5}"#;
    assert_eq!(rest, [("{}".to_owned(), 2), (others.to_owned(), 2_000)]);
}

/// Roles belong to the whole server: tests that run side by side must not share one.
async fn own_role(pool: &PgPool, name: &str) -> String {
    let role = sqlx::query_scalar("SELECT $1 || '_' || oid FROM pg_database WHERE datname = current_database()");
    role.bind(name).fetch_one(pool).await.expect("our database")
}

#[sqlx::test]
async fn a_reader_sees_reports_and_nothing_else(pool: PgPool) {
    let store = Store::new(pool.clone());
    let login = own_role(&pool, "reader").await;
    let password = r"it's a \ secret";
    for password in ["old", password] {
        assert_eq!(store.ensure_reader(&login, &password.into()).await.unwrap(), Reader::Ready);
    }
    // A view of a later migration.
    pool.execute("CREATE VIEW reporting.later AS SELECT count(*) AS n FROM accounts").await.unwrap();
    let options = pool.connect_options().as_ref().clone().username(&login).password(password);
    let mut reader = PgConnection::connect_with(&options).await.unwrap();
    for view in ["spend", "spend_daily", "usage_daily", "reconciliation", "sync_status", "restatements", "later"] {
        reader.execute(AssertSqlSafe(format!("SELECT * FROM reporting.{view}"))).await.unwrap();
    }
    // Read-only is the default of the role; the lack of rights holds without it as well.
    for mode in ["SET default_transaction_read_only = on", "SET default_transaction_read_only = off"] {
        reader.execute(mode).await.unwrap();
        for forbidden in [
            "SELECT * FROM spend",
            "SELECT * FROM accounts",
            "DELETE FROM reporting.spend",
            "INSERT INTO storage_features (name, value) VALUES ('b', 'c')",
            "CREATE TABLE public.mine (n integer)",
            "CREATE TABLE reporting.mine (n integer)",
        ] {
            let error = reader.execute(forbidden).await.expect_err(forbidden);
            let code = error.as_database_error().and_then(|error| error.code()).unwrap().into_owned();
            assert!(["42501", "25006", "55000"].contains(&code.as_str()), "{forbidden}: {error}");
        }
    }
    let defaults: (String, String) =
        sqlx::query_as("SELECT current_setting('default_transaction_read_only'), current_setting('statement_timeout')")
            .fetch_one(&mut PgConnection::connect_with(&options).await.unwrap())
            .await
            .unwrap();
    assert_eq!(defaults, ("on".into(), "30s".into()));
    reader.close().await.unwrap();
    pool.execute(AssertSqlSafe(format!("DROP ROLE {login}"))).await.unwrap();
}

/// As on a managed server: somebody else makes the roles, we own the views.
#[sqlx::test]
async fn without_the_right_to_make_roles_an_existing_group_still_gets_the_views(pool: PgPool) {
    let (humble, login) = (own_role(&pool, "humble").await, own_role(&pool, "reader").await);
    // Makes the group where this server has none yet.
    Store::new(pool.clone()).ensure_reader(&login, &"secret".into()).await.unwrap();
    let hand_over = format!(
        "CREATE ROLE {humble} LOGIN PASSWORD 'humble';
         ALTER SCHEMA reporting OWNER TO {humble};
         DO $$ DECLARE view text; BEGIN
             FOR view IN SELECT viewname FROM pg_views WHERE schemaname = 'reporting' LOOP
                 EXECUTE format('ALTER VIEW reporting.%I OWNER TO {humble}', view);
                 EXECUTE format('REVOKE ALL ON reporting.%I FROM llmtally_reader', view);
             END LOOP;
         END $$"
    );
    sqlx::raw_sql(AssertSqlSafe(hand_over)).execute(&pool).await.unwrap();
    let readable = "SELECT has_table_privilege('llmtally_reader', 'reporting.spend', 'SELECT')";
    assert!(!sqlx::query_scalar::<_, bool>(readable).fetch_one(&pool).await.unwrap());

    let options = pool.connect_options().as_ref().clone().username(&humble).password("humble");
    let store = Store::new(PgPool::connect_with(options).await.unwrap());
    let outcome = store.ensure_reader(&login, &"other".into()).await.unwrap();
    assert!(matches!(outcome, Reader::Skipped { .. }), "{outcome:?}");
    assert!(sqlx::query_scalar::<_, bool>(readable).fetch_one(&pool).await.unwrap());
    store.pool().close().await;
    let clean = format!(
        "REASSIGN OWNED BY {humble} TO CURRENT_USER; DROP OWNED BY {humble}; DROP ROLE {humble}; DROP ROLE {login}"
    );
    sqlx::raw_sql(AssertSqlSafe(clean)).execute(&pool).await.unwrap();
}

#[sqlx::test]
async fn the_doctor_tells_what_is_wrong(pool: PgPool) {
    let store = connect(&url_of(&pool.connect_options()), TimescaleMode::Auto).await.unwrap();
    let report = doctor(&store).await.unwrap();
    let row = |name: &str| report.rows.iter().find(|row| row.name == name).unwrap_or_else(|| panic!("no row {name}"));
    assert!(row("server").value.starts_with("PostgreSQL 1"));
    assert!(row("migrations").good);
    assert!(row("timescale").good);
    assert!(!row("connection").value.contains("://"));
    assert!(report.rows.iter().any(|row| row.name == "table spend"));
    pool.execute("DELETE FROM _sqlx_migrations").await.unwrap();
    let migrations = doctor(&store).await.unwrap().rows.into_iter().find(|row| row.name == "migrations").unwrap();
    assert!(!migrations.good, "{}", migrations.value);
}

#[sqlx::test]
async fn an_account_leaves_only_when_told_and_comes_back_to_a_new_ledger(pool: PgPool) {
    let store = Store::new(pool.clone());
    let [stays, leaves] =
        ["stays", "leaves"].map(|name| AccountName { provider: Provider::OpenAi, account: name.to_owned() });
    let both = [stays.clone(), leaves.clone()];
    store.register_accounts(&both).await.unwrap();
    sqlx::raw_sql("INSERT INTO ledger_days SELECT id, '2026-11-01', now(), true FROM accounts")
        .execute(&pool)
        .await
        .unwrap();
    store.register_accounts(&[leaves]).await.unwrap();
    assert_eq!(store.follow_rules("one account is synced by hand").await.unwrap(), 2);
    store.retire_accounts_but(std::slice::from_ref(&stays)).await.unwrap();
    assert_eq!(store.follow_rules("one has left").await.unwrap(), 1);

    sqlx::raw_sql("DELETE FROM ledger_dirty").execute(&pool).await.unwrap();
    let ids = store.register_accounts(&both).await.unwrap();
    let dirty: Vec<i32> = sqlx::query_scalar("SELECT account_id FROM ledger_dirty").fetch_all(&pool).await.unwrap();
    assert_eq!(dirty, [ids[1].0], "it has missed a change of rules");
    store.retire_accounts_but(&[]).await.unwrap();
    assert_eq!(store.follow_rules("nobody is left").await.unwrap(), 0);
}
