//! Reports of App Optimize: ordered, waited for, read by pages and deleted.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use super::{days, feed, google};
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::usage::Meter;
use crate::providers::feed::{FeedKind, FetchError};
use crate::providers::http::loopback::{Loopback, Seen};

const REPORTS: &str = "/v1beta/projects/shop/locations/global/reports";
const RUNNING: &str = r#"{"name":"projects/shop/locations/global/operations/op-1","metadata":{}}"#;
const DONE: &str = r#"{"name":"projects/shop/locations/global/operations/op-1","done":true,"response":{}}"#;
const EARLY: &str = r#"{"error":{"code":400,"message":"Report is not ready."}}"#;

/// One poll says that the report is being made, and one look that it cannot be read yet; `page` answers the others.
async fn service(page: impl Fn(&Value) -> (u16, String) + Send + Sync + 'static) -> Loopback {
    let (polls, looks) = (AtomicU32::new(0), AtomicU32::new(0));
    google(move |seen| match (seen.method.as_str(), seen.path.as_str()) {
        ("POST", REPORTS) => (200, RUNNING.to_owned()),
        ("GET", _) if polls.fetch_add(1, Ordering::Relaxed) == 0 => (200, RUNNING.to_owned()),
        ("GET", _) => (200, DONE.to_owned()),
        ("DELETE", _) => (500, String::new()),
        _ if looks.fetch_add(1, Ordering::Relaxed) == 0 => (400, EARLY.to_owned()),
        _ => page(&serde_json::from_str(&seen.body).unwrap()),
    })
    .await
}

async fn report() -> Loopback {
    service(|asked| match asked["pageToken"].as_str() {
        None => (200, include_str!("../fixtures/report.json").to_owned()),
        Some("p2") => (200, include_str!("../fixtures/report_2.json").to_owned()),
        _ => (400, String::new()),
    })
    .await
}

async fn costs(server: &Loopback) -> Result<Vec<CostRecord>, FetchError> {
    let settings = json!({ "billing_table": null, "app_optimize": true });
    let FeedKind::Costs(feed) = feed(server, settings, "costs") else { panic!("costs are a cost feed") };
    feed.fetch(days("2026-11-01", "2026-11-02")).await
}

#[tokio::test]
async fn hours_of_models_are_summed_to_utc_days_and_the_rest_is_left_out() {
    let records = costs(&report().await).await.unwrap();
    let seen: Vec<_> = records
        .iter()
        .map(|record| {
            (record.at.to_rfc3339()[..10].to_owned(), record.category, record.amount.amount.normalize().to_string())
        })
        .collect();
    let row = |day: &str, category, amount: &str| (day.to_owned(), category, amount.to_owned());
    assert_eq!(
        seen,
        [row("2026-11-01", ChargeCategory::Usage, "4.250000003"), row("2026-11-02", ChargeCategory::Credit, "-1.5"),]
    );
    assert!(records.iter().all(|record| record.amount.currency.as_str() == "EUR"));
    let dims = &records[0].dims;
    assert_eq!((dims.project.as_deref(), dims.region.as_deref()), (Some("shop"), Some("global")));
    assert_eq!(dims.model.as_deref(), Some("gemini-3.8-flash"));
    assert_eq!(records[0].meter, Some(Meter::Input));
    assert_eq!(records[0].line_item.as_deref(), Some("Gemini 3.8 Flash Global Text Input - Predictions"));
    assert_eq!(records[1].dims.model.as_deref(), Some("claude-opus-5"));
}

#[tokio::test]
async fn a_report_is_of_whole_utc_days_and_is_deleted_in_the_end() {
    let server = report().await;
    costs(&server).await.unwrap();
    let asked: Vec<Seen> = server.seen().into_iter().filter(|seen| seen.path.starts_with("/v1beta")).collect();
    let id = asked[0].values("reportId")[0].to_owned();
    assert!(
        id.len() <= 63 && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    );
    let order: Value = serde_json::from_str(&asked[0].body).unwrap();
    assert_eq!(order["scopes"], json!([{ "project": "projects/shop" }]));
    assert_eq!(
        order["filter"],
        "hour >= timestamp('2026-11-01T00:00:00Z') && hour < timestamp('2026-11-03T00:00:00Z')"
    );
    let (operation, read) = ("/v1beta/projects/shop/locations/global/operations/op-1", format!("{REPORTS}/{id}:read"));
    let calls: Vec<_> = asked.iter().map(|seen| (seen.method.as_str(), seen.path.as_str())).collect();
    let deleted = format!("{REPORTS}/{id}");
    assert_eq!(
        calls,
        [
            ("POST", REPORTS),
            ("GET", operation),
            ("GET", operation),
            ("POST", &read),
            ("POST", &read),
            ("POST", &read),
            ("DELETE", &deleted),
        ]
    );
}

#[tokio::test]
async fn a_report_that_is_there_already_is_that_of_a_lost_answer() {
    let server = google(|seen| match seen.path.as_str() {
        REPORTS => (409, r#"{"error":{"status":"ALREADY_EXISTS"}}"#.to_owned()),
        _ => (200, "{}".to_owned()),
    })
    .await;
    assert_eq!(costs(&server).await.unwrap(), []);
}

#[tokio::test]
async fn what_fails_or_never_ends_is_no_empty_day() {
    let failed = RUNNING.replace("\"metadata\":{}", r#""done":true,"error":{"code":13,"message":"backend lost"}"#);
    for (status, body, expected) in [
        (200, failed.as_str(), "the report failed with code 13: backend lost"),
        (200, RUNNING, "the report does not come to its end"),
        (403, r#"{"error":{"message":"App Optimize API is disabled"}}"#, "roles/appoptimize.admin"),
    ] {
        let body = body.to_owned();
        let error = costs(&google(move |_| (status, body.clone())).await).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    let error = costs(&service(|_| (404, String::new())).await).await.unwrap_err();
    assert_eq!(error.to_string(), "the report does not come to its end");
}

#[tokio::test]
async fn money_that_cannot_be_read_for_certain_is_malformed() {
    let page = include_str!("../fixtures/report_2.json");
    let money = r#"{"currency_code": "EUR", "units": "-1", "nanos": -500000000}"#;
    for (from, to) in [
        (money, "3.25"),
        (money, r#""3.25""#),
        (money, "null"),
        (money, r#"{"units": "1"}"#),
        (money, r#"{"currency_code": "EUR", "units": "1", "micros": 5}"#),
        ("2026-11-01T16", "2026-11-01"),
        ("2026-11-01T16", "2026-11-01T16:00:00Z"),
        (r#"{"name": "sku", "type": "STRING"},"#, ""),
        (r#""name": "product_display_name""#, r#""name": "product""#),
        (r#""rows""#, r#""lines""#),
    ] {
        assert!(page.contains(from), "{from}");
        let page = page.replace(from, to);
        let error = costs(&service(move |_| (200, page.clone())).await).await.unwrap_err();
        assert_eq!(error.reason(), "malformed", "{to}: {error}");
    }
}
