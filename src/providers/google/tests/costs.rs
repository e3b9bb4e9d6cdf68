//! The billing export: a query that runs for a while, two pages of rows, and names.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use super::{JOB, QUERIES, days, feed, google};
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::names::{DirectoryEntry, DirectoryKind};
use crate::domain::usage::Meter;
use crate::providers::feed::{FeedKind, FetchError};
use crate::providers::http::loopback::{Loopback, Seen};

const RUNNING: &str = include_str!("../fixtures/running.json");

/// Says twice that the query runs.
async fn export() -> Loopback {
    let polls = AtomicU32::new(0);
    google(move |seen| {
        let running = seen.method == "POST" || polls.fetch_add(1, Ordering::Relaxed) < 1;
        let body = match seen.values("pageToken").as_slice() {
            _ if running => RUNNING,
            [] => include_str!("../fixtures/page_1.json"),
            ["BFG"] => include_str!("../fixtures/page_2.json"),
            _ => return (400, String::new()),
        };
        (200, body.to_owned())
    })
    .await
}

async fn costs(server: &Loopback, more: Value) -> Result<Vec<CostRecord>, FetchError> {
    let FeedKind::Costs(feed) = feed(server, more, "costs") else { panic!("costs are a cost feed") };
    feed.fetch(days("2026-11-01", "2026-11-02")).await
}

#[tokio::test]
async fn charges_credits_and_taxes_are_apart_and_net_is_the_bill() {
    let records = costs(&export().await, json!({})).await.unwrap();
    let seen: Vec<_> = records
        .iter()
        .map(|record| (record.at.to_rfc3339(), record.category, record.amount.amount.to_string()))
        .map(|(at, category, amount)| (at[..10].to_owned(), category, amount))
        .collect();
    let row = |day: &str, category, amount: &str| (day.to_owned(), category, amount.to_owned());
    assert_eq!(
        seen,
        [
            row("2026-11-01", ChargeCategory::Usage, "0.123456789"),
            row("2026-11-01", ChargeCategory::Credit, "-0.023456789"),
            row("2026-11-01", ChargeCategory::Adjustment, "-12.5"),
            row("2026-11-02", ChargeCategory::Tax, "1.5"),
            row("2026-11-02", ChargeCategory::Credit, "-0.5"),
        ]
    );
    let [charge, credit, adjustment, ..] = records.as_slice() else { panic!("there are five") };
    assert_eq!(charge.dims, credit.dims);
    assert_eq!(charge.dims.project.as_deref(), Some("shop"));
    assert_eq!(charge.dims.model.as_deref(), Some("gemini-3.8-flash"));
    assert_eq!(charge.dims.service_tier.as_deref(), Some("priority"));
    assert_eq!(charge.dims.region.as_deref(), Some("global"));
    assert_eq!(charge.meter, Some(Meter::Input));
    assert_eq!(charge.line_item.as_deref(), Some("Gemini 3.8 Flash Global Text Input Priority - Predictions"));
    assert_eq!((charge.quantity, charge.unit.as_deref()), (Some(12_345_600.into()), Some("count")));
    assert_eq!((credit.quantity, credit.unit.as_deref()), (None, None));
    assert_eq!(adjustment.dims.project, None);
    assert!(records.iter().all(|record| record.amount.currency.as_str() == "EUR"));
}

#[tokio::test]
async fn a_query_is_standard_sql_with_parameters_and_a_limit() {
    let server = export().await;
    costs(&server, json!({ "location": "EU", "services": ["C7E2-9256-1C43"], "max_bytes_billed": 5_000_000 }))
        .await
        .unwrap();
    let asked: Vec<Seen> = server.seen().into_iter().filter(|seen| seen.path.starts_with(QUERIES)).collect();
    let body: Value = serde_json::from_str(&asked[0].body).unwrap();
    assert_eq!((asked[0].method.as_str(), asked[0].path.as_str()), ("POST", QUERIES));
    assert_eq!(asked[0].header("authorization"), Some("Bearer ya29.c.test"));
    assert_eq!(body["useLegacySql"], false);
    assert_eq!(body["parameterMode"], "NAMED");
    assert_eq!(body["maximumBytesBilled"], "5000000");
    assert_eq!(body["location"], "EU");
    assert_eq!(body["requestId"].as_str().unwrap().len(), 32);
    let parameter = |name: &str| {
        let all = body["queryParameters"].as_array().unwrap();
        all.iter().find(|known| known["name"] == name).unwrap()["parameterValue"].clone()
    };
    assert_eq!(parameter("start"), json!({ "value": "2026-11-01T00:00:00Z" }));
    assert_eq!(parameter("end"), json!({ "value": "2026-11-03T00:00:00Z" }));
    assert_eq!(parameter("services"), json!({ "arrayValues": [{ "value": "C7E2-9256-1C43" }] }));

    assert!(asked[1..].iter().all(|seen| seen.path == JOB && seen.values("location") == ["EU"]));
    let polled: Vec<_> = asked[1..].iter().map(|seen| (seen.values("maxResults"), seen.values("pageToken"))).collect();
    let expected: [(&[&str], &[&str]); 4] = [(&["0"], &[]), (&["0"], &[]), (&["5000"], &[]), (&["5000"], &["BFG"])];
    assert_eq!(polled, expected.map(|(size, token)| (size.to_vec(), token.to_vec())));
}

