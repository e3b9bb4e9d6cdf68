//! Who gets in, and what everybody is told at the door.

use std::fmt::Write;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::*;

const SCOPES: [&str; 3] = ["metrics", "read", "sync"];

/// Everything that can be asked, and the scope that it takes.
const ROUTES: [(&str, &str, Option<&str>); 9] = [
    ("GET", "/metrics", Some("metrics")),
    ("HEAD", "/metrics", Some("metrics")),
    ("GET", "/", Some("read")),
    ("GET", "/api/v1/spend", Some("read")),
    ("GET", "/api/v1/sync", Some("read")),
    ("HEAD", "/api/v1/sync", Some("read")),
    ("POST", "/api/v1/sync", Some("sync")),
    ("GET", "/-/healthy", None),
    ("GET", "/-/ready", None),
];

struct TokensFile {
    _folder: TempDir,
    path: PathBuf,
}

impl TokensFile {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.toml");
        std::fs::write(&path, text).unwrap();
        Self { _folder: folder, path }
    }

    /// Puts another file in its place, as those do who mind half a file.
    fn replace(&self, text: &str) {
        let new = self.path.with_extension("new");
        std::fs::write(&new, text).unwrap();
        std::fs::rename(new, &self.path).unwrap();
    }

    fn keys(&self) -> Keys {
        Keys::default().with_tokens_file(&self.path).unwrap()
    }
}

fn entry(name: &str, token: &str, scopes: &[&str]) -> String {
    let digest = Sha256::digest(token).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    });
    format!("[{name}]\nsha256 = '{digest}'\nscopes = {scopes:?}\n")
}

fn bearer(token: &str) -> String {
    format!("authorization: Bearer {token}")
}

fn basic(name: &str, token: &str) -> String {
    format!("authorization: Basic {}", STANDARD.encode(format!("{name}:{token}")))
}

#[sqlx::test]
async fn every_route_asks_for_its_scope(pool: PgPool) {
    let names: String = SCOPES.iter().map(|scope| entry(scope, &format!("{scope}-token"), &[scope])).collect();
    let file = TokensFile::new(&(names + &entry("everything", "all-token", &SCOPES)));
    let keys = file.keys().with_refresh(None, || Ok("open sesame".into())).unwrap();
    let app = App::with(pool, |state| state.keys = keys).await;
    for (method, path, wanted) in ROUTES {
        let good = if method == "POST" { 202 } else { 200 };
        for scope in SCOPES {
            let status = if wanted.is_none_or(|wanted| wanted == scope) { good } else { 403 };
            let token = format!("{scope}-token");
            for shown in [bearer(&token), basic(scope, &token)] {
                assert_eq!(app.send(method, path, &[&shown]).await.status, status, "{method} {path} {shown}");
            }
        }
        for (shown, opens) in [
            (bearer("all-token"), true),
            (basic("everything", "all-token"), true),
            (bearer("open sesame"), wanted == Some("sync")),
            ("x-nothing: shown".to_owned(), false),
            (basic("read", "all-token"), false),
            (bearer("wrong"), false),
        ] {
            let refused = if shown == bearer("open sesame") { 403 } else { 401 };
            let status = if opens || wanted.is_none() { good } else { refused };
            assert_eq!(app.send(method, path, &[&shown]).await.status, status, "{method} {path} {shown}");
        }
    }
    let refused = app.send("GET", "/metrics", &[&bearer("read-token")]).await;
    assert_eq!(refused.json()["error"]["message"], "the token `read` does not have the scope `metrics`");
    assert!(!String::from_utf8_lossy(&refused.body).contains("read-token"));
}

#[sqlx::test]
async fn who_is_refused_learns_how_to_ask_and_nothing_else(pool: PgPool) {
    some_spend(&pool).await;
    let file = TokensFile::new(&entry("one", "secret", &SCOPES));
    let app = App::with(pool, |state| state.keys = file.keys()).await;
    app.publish().await.unwrap();
    let refused = app.get("/metrics").await;
    let error = json!({
        "code": "unauthorized", "message": "the token is missing or wrong",
        "hint": "send `authorization: Bearer …`, or the token as the password of its name",
    });
    assert_eq!((refused.status, refused.json()), (401, json!({"error": error})));
    assert_eq!(
        refused.all("www-authenticate"),
        ["Bearer realm=\"llmtally\"", "Basic realm=\"llmtally\", charset=\"UTF-8\""]
    );
    assert!(app.send("GET", "/metrics", &[&bearer("secret")]).await.text().contains("proj_1"));
}

