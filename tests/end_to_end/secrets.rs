//! No secret is told anywhere, however much is told.

use llmtally::store::embedded::{Embedded, EmbeddedOptions};
use llmtally::store::roles;
use reqwest::Method;
use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::support::collector::{Collector, Mood};
use crate::support::place::Place;
use crate::support::scene::Scene;
use crate::support::wait::{eventually, so};

/// Part of every secret below.
const MARK: &str = "x7Qm4Zt9";

#[tokio::test]
async fn secrets_are_in_no_log_page_answer_message_trace_or_table() {
    let home = Place::new();
    let server = Embedded::start(&home.path("data"), &EmbeddedOptions::default()).unwrap();
    let mut admin = PgConnection::connect(server.url().expose_secret()).await.unwrap();
    let create = format!("CREATE ROLE daemon SUPERUSER LOGIN PASSWORD 'database-{MARK}'");
    admin.execute(AssertSqlSafe(create)).await.unwrap();

    let mut scene = Scene::new(3).await;
    let url = format!("postgres://daemon:database-{MARK}@127.0.0.1:{}/llmtally?sslmode=disable", server.port());
    scene.set("DATABASE_URL", &url);
    scene.set("LLMTALLY__LOG__LEVEL", "trace");
    scene.set("LLMTALLY__HTTP__TOKEN", &format!("token-{MARK}"));
    let collector = Collector::start(Mood::Takes).await;
    scene.set("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url());
    scene.set("OTEL_EXPORTER_OTLP_HEADERS", &format!("authorization=Bearer%20collector-{MARK}"));
    let key_file = scene.place.write("key", &format!("sk-admin-file-{MARK}\n"));
    let reader_file = scene.place.write("reader", &format!("reader-{MARK}\n"));
    let address = scene.sandbox.address();
    scene.add(&format!(
        "[accounts.openai.wrong]\napi_key_file = '{}'\nbase_url = 'http://{address}'\n\
         [accounts.openai.scoped]\napi_key = 'sk-proj-{MARK}'\nbase_url = 'http://somebody:url-{MARK}@{address}'\n\
         [accounts.anthropic.wrong]\napi_key = 'sk-ant-admin01-{MARK}'\nbase_url = 'http://{address}'\n",
        key_file.display()
    ));
    scene.set("LLMTALLY__STORAGE__READER_PASSWORD_FILE", &reader_file.display().to_string());

    let mut said = Vec::new();
    let mut daemon = scene.serve().await;
    let failed = eventually(async || {
        let (_, text) = daemon.get("/api/v1/sync").await;
        so(text.matches("unauthorized").count() + text.matches("rejected").count() >= 3, text.clone())?;
        so(daemon.synced_feeds().await >= 10, text.clone())?;
        Ok::<_, String>(text)
    });
    said.push(("the status", failed.await));
    for token in [format!("token-{MARK}"), format!("wrong-{MARK}")] {
        let request = daemon.request(Method::POST, "/api/v1/sync").bearer_auth(token);
        said.push(("the answer to a token", request.send().await.unwrap().text().await.unwrap()));
    }
    for path in ["/metrics", "/", "/-/ready", "/api/v1/spend?group_by=project,api_key,user", "/nowhere"] {
        said.push((path, daemon.get(path).await.1));
    }
    assert!(daemon.stop().await.success());
    said.push(("the log", daemon.program.words()));
    let text = |bodies: &[&[u8]]| String::from_utf8_lossy(&bodies.concat()).into_owned();
    let spans = collector.spans();
    said.push(("the traces", text(&spans.iter().map(AsRef::as_ref).collect::<Vec<_>>())));
    said.push((
        "the metrics by OTLP",
        text(&collector.letters().iter().map(|letter| &letter.body[..]).collect::<Vec<_>>()),
    ));
    for arguments in [&["check-config"][..], &["doctor"], &["sync", "--once", "--json"]] {
        said.push((arguments[0], words(&scene, arguments).await));
    }
    said.push(("the database", dump(&mut admin).await));
    said.push(("the server's log", std::fs::read_to_string(home.path("data/postgres.log")).unwrap_or_default()));

    // The password did get there, so that it could have been told.
    let reader =
        format!("postgres://{}:reader-{MARK}@127.0.0.1:{}/llmtally?sslmode=disable", roles::LOGIN, server.port());
    PgConnection::connect(&reader).await.expect("the reader's password is set");
    for (what, text) in said {
        assert!(!text.is_empty() || what == "the server's log", "{what} is empty");
        for secret in [MARK, scene.sandbox.openai_key(), scene.sandbox.anthropic_key()] {
            let line = text.lines().find(|line| line.contains(secret));
            assert!(line.is_none(), "{secret} stands in {what}: {line:?}");
        }
    }
}

#[tokio::test]
async fn a_bad_configuration_is_explained_without_its_secrets() {
    let mut scene = Scene::empty(3).await;
    scene.add(&format!(
        "[accounts.openai.one]\napi_key = 'sk-{MARK}'\napi_key_file = '/nowhere'\n\
         [accounts.openai.two]\napi_key = ['sk-{MARK}']\n\
         [accounts.openai.three]\napi_keys = 'sk-{MARK}'\n\
         [accounts.anthropic.one]\napi_key = 'sk-ant-{MARK}'\n[accounts.anthropic.two]\napi_key = 'sk-ant-{MARK}'\n"
    ));
    scene.set("DATABASE_URL", &format!("mysql://me:{MARK}@localhost/db"));
    let told = words(&scene, &["check-config"]).await;
    assert!(told.contains("accounts.openai.one") && !told.contains(MARK), "{told}");

    let mut scene = Scene::empty(3).await;
    scene.add(&format!("[accounts.openai.one]\napi_key = 'sk-{MARK}' oops\n"));
    let told = words(&scene, &["check-config"]).await;
    assert!(!told.is_empty() && !told.contains(MARK), "{told}");

    for url in [format!("mysql://me:{MARK}@localhost/db"), format!("postgres://me:{MARK}@localhost:many/db")] {
        let mut scene = Scene::empty(3).await;
        scene.set("DATABASE_URL", &url);
        let told = words(&scene, &["doctor"]).await;
        assert!(told.contains("storage.database_url") && !told.contains(MARK), "{told}");
    }
}

/// Everything that a command says.
async fn words(scene: &Scene, arguments: &[&str]) -> String {
    let output = scene.run(arguments).await;
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

/// Every row of every table of ours as text.
async fn dump(connection: &mut PgConnection) -> String {
    let tables =
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('public', 'reporting')";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut *connection).await.unwrap();
    assert!(tables.len() > 10, "{tables:?}");
    let mut dump = String::new();
    for table in tables {
        let rows = AssertSqlSafe(format!("SELECT t::text FROM {table} t"));
        let rows: Vec<String> = sqlx::query_scalar(rows).fetch_all(&mut *connection).await.unwrap();
        dump.push_str(&rows.join("\n"));
        dump.push('\n');
    }
    dump
}

#[tokio::test]
async fn a_private_database_keeps_its_passwords_to_itself() {
    let mut scene = Scene::empty(2).await.in_private();
    scene.set("LLMTALLY__LOG__LEVEL", "trace");
    let mut daemon = scene.serve().await;
    daemon.until_ready().await;
    let said = [daemon.page().await.0, daemon.get("/").await.1];
    assert!(daemon.stop().await.success());
    let said = [said.concat(), daemon.program.words(), words(&scene, &["doctor"]).await].concat();
    for file in ["password", "reader-password"] {
        let password = std::fs::read_to_string(scene.place.path("data").join(file)).unwrap();
        assert!(password.trim().len() > 10 && !said.contains(password.trim()), "{file} is told");
    }
}
