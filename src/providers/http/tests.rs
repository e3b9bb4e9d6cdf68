//! The client against a vendor that answers in every bad way.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use chrono::{DateTime, Utc};
use futures::{FutureExt, StreamExt};
use prometheus_client::registry::Registry;
use reqwest::header::HeaderName;
use serde::Deserialize;
use serde_json::Value;

use super::loopback::{KEY, Loopback, Seen, reply, reply_with};
use super::*;

async fn ask(server: &Loopback) -> Result<Value, FetchError> {
    server.http().json(&Ask::get("v1/costs")).await
}

fn ok() -> Response {
    reply(200, r#"{"ok":true}"#)
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[tokio::test]
async fn every_status_is_sorted_by_what_the_caller_can_do() {
    for (status, reason, requests) in [
        (400, "rejected", 1),
        (401, "unauthorized", 1),
        (403, "unauthorized", 1),
        (404, "rejected", 1),
        (408, "unavailable", 3),
        (422, "rejected", 1),
        (425, "unavailable", 3),
        (429, "rate_limited", 3),
        (500, "unavailable", 3),
        (503, "unavailable", 3),
        (529, "unavailable", 3),
    ] {
        let server = Loopback::start(move |_, _| reply(status, r#"{"error":{"message":"because"}}"#)).await;
        let error = ask(&server).await.unwrap_err();
        assert_eq!((error.reason(), server.seen().len()), (reason, requests), "{status}");
        assert!(status == 429 || error.to_string().ends_with("because"), "{error}");
    }
}

#[tokio::test]
async fn a_request_carries_key_query_and_headers() {
    let server = Loopback::start(|_, _| ok()).await;
    let mut config = server.config();
    config.base_url = format!("{}/proxy", server.base_url);
    config.headers.insert("anthropic-version", "2023-06-01".parse().unwrap());
    let query = vec![("group_by[]".to_owned(), "model".to_owned()), ("group_by[]".to_owned(), "a&b".to_owned())];
    let headers = [(HeaderName::from_static("anthropic-beta"), "x".parse().unwrap())].into_iter().collect();
    let request = Ask { query: query.clone(), headers, ..Ask::get("v1/costs") };
    Http::new(config).unwrap().json::<Value>(&request).await.unwrap();

    let seen = server.seen().remove(0);
    assert_eq!((seen.path.as_str(), &seen.query), ("/proxy/v1/costs", &query));
    assert_eq!(seen.header("x-api-key"), Some(KEY));
    assert_eq!((seen.header("anthropic-version"), seen.header("anthropic-beta")), (Some("2023-06-01"), Some("x")));
    assert!(seen.header("user-agent").unwrap().starts_with("llmtally/"));
}

#[tokio::test]
async fn a_bearer_key_goes_into_authorization() {
    let server = Loopback::start(|_, _| ok()).await;
    let auth = Auth::bearer(Credential::inline("abc".into()));
    let http = Http::new(HttpConfig { auth, ..server.config() }).unwrap();
    http.json::<Value>(&Ask::get("v1/costs")).await.unwrap();
    assert_eq!(server.seen()[0].header("authorization"), Some("Bearer abc"));
}

#[tokio::test]
async fn a_basic_key_is_not_told_in_its_notation_either() {
    let server = Loopback::start(|seen, _| {
        let sent = seen.header("authorization").unwrap();
        assert_eq!(sent, "Basic YWJjOg==");
        reply(401, format!(r#"{{"message": "no user for {sent}"}}"#))
    })
    .await;
    let auth = Auth::basic(Credential::inline("abc".into()));
    let error =
        Http::new(HttpConfig { auth, ..server.config() }).unwrap().json::<Value>(&Ask::get("v1")).await.unwrap_err();
    assert!(error.to_string().contains("no user for Basic ***"), "{error}");
}

#[tokio::test]
async fn only_a_refused_key_comes_with_what_helps() {
    let server = Loopback::start(|_, before| reply(if before == 0 { 403 } else { 404 }, r#"{"message": "no"}"#)).await;
    let http = Http::new(HttpConfig { key_help: Some("ask an owner"), ..server.config() }).unwrap();
    let asked = async || http.json::<Value>(&Ask::get("v1/costs")).await.unwrap_err().to_string();
    assert_eq!(asked().await, "status 403: no; ask an owner");
    assert_eq!(asked().await, "status 404: no");
}

#[tokio::test]
async fn what_passes_is_asked_again() {
    fn reset() -> Response {
        let half = futures::stream::iter([Ok(Bytes::from("{\"ok\"")), Err(std::io::Error::other("gone"))]);
        reply(200, Body::from_stream(half))
    }
    for bad in [|| reply(502, "<h1>Bad</h1>"), reset] {
        let server = Loopback::start(move |_, before| if before < 2 { bad() } else { ok() }).await;
        assert!(ask(&server).await.is_ok());
        assert_eq!(server.seen().len(), 3);

        let server = Loopback::start(move |_, _| bad()).await;
        assert_eq!(ask(&server).await.unwrap_err().reason(), "unavailable");
    }
}

#[tokio::test]
async fn should_retry_false_is_obeyed() {
    let server = Loopback::start(|_, _| reply_with(503, ("x-should-retry", "false"), "")).await;
    assert_eq!(ask(&server).await.unwrap_err().to_string(), "v1/costs, attempt 1: status 503");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_long_rate_limit_is_left_to_the_schedule() {
    for (header, value, expected) in [
        ("retry-after", "300", "2026-11-22T14:10:00Z"),
        ("retry-after", "Sun, 22 Nov 2026 15:05:00 GMT", "2026-11-22T15:05:00Z"),
        ("anthropic-ratelimit-requests-reset", "2026-11-22T14:30:00Z", "2026-11-22T14:30:00Z"),
        ("x-ratelimit-reset-requests", "6m0s", "2026-11-22T14:11:00Z"),
    ] {
        let server = Loopback::start(move |_, _| reply_with(429, (header, value), "")).await;
        let error = ask(&server).await.unwrap_err();
        assert!(matches!(error, FetchError::RateLimited { until } if until == instant(expected)), "{value}: {error}");
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_short_rate_limit_is_waited_for_and_shown() {
    let log = Log::default();
    let _guard = log.capture();
    let mut registry = Registry::with_prefix("llmtally");
    let server =
        Loopback::start(|_, before| if before == 0 { reply_with(429, ("retry-after", "1"), "") } else { ok() }).await;
    let mut config = server.config();
    config.wire.metrics = HttpMetrics::register(&mut registry);
    let http = Http::new(config).unwrap();
    http.json::<Value>(&Ask::get("v1/costs")).await.unwrap();

    assert!(log.text().contains("waiting until 14:05:01 UTC for the rate limit"), "{}", log.text());
    let mut page = String::new();
    prometheus_client::encoding::text::encode(&mut page, &registry).unwrap();
    let until = instant("2026-11-22T14:05:01Z").timestamp();
    for line in [
        r#"llmtally_provider_requests_total{provider="anthropic",account="default",code="429"} 1"#.to_owned(),
        r#"llmtally_provider_requests_total{provider="anthropic",account="default",code="200"} 1"#.to_owned(),
        format!(
            r#"llmtally_provider_rate_limited_until_timestamp_seconds{{provider="anthropic",account="default"}} {until}"#
        ),
    ] {
        assert!(page.contains(&line), "{line} is missing in\n{page}");
    }
}

#[tokio::test]
async fn a_rate_limit_holds_the_whole_account_until_a_stop() {
    let server = Loopback::start(|_, _| reply_with(429, ("retry-after", "100"), "")).await;
    let config = server.config();
    let stop = config.wire.stop.clone();
    let http = Http::new(config).unwrap();
    let request = Ask::get("v1/costs");
    let asked = http.json::<Value>(&request);
    let stopped = async {
        while http.pacing.turn().now_or_never().is_some() {
            tokio::task::yield_now().await;
        }
        stop.cancel();
    };
    let both = tokio::time::timeout(Duration::from_secs(20), async { tokio::join!(asked, stopped) });
    let (result, ()) = both.await.expect("the account is never held");
    assert!(matches!(result, Err(FetchError::Stopped)));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_slow_answer_is_given_up() {
    let server = Loopback::start(|_, _| reply(200, Body::from_stream(never()))).await;
    let mut config = server.config();
    config.wire.limits = Limits { timeout: Duration::from_millis(50), max_attempts: 2, ..config.wire.limits };
    let error = Http::new(config).unwrap().json::<Value>(&Ask::get("v1/costs")).await.unwrap_err();
    assert_eq!(error.to_string(), "v1/costs, attempt 2: no answer in time");
    assert_eq!(server.seen().len(), 2);
}

fn never() -> impl futures::Stream<Item = Result<Bytes, std::io::Error>> {
    futures::stream::iter([Ok(Bytes::from("{"))]).chain(futures::stream::pending())
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    let server = Loopback::start(|_, _| ok()).await;
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let http = Http::new(HttpConfig { base_url: format!("http://{free}"), ..server.config() }).unwrap();
    let error = http.json::<Value>(&Ask::get("v1/costs")).await.unwrap_err();
    assert_eq!(error.reason(), "unavailable");
    assert!(!error.to_string().contains(&free.to_string()), "{error}");
}

#[tokio::test]
async fn gzip_is_read_and_counts_unpacked() {
    let server = Loopback::start(|seen, _| {
        let size = if seen.path.ends_with("big") { 200_000 } else { 10 };
        let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        zip.write_all(format!("\"{}\"", "x".repeat(size)).as_bytes()).unwrap();
        reply_with(200, ("content-encoding", "gzip"), zip.finish().unwrap())
    })
    .await;
    let mut config = server.config();
    config.wire.limits.max_body = 100_000;
    let http = Http::new(config).unwrap();
    assert_eq!(http.json::<String>(&Ask::get("small")).await.unwrap(), "xxxxxxxxxx");
    let error = http.json::<String>(&Ask::get("big")).await.unwrap_err();
    assert!(matches!(&error, FetchError::Malformed(_)), "{error}");
    assert_eq!(error.to_string(), "big: answer is longer than 100000 bytes");
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn an_undecodable_answer_is_located_and_not_repeated() {
    #[derive(Debug, Deserialize)]
    struct Wanted {
        #[serde(rename = "amount")]
        _amount: u32,
    }
    let body = format!("{{\"pad\":\"{}\",\n\"amount\":\"{}\"}}", "p".repeat(5000), "q".repeat(5000));
    let server = Loopback::start(move |_, _| reply(200, body.clone())).await;
    let error = server.http().json::<Wanted>(&Ask::get("v1/costs")).await.unwrap_err();
    assert!(matches!(error, FetchError::Malformed(_)));
    let text = error.to_string();
    assert!(text.starts_with("answer of v1/costs is not as documented: invalid type: string \"qqq"), "{text}");
    assert!(text.len() < 400, "{text}");
}

#[tokio::test]
async fn another_host_never_gets_the_key() {
    let other = Loopback::start(|_, _| ok()).await;
    let elsewhere = format!("{}/v1/costs", other.base_url);
    let server = Loopback::start(move |seen, _| match seen.path.as_str() {
        "/v1/costs" => reply_with(307, ("location", &elsewhere), ""),
        "/old" => reply_with(308, ("location", "/new"), ""),
        _ => ok(),
    })
    .await;
    let error = ask(&server).await.unwrap_err();
    assert_eq!(error.to_string(), "status 307: redirects elsewhere, which is not followed");
    assert!(server.http().json::<Value>(&Ask::get("old")).await.is_ok());
    // Nor where the address of a next page leads to it.
    let next = format!("{}/v1/costs?page=2", other.base_url);
    let error = server.http().json::<Value>(&Ask::get(next)).await.unwrap_err();
    assert!(matches!(error, FetchError::Malformed(_)), "{error}");
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn a_rotated_key_file_is_noticed_at_a_401() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key");
    std::fs::write(&path, "old-key\n").unwrap();
    let rotated = path.clone();
    let server = Loopback::start(move |seen, _| {
        if seen.header("x-api-key") == Some("new-key") {
            return ok();
        }
        std::fs::write(&rotated, "new-key\n").unwrap();
        reply(401, r#"{"error":{"message":"invalid x-api-key"}}"#)
    })
    .await;
    let auth = Auth::header(HeaderName::from_static("x-api-key"), Credential::file(path));
    let http = Http::new(HttpConfig { auth, ..server.config() }).unwrap();
    assert!(http.json::<Value>(&Ask::get("v1/costs")).await.is_ok());
    assert_eq!(server.seen().len(), 2);
}

#[derive(Deserialize)]
struct Numbers {
    data: Vec<u32>,
    next: Option<String>,
}

impl Page for Numbers {
    type Item = u32;

    fn into_parts(self) -> PageParts<u32> {
        PageParts { items: self.data, has_more: self.next.is_some(), cursor: self.next }
    }
}

#[tokio::test]
async fn pages_are_followed_with_the_same_question() {
    fn answer(seen: &Seen, _: usize) -> Response {
        match (seen.values("after").as_slice(), seen.path.as_str()) {
            ([], _) => reply(200, r#"{"data":[1,2],"next":"b"}"#),
            (["b"], "/good") => reply(200, r#"{"data":[3],"next":"c"}"#),
            (["b"], _) => reply(200, r#"{"data":[3],"next":"b"}"#),
            (["c"], _) => reply(200, r#"{"data":[4],"next":null}"#),
            (others, _) => reply(400, format!("after {others:?}")),
        }
    }
    let server = Loopback::start(answer).await;
    let good = Ask { query: vec![("limit".to_owned(), "2".to_owned())], ..Ask::get("good") };
    assert_eq!(server.http().pages::<Numbers>(&good, "after").await.unwrap(), [1, 2, 3, 4]);
    assert!(server.seen().iter().all(|seen| seen.values("limit") == ["2"]));

    let error = server.http().pages::<Numbers>(&Ask::get("circle"), "after").await.unwrap_err();
    assert_eq!(error.to_string(), "circle repeated its page cursor");
}

#[tokio::test]
async fn no_key_gets_into_an_error_or_the_log() {
    let log = Log::default();
    let _guard = log.capture();
    let server = Loopback::start(|seen, _| {
        let key = seen.header("x-api-key").unwrap_or_default();
        match seen.path.as_str() {
            "/malformed" => reply(200, format!("\"{key}\"")),
            "/html" => reply(502, format!("<p>{key}</p>")),
            "/masked" => reply(401, format!(r#"{{"error":{{"message":"bad key {}***"}}}}"#, &key[..20])),
            path => reply(path[1..].parse().unwrap(), format!(r#"{{"message":"key {key} is bad"}}"#)),
        }
    })
    .await;
    for path in ["malformed", "html", "masked", "400", "401", "403", "404", "429", "500"] {
        let error = server.http().json::<u32>(&Ask::get(path)).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("Test_"), "{error}");
    }
    let text = log.text();
    assert!(text.contains("retrying: status 502: ***"), "{text}");
    assert!(text.contains(r#"provider="anthropic" account="default" path="#), "{text}");
    assert!(!text.contains("Test_"), "{text}");
}

#[test]
fn a_base_address_is_absolute() {
    for bad in ["", "api.example.com", "ftp://example.com", "http://", "http://h/?k=secret"] {
        assert!(client::base(bad).is_err(), "{bad}");
    }
    assert_eq!(client::base("https://h/prefix").unwrap().join("v1/x").unwrap().as_str(), "https://h/prefix/v1/x");
}

/// Everything that is logged on this thread, down to the last trace.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn capture(&self) -> tracing::subscriber::DefaultGuard {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || log.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