#[sqlx::test]
async fn tokens_are_read_again_and_a_bad_file_changes_nothing(pool: PgPool) {
    let file = TokensFile::new(&entry("one", "first", &["read"]));
    let app = App::with(pool, |state| state.keys = file.keys()).await;
    let status = async |token: &str| app.send("GET", "/api/v1/sync", &[&bearer(token)]).await.status;
    assert_eq!((status("first").await, status("second").await), (200, 401));
    file.replace(&entry("one", "second", &["read"]));
    assert_eq!((status("first").await, status("second").await), (401, 200));
    file.replace("[one]\nsha256 = 'half");
    assert_eq!((status("first").await, status("second").await), (401, 200));
    std::fs::remove_file(&file.path).unwrap();
    assert_eq!(status("second").await, 200);
    file.replace(&(entry("one", "second", &["metrics"]) + &entry("two", "third", &["read"])));
    assert_eq!((status("second").await, status("third").await), (403, 200));
}

#[sqlx::test]
async fn a_token_for_refreshing_is_read_again_too(pool: PgPool) {
    let file = TokensFile::new("first\n");
    let path = file.path.clone();
    let read = move || Ok(std::fs::read_to_string(&path).unwrap().trim().into());
    let keys = Keys::default().with_refresh(Some(file.path.clone()), read).unwrap();
    let app = App::with(pool, |state| state.keys = keys).await;
    assert_eq!(app.send("POST", "/api/v1/sync", &[&bearer("first")]).await.status, 202);
    file.replace("second\n");
    assert_eq!(app.send("POST", "/api/v1/sync", &[&bearer("first")]).await.status, 401);
    assert_eq!(app.send("POST", "/api/v1/sync", &[&basic("http.token", "second")]).await.status, 202);
    assert_eq!(app.get("/api/v1/sync").await.status, 200, "reading is open to all");
}

#[sqlx::test]
async fn other_sites_cannot_refresh_with_a_password_that_a_browser_remembers(pool: PgPool) {
    let app = App::start(pool).await;
    for (site, status) in [("cross-site", 403), ("same-site", 403), ("same-origin", 202), ("none", 202)] {
        let headers = [&*bearer("open sesame"), &format!("sec-fetch-site: {site}")];
        assert_eq!(app.send("POST", "/api/v1/sync", &headers).await.status, status, "{site}");
        assert_eq!(app.send("GET", "/", &headers).await.status, 200, "a link from another site");
    }
}

#[sqlx::test]
async fn browsers_are_told_to_stay_with_tls_where_there_is_tls(pool: PgPool) {
    for tls in [false, true] {
        let app = App::with(pool.clone(), |state| state.tls = tls).await;
        for path in ["/", "/metrics", "/nowhere", "/api/v1/spend?form=x"] {
            let reply = app.get(path).await;
            let told = reply.all("strict-transport-security");
            assert_eq!(told.len(), usize::from(tls), "{path}: {told:?}");
            assert!(told.iter().all(|told| told.starts_with("max-age=") && !told.contains("includeSubDomains")));
            for header in ["content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy"] {
                assert_eq!(reply.all(header).len(), 1, "{path}: {header}");
            }
        }
    }
}

#[sqlx::test]
async fn a_body_that_is_too_long_is_refused_before_it_comes(pool: PgPool) {
    let app = App::start(pool).await;
    let token = bearer("open sesame");
    for length in ["65537", "1000000000000000"] {
        let reply = app.send("POST", "/api/v1/sync", &[&token, &format!("content-length: {length}")]).await;
        assert_eq!((reply.status, &reply.json()["error"]["code"]), (413, &json!("body_too_large")));
    }
    assert_eq!(app.send("POST", "/api/v1/sync", &[&token, "content-length: 0"]).await.status, 202);
}
