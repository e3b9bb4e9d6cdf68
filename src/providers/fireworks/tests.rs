//! The documented answers, digit for digit.

use axum::response::Response;
use serde_json::json;

use super::*;
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::names::{DirectoryEntry, DirectoryKind};
use crate::domain::period::Window;
use crate::domain::usage::Meter;
use crate::providers::account::Account;
use crate::providers::feed::{FeedKind, FetchError};
use crate::providers::http::loopback::{Loopback, Seen, reply};

const ACCOUNTS: &str = include_str!("fixtures/accounts.json");
const SUMMARY: &str = include_str!("fixtures/summary.json");

fn answer(seen: &Seen) -> Response {
    match seen.path.as_str() {
        "/v1/accounts" => reply(200, ACCOUNTS),
        "/v1/accounts/my-acct/billing/summary" => reply(200, SUMMARY),
        _ => reply(404, "{}"),
    }
}

fn open(server: &Loopback) -> Opened {
    let settings = json!({ "api_key": "fw_1", "base_url": server.base_url });
    serde_json::from_value::<Config>(settings).unwrap().open(&server.wire()).unwrap()
}

async fn costs(server: &Loopback, first: &str, end: &str) -> Result<Vec<CostRecord>, FetchError> {
    let FeedKind::Costs(feed) = &open(server).feeds[0].kind else { panic!("no costs") };
    feed.fetch(Window::new(first.parse().unwrap(), end.parse().unwrap()).unwrap()).await
}

#[tokio::test]
async fn units_and_billionths_are_one_amount_whatever_the_line_is_about() {
    let server = Loopback::start(|seen, _| answer(seen)).await;
    let records = costs(&server, "2026-11-01", "2026-11-02").await.unwrap();
    let told: Vec<_> = records
        .iter()
        .map(|record| {
            let amount = record.amount.amount.to_string();
            (record.line_item.as_deref(), record.category, amount, record.dims.model.as_deref(), record.meter)
        })
        .collect();
    let (usage, credit) = (ChargeCategory::Usage, ChargeCategory::Credit);
    let expected = [
        (Some("SERVERLESS: model=m, input"), usage, "1.25".to_owned(), Some("m"), Some(Meter::Input)),
        (Some("DEDICATED_DEPLOYMENT: deployment=d-1, accelerator seconds"), usage, "9".to_owned(), None, None),
        (Some("CREDITS"), credit, "-1.000000001".to_owned(), None, None),
        (None, usage, "0.000000001".to_owned(), None, None),
    ];
    assert_eq!(told, expected);
    assert!(records.iter().all(|record| record.dims.project.as_deref() == Some("my-acct")));
}

#[tokio::test]
async fn each_day_is_a_range_of_its_own() {
    let server = Loopback::start(|seen, _| answer(seen)).await;
    assert_eq!(costs(&server, "2026-11-01", "2026-11-04").await.unwrap().len(), 12);
    let ranges: Vec<_> = server
        .seen()
        .iter()
        .skip(1)
        .map(|seen| [seen.values("startTime")[0].to_owned(), seen.values("endTime")[0].to_owned()])
        .collect();
    let midnight = |day: u32| format!("2026-11-0{day}T00:00:00Z");
    assert_eq!(ranges, [1, 2, 3].map(|day| [midnight(day), midnight(day + 1)]));
    assert_eq!(server.seen()[0].header("authorization"), Some("Bearer fw_1"));
}

#[tokio::test]
async fn accounts_of_all_pages_are_whose_it_is_and_have_names() {
    let first = r#"{ "accounts": [{ "name": "accounts/other" }], "nextPageToken": "p 2" }"#;
    let server = Loopback::start(
        move |seen, _| {
            if seen.values("pageToken") == ["p 2"] { answer(seen) } else { reply(200, first) }
        },
    )
    .await;
    let opened = open(&server);
    assert_eq!(opened.identity.unwrap().ids().await.unwrap(), ["other", "my-acct"]);
    let FeedKind::Directory(directory) = &opened.feeds[1].kind else { panic!("no directory") };
    let entry = |id: &str, name: &str| DirectoryEntry {
        kind: DirectoryKind::Project,
        id: id.to_owned(),
        name: name.to_owned(),
    };
    assert_eq!(directory.list().await.unwrap(), [entry("other", "other"), entry("my-acct", "My team")]);
}

#[tokio::test]
async fn what_cannot_be_a_part_of_an_address_or_is_no_money_is_refused() {
    let no_slug = r#"{ "accounts": [{ "name": "accounts/.." }] }"#;
    let no_money = r#"{ "lineItems": [{ "category": "SERVERLESS", "series": "input" }] }"#;
    let no_currency = r#"{ "lineItems": [{ "totalCost": { "currencyCode": "", "units": "1" } }] }"#;
    for (accounts, summary) in [(no_slug, SUMMARY), (ACCOUNTS, no_money), (ACCOUNTS, no_currency)] {
        let server =
            Loopback::start(move |seen, _| reply(200, if seen.path == "/v1/accounts" { accounts } else { summary }))
                .await;
        let error = costs(&server, "2026-11-01", "2026-11-02").await.unwrap_err();
        assert!(matches!(error, FetchError::Malformed(_)), "{error}");
    }
}
