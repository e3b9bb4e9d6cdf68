//! A daemon behind TLS and tokens, and those who ask it.

use std::fs;
use std::path::PathBuf;

use reqwest::{Client, Method, StatusCode};
use sqlx::PgPool;

use crate::support::alertmanager::Alertmanager;
use crate::support::place::free_port;
use crate::support::prometheus::{Prometheus, Secure};
use crate::support::scene::Scene;
use crate::support::sink::Sink;
use crate::support::tokens::{self, sha256};
use crate::support::wait::{eventually, so};

/// Part of every token below.
const MARK: &str = "n3Wd8Kq5";

fn scrape_token() -> String {
    format!("scrape-{MARK}")
}

/// Puts a file in the place of another at once.
fn replace(file: &PathBuf, text: &str) {
    let new = file.with_extension("new");
    fs::write(&new, text).expect("a file");
    fs::rename(new, file).expect("a file");
}

/// The client that trusts this certificate and no other.
#[expect(clippy::disallowed_methods, reason = "no vendor is asked")]
fn client(cert: &str) -> Client {
    // Installs the crypto that clients use.
    llmtally::providers::http::shared_client().expect("a client");
    let cert = reqwest::Certificate::from_pem(cert.as_bytes()).expect("a certificate");
    Client::builder().tls_certs_only([cert]).build().expect("a client")
}

#[sqlx::test(migrations = false)]
async fn prometheus_scrapes_by_tls_with_a_token_and_nobody_gets_in_without(pool: PgPool) {
    let mut scene = Scene::empty(3).await.in_database_of(&pool);
    let [first, second] =
        [(); 2].map(|()| rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a pair"));
    let cert = scene.place.write("tls/cert.pem", &first.cert.pem());
    let key = scene.place.write("tls/key.pem", &first.signing_key.serialize_pem());
    let names = tokens::entry("prometheus", &scrape_token(), "metrics")
        + &tokens::entry("finance", &format!("finance-{MARK}"), "read");
    let tokens = scene.place.write("tokens.toml", &names);
    let refresh = scene.place.write("refresh", &format!("refresh-{MARK}\n"));
    let credentials = scene.place.write("credentials", &format!("{}\n", scrape_token()));
    let port = free_port();
    scene.set("LLMTALLY__HTTP__LISTEN", &format!("127.0.0.1:{port}"));
    scene.set("LLMTALLY__HTTP__TOKEN_FILE", &refresh.display().to_string());
    scene.set("LLMTALLY__LOG__LEVEL", "trace");
    scene.add(&format!(
        "[http.tls]\ncert_file = '{}'\nkey_file = '{}'\n[http.auth]\ntokens_file = '{}'\n",
        cert.display(),
        key.display(),
        tokens.display()
    ));
    let mut said = vec![scene.told(&["check-config"]).await];
    assert!(said[0].contains("tokens.toml") && said[0].contains("key.pem"), "{}", said[0]);

    let mut daemon = scene.serve_to(client(&first.cert.pem())).await;
    daemon.until_ready().await;
    scene.told(&["healthcheck"]).await;
    for path in ["/", "/metrics", "/api/v1/spend", "/api/v1/sync"] {
        let (status, text) = daemon.get(path).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}: {text}");
        let wrong = daemon.request(Method::GET, path).bearer_auth(format!("refresh-{MARK}")).send().await.unwrap();
        assert_eq!(wrong.status(), StatusCode::FORBIDDEN, "{path}");
        said.extend([text, wrong.text().await.unwrap()]);
    }
    let finance = || daemon.request(Method::GET, "/").basic_auth("finance", Some(format!("finance-{MARK}")));
    let home = finance().send().await.unwrap();
    assert_eq!(home.status(), StatusCode::OK);
    assert!(home.headers().contains_key("strict-transport-security"));
    said.push(home.text().await.unwrap());
    let refreshed = daemon.request(Method::POST, "/api/v1/sync").bearer_auth(format!("refresh-{MARK}"));
    assert_eq!(refreshed.send().await.unwrap().status(), StatusCode::ACCEPTED);

    let sink = Sink::start().await;
    let alertmanager = Alertmanager::start(&scene.place, &sink.url());
    let secure = Secure { credentials_file: credentials.clone(), ca_file: cert.clone() };
    let prometheus = Prometheus::start_secure(&scene.place, daemon.address, alertmanager.port, secure);
    let up = async |wanted: f64| {
        eventually(async || {
            let up = prometheus.query("up{job=\"llmtally\"}", "job").await;
            so(up == [("llmtally".to_owned(), wanted)], up.clone())
        })
        .await;
    };
    up(1.0).await;
    let version = prometheus.query("llmtally_build_info", "version").await;
    assert_eq!(version, [(env!("CARGO_PKG_VERSION").to_owned(), 1.0)]);

    // Another token is for another day: Prometheus is out until it shows it.
    replace(&tokens, &names.replace(&sha256(&scrape_token()), &sha256(&format!("next-{MARK}"))));
    up(0.0).await;
    replace(&credentials, &format!("next-{MARK}"));
    up(1.0).await;

    // A pair that does not fit changes nothing but the log, not even for a health check.
    replace(&key, &second.signing_key.serialize_pem());
    eventually(async || {
        daemon.get("/-/healthy").await;
        scene.told(&["healthcheck"]).await;
        so(daemon.program.words().contains("http.tls.key_file: "), "the log says nothing")
    })
    .await;
    assert_eq!(scene.run(&["check-config"]).await.status.code(), Some(2));
    replace(&cert, &second.cert.pem());
    let renewed = client(&second.cert.pem());
    let url = format!("https://{}/-/healthy", daemon.address);
    assert_eq!(renewed.get(&url).send().await.expect("the new certificate").status(), StatusCode::OK);
    // It trusts the file that now holds the new certificate.
    up(1.0).await;

    assert!(daemon.stop().await.success());
    said.push(daemon.program.words());
    let key_lines = [first, second].map(|pair| pair.signing_key.serialize_pem()).join("\n");
    for text in &said {
        assert!(!text.is_empty() && !text.contains(MARK), "a token is told");
        let told = key_lines.lines().find(|line| line.len() > 30 && !line.starts_with("-----") && text.contains(*line));
        assert!(told.is_none(), "a key is told");
    }
}

#[tokio::test]
async fn who_listens_to_everybody_without_tokens_is_warned() {
    for (listen, words) in [("127.0.0.1:0", 0), ("0.0.0.0:0", 1)] {
        let mut scene = Scene::empty(1).await.in_private();
        scene.set("LLMTALLY__HTTP__LISTEN", listen);
        let mut daemon = scene.serve().await;
        daemon.until_ready().await;
        assert!(daemon.stop().await.success());
        let said = daemon.program.words();
        let warned = said
            .lines()
            .filter(|line| line.contains("WARN") && line.contains("listening beyond loopback without tokens"));
        assert_eq!(warned.count(), words, "{listen}: {said}");
    }
}
