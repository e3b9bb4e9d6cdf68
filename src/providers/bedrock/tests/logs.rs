//! Logs of calls in a bucket.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::domain::period::{Day, Window};
use crate::domain::usage::{Meter, UsageRecord, UsageRole};
use crate::providers::feed::{FeedKind, FetchError};
use crate::providers::http::loopback::reply;

const LOG: &str = include_str!("../fixtures/invocation_log.json");
const HOME: &str = "llm/AWSLogs/111122223333/BedrockModelInvocationLogs/";
const CALLER: &str = "<R><Account>111122223333</Account></R>";

/// What lies in the bucket, by key below the folder of `us-east-1`; `None` may not be read.
#[derive(Clone, Default)]
struct Shelf(Arc<Mutex<BTreeMap<String, Option<Vec<u8>>>>>);

impl Shelf {
    fn put(&self, key: &str, content: Option<Vec<u8>>) {
        self.0.lock().unwrap().insert(format!("{HOME}us-east-1/{key}"), content);
    }

    /// On pages of two.
    fn list(&self, asked: &Seen) -> Response {
        let value = |name: &str| asked.values(name).pop().unwrap_or_default().to_owned();
        let (prefix, after) = (value("prefix"), value("continuation-token"));
        if !value("delimiter").is_empty() {
            let folder = format!("<CommonPrefixes><Prefix>{HOME}us-east-1/</Prefix></CommonPrefixes>");
            let folder = if prefix == HOME { folder } else { String::new() };
            return reply(
                200,
                format!("<ListBucketResult><IsTruncated>false</IsTruncated>{folder}</ListBucketResult>"),
            );
        }
        let shelf = self.0.lock().unwrap();
        let keys: Vec<_> = shelf.keys().filter(|key| key.starts_with(&prefix) && **key > after).collect();
        let page =
            keys.iter().take(2).map(|key| format!("<Contents><Key>{key}</Key><ETag>&quot;1&quot;</ETag></Contents>"));
        let more = match keys.get(1).filter(|_| keys.len() > 2) {
            Some(key) => format!("<IsTruncated>true</IsTruncated><NextContinuationToken>{key}</NextContinuationToken>"),
            None => "<IsTruncated>false</IsTruncated>".to_owned(),
        };
        reply(200, format!("<ListBucketResult>{more}{}</ListBucketResult>", page.collect::<String>()))
    }