#[tokio::test]
async fn an_answer_at_once_is_the_whole_answer() {
    let page = include_str!("../fixtures/page_2.json");
    let server = google(move |_| (200, page.to_owned())).await;
    assert_eq!(costs(&server, json!({})).await.unwrap().len(), 2);
    assert_eq!(server.seen().len(), 2);
    let empty = r#"{"jobComplete":true,"jobReference":{"jobId":"j"},"totalRows":"0","schema":{"fields":[]}}"#;
    assert_eq!(costs(&google(move |_| (200, empty.to_owned())).await, json!({})).await.unwrap(), []);
}

#[tokio::test]
async fn a_query_that_fails_or_never_ends_is_no_empty_day() {
    let failed = r#"{"jobComplete":true,"jobReference":{"jobId":"j"},"errors":[{"reason":"backendError","message":"shuffle lost"}]}"#;
    let error = costs(&google(move |_| (200, failed.to_owned())).await, json!({})).await.unwrap_err();
    assert_eq!(error.to_string(), "the query failed: shuffle lost");
    let renamed = include_str!("../fixtures/page_2.json").replace("\"rows\"", "\"lines\"");
    let error = costs(&google(move |_| (200, renamed.clone())).await, json!({})).await.unwrap_err();
    assert_eq!(error.to_string(), "the answer to a query counts 4 rows and has none");
    let error = costs(&google(|_| (200, RUNNING.to_owned())).await, json!({})).await.unwrap_err();
    assert_eq!(error.to_string(), "the query does not come to its end");
    let page = include_str!("../fixtures/page_2.json").replace("2026-11-02", "2026-10-02");
    let error = costs(&google(move |_| (200, page.clone())).await, json!({})).await.unwrap_err();
    assert_eq!(error.to_string(), "row of 2026-10-02 is no day of 2026-11-01..2026-11-02");
}

#[tokio::test]
async fn refusals_say_what_helps() {
    let denied = r#"{"error":{"code":403,"message":"Access Denied","errors":[{"reason":"accessDenied"}]}}"#;
    let throttled = r#"{"error":{"code":403,"message":"Exceeded rate","errors":[{"reason":"rateLimitExceeded"}]}}"#;
    let large = r#"{"error":{"code":400,"message":"Query exceeded limit for bytes billed: 10."}}"#;
    let nowhere = r#"{"error":{"code":404,"message":"Not found: Dataset shop:billing"}}"#;
    for (status, body, reason, help) in [
        (403, denied, "unauthorized", "BigQuery Data Viewer"),
        (403, throttled, "rate_limited", ""),
        (400, large, "rejected", "max_bytes_billed"),
        (404, nowhere, "rejected", "`location`"),
    ] {
        let error = costs(&google(move |_| (status, body.to_owned())).await, json!({})).await.unwrap_err();
        assert_eq!(error.reason(), reason, "{error}");
        assert!(error.to_string().contains(help), "{error}");
    }
}

#[tokio::test]
async fn projects_are_called_as_the_bill_calls_them() {
    let page = r#"{"jobComplete":true,"jobReference":{"jobId":"j"},"schema":{"fields":[{"name":"id"},{"name":"name"}]},
        "rows":[{"f":[{"v":"shop-1"},{"v":"Web shop"}]},{"f":[{"v":"old-2"},{"v":null}]}]}"#;
    let server = google(move |_| (200, page.to_owned())).await;
    let FeedKind::Directory(directory) = feed(&server, json!({}), "directory") else { panic!("directory is one") };
    let entry = DirectoryEntry { kind: DirectoryKind::Project, id: "shop-1".to_owned(), name: "Web shop".to_owned() };
    assert_eq!(directory.list().await.unwrap(), [entry]);
}