    async fn serve(&self) -> Loopback {
        let shelf = self.clone();
        Loopback::start(move |asked, _| {
            if asked.method == "POST" {
                return reply(200, CALLER);
            }
            match asked.path.strip_prefix("/acme-logs/") {
                Some("") => shelf.list(asked),
                Some(key) => match shelf.0.lock().unwrap().get(key) {
                    Some(Some(content)) => reply(200, content.clone()),
                    Some(None) => {
                        reply(403, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
                    }
                    None => reply(404, "<Error><Code>NoSuchKey</Code></Error>"),
                },
                None => reply(404, "<Error><Code>NoSuchBucket</Code></Error>"),
            }
        })
        .await
    }
}

fn with_logs(server: &Loopback, place: &Value) -> Opened {
    open(server, &json!({ "access_key_id": KEYS[0], "secret_access_key": KEYS[1], "invocation_logs": [place] }))
}

fn acme(server: &Loopback) -> Opened {
    with_logs(server, &json!({ "bucket": "acme-logs", "prefix": "llm" }))
}

async fn fetch(opened: &Opened, day: &str) -> Result<Vec<UsageRecord>, FetchError> {
    let FeedKind::Usage(UsageRole::Named, logs) = &opened.feeds[2].kind else { panic!("the third feed names use") };
    logs.fetch(Window::single(day.parse::<Day>().unwrap())).await
}

/// Calls by time, user and tokens of output.
fn lines(calls: &[(&str, &str, u32)]) -> String {
    let line = |(at, user, output): &(&str, &str, u32)| {
        let mut line: Value = serde_json::from_str(LOG).unwrap();
        line["timestamp"] = json!(at);
        line["requestId"] = json!(format!("{at} {user}"));
        line["identity"]["arn"] = json!(format!("arn:aws:iam::111122223333:user/{user}"));
        line["output"]["outputTokenCount"] = json!(output);
        format!("{line}\n")
    };
    calls.iter().map(line).collect()
}

fn packed(calls: &[(&str, &str, u32)]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(lines(calls).as_bytes()).unwrap();
    gzip.finish().unwrap()
}

fn outputs(records: &[UsageRecord]) -> Vec<(&str, String)> {
    let output = records.iter().filter(|record| record.meter == Meter::Output);
    output.map(|record| (record.dims.user.as_deref().unwrap_or("-"), record.quantity.to_string())).collect()
}

fn expected(outputs: &[(&'static str, u32)]) -> Vec<(&'static str, String)> {
    outputs.iter().map(|(user, output)| (*user, output.to_string())).collect()
}

/// Keys of the logs that were fetched since there were `before` requests.
fn fetched(server: &Loopback, before: usize) -> Vec<String> {
    let logs = server.seen().into_iter().skip(before).filter(|seen| seen.path.ends_with(".json.gz"));
    logs.map(|seen| seen.path.rsplit('/').next().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn the_logs_of_a_day_tell_who_called() {
    let shelf = Shelf::default();
    shelf.put(
        "2026/11/21/09/a.json.gz",
        Some(packed(&[("2026-11-21T09:00:00Z", "ada", 40), ("2026-11-21T09:01:00Z", "bob", 2)])),
    );
    // Once more in another log, and with a call of the day before.
    shelf.put(
        "2026/11/21/10/b.json.gz",
        Some(packed(&[("2026-11-21T09:00:00Z", "ada", 40), ("2026-11-20T23:59:59Z", "ada", 7)])),
    );
    // Whoever reads it may have it decompressed on the way.
    shelf.put("2026/11/21/23/c.json.gz", Some(lines(&[("2026-11-21T23:00:00Z", "ada", 1)]).into_bytes()));
    shelf.put("2026/11/21/23/data/body_input.json.gz", Some(b"prompt".to_vec()));
    shelf.put(
        "2026/11/22/00/d.json.gz",
        Some(packed(&[("2026-11-21T23:59:59Z", "bob", 100), ("2026-11-22T00:00:00Z", "bob", 5)])),
    );
    shelf.put("2026/11/22/01/e.json.gz", Some(packed(&[("2026-11-21T23:00:00Z", "eve", 100)])));
    let server = shelf.serve().await;
    let opened = acme(&server);
    let records = fetch(&opened, "2026-11-21").await.unwrap();
    assert_eq!(outputs(&records), expected(&[("ada", 41), ("bob", 102)]));
    let ada: Vec<_> = records.iter().filter(|record| record.dims.user.as_deref() == Some("ada")).collect();
    assert!(ada.iter().all(|record| record.at.to_rfc3339() == "2026-11-21T00:00:00+00:00"));
    let told: BTreeMap<_, _> = ada.iter().map(|record| (record.meter, record.quantity.to_string())).collect();
    let meters = [(Meter::Input, "240"), (Meter::CacheRead, "1800"), (Meter::Output, "41"), (Meter::Requests, "2")];
    assert_eq!(told, meters.map(|(meter, count)| (meter, count.to_owned())).into());
    assert_eq!(ada[0].dims.region.as_deref(), Some("us-east-1"));
    assert_eq!(fetched(&server, 0), ["a.json.gz", "b.json.gz", "c.json.gz", "d.json.gz"]);

    let seen = server.seen();
    let list = seen.iter().find(|seen| seen.method == "GET" && seen.values("delimiter").is_empty()).unwrap();
    assert_eq!(list.path, "/acme-logs/");
    assert_eq!(
        (list.values("list-type"), list.values("prefix")),
        (vec!["2"], vec![&*format!("{HOME}us-east-1/2026/11/21/")])
    );
    let signed = "SignedHeaders=host;x-amz-content-sha256;x-amz-date";
    for seen in seen.iter().filter(|seen| seen.method == "GET") {
        let authorization = seen.header("authorization").unwrap();
        assert!(
            authorization.contains("/us-east-1/s3/aws4_request") && authorization.contains(signed),
            "{authorization}"
        );
    }
}

#[tokio::test]
async fn of_a_day_that_may_still_change_only_new_logs_are_read() {
    let shelf = Shelf::default();
    shelf.put("2026/11/21/09/a.json.gz", Some(packed(&[("2026-11-21T09:00:00Z", "ada", 40)])));
    shelf.put("2026/11/01/09/old.json.gz", Some(packed(&[("2026-11-01T09:00:00Z", "ada", 3)])));
    let server = shelf.serve().await;
    let opened = acme(&server);
    assert_eq!(outputs(&fetch(&opened, "2026-11-21").await.unwrap()), expected(&[("ada", 40)]));
    let before = server.seen().len();
    assert_eq!(outputs(&fetch(&opened, "2026-11-21").await.unwrap()), expected(&[("ada", 40)]));
    assert!(fetched(&server, before).is_empty());
    // One that comes late, and before the others by its key.
    shelf.put("2026/11/21/08/late.json.gz", Some(packed(&[("2026-11-21T08:00:00Z", "bob", 2)])));
    assert_eq!(outputs(&fetch(&opened, "2026-11-21").await.unwrap()), expected(&[("ada", 40), ("bob", 2)]));
    assert_eq!(fetched(&server, before), ["late.json.gz"]);
    for _ in 0..2 {
        let before = server.seen().len();
        assert_eq!(outputs(&fetch(&opened, "2026-11-01").await.unwrap()), expected(&[("ada", 3)]));
        assert_eq!(fetched(&server, before), ["old.json.gz"], "of a day that is over nothing is kept");
    }
}

#[tokio::test]
async fn a_log_that_cannot_be_read_loses_no_other() {
    let shelf = Shelf::default();
    let good = packed(&[("2026-11-21T09:00:00Z", "ada", 40)]);
    let half = packed(&[("2026-11-21T10:00:00Z", "bob", 2)]);
    shelf.put("2026/11/21/08/denied.json.gz", None);
    shelf.put("2026/11/21/09/good.json.gz", Some(good));
    shelf.put("2026/11/21/10/half.json.gz", Some(half[..half.len() - 9].to_vec()));
    let lines = lines(&[("2026-11-21T11:00:00Z", "eve", 1), ("2026-11-21T11:00:01Z", "bob", 1)]);
    shelf.put("2026/11/21/11/lines.json.gz", Some(lines.replacen("ModelInvocationLog", "\"", 1).into_bytes()));
    let server = shelf.serve().await;
    let opened = acme(&server);
    assert_eq!(outputs(&fetch(&opened, "2026-11-21").await.unwrap()), expected(&[("ada", 40), ("bob", 1)]));
    // As soon as it may be read, it counts.
    shelf.put("2026/11/21/08/denied.json.gz", Some(packed(&[("2026-11-21T08:00:00Z", "ada", 2)])));
    assert_eq!(outputs(&fetch(&opened, "2026-11-21").await.unwrap()), expected(&[("ada", 42), ("bob", 1)]));
}

#[tokio::test]
async fn where_no_log_can_be_read_it_is_said_why() {
    for (content, reason, words) in [
        (None, "unauthorized", "s3:GetObject"),
        (Some(b"\x1f\x8bnonsense".to_vec()), "malformed", "s3://acme-logs/llm/AWSLogs/"),
        (Some(b"{}\n{}\n".to_vec()), "malformed", "2 lines"),
    ] {
        let shelf = Shelf::default();
        for number in 0..40 {
            shelf.put(&format!("2026/11/21/08/{number}.json.gz"), content.clone());
        }
        let server = shelf.serve().await;
        let error = fetch(&acme(&server), "2026-11-21").await.unwrap_err();
        assert_eq!(error.reason(), reason, "{error}");
        assert!(error.to_string().contains(words), "{error}");
        let asked = fetched(&server, 0).len();
        assert!(asked < 20, "{asked} of 40 were tried");
    }
}

#[tokio::test]
async fn refusals_of_the_bucket_say_what_is_needed() {
    let xml = |code: &str| format!("<?xml version=\"1.0\"?>\n<Error><Code>{code}</Code><Message>no</Message></Error>");
    for (status, code, reason, words) in [
        (403, "AccessDenied", "unauthorized", "s3:ListBucket on the bucket `acme-logs`"),
        (403, "SignatureDoesNotMatch", "unauthorized", "SignatureDoesNotMatch"),
        (400, "InvalidToken", "unauthorized", "InvalidToken"),
        (404, "NoSuchBucket", "rejected", "NoSuchBucket"),
        (301, "PermanentRedirect", "rejected", "PermanentRedirect"),
        (503, "SlowDown", "rate_limited", "rate limited"),
        (500, "InternalError", "unavailable", "InternalError"),
    ] {
        let body = xml(code);
        let answer = move |asked: &Seen, _| {
            if asked.method == "POST" { reply(200, CALLER) } else { reply(status, body.clone()) }
        };
        let server = Loopback::start(answer).await;
        let error = fetch(&acme(&server), "2026-11-21").await.unwrap_err();
        assert_eq!(error.reason(), reason, "{code}: {error}");
        assert!(error.to_string().contains(words), "{code}: {error}");
    }
}

#[tokio::test]
async fn a_prefix_without_logs_is_a_mistake_and_a_day_without_them_is_none() {
    let shelf = Shelf::default();
    let server = shelf.serve().await;
    assert_eq!(fetch(&acme(&server), "2026-11-21").await.unwrap(), []);
    let elsewhere = with_logs(&server, &json!({ "bucket": "acme-logs", "prefix": "lm" }));
    let error = fetch(&elsewhere, "2026-11-21").await.unwrap_err();
    assert_eq!(error.reason(), "rejected", "{error}");
    assert!(error.to_string().contains("s3://acme-logs/lm/AWSLogs/111122223333/"), "{error}");
}

#[tokio::test]
async fn a_bucket_that_cannot_be_one_is_refused_at_the_start() {
    let settings =
        json!({ "access_key_id": KEYS[0], "secret_access_key": KEYS[1], "invocation_logs": [{ "bucket": "a@evil/" }] });
    let server = Loopback::start(|_, _| reply(200, "")).await;
    let error = serde_json::from_value::<Config>(settings).unwrap().open(&server.wire()).err().unwrap();
    assert!(error.to_string().contains("invocation_logs"), "{error}");
}
