//! The documented answers, digit for digit.

use serde_json::json;

use super::*;
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::period::Window;
use crate::providers::feed::{FeedKind, FetchError};
use crate::providers::http::loopback::{Loopback, reply, reply_with};

const CREDITS: &str = r#"{"timePeriod": {"year": 2026, "month": 11, "day": 20}, "organization": "acme", "user": "alice",
 "usageItems": [{"product": "Copilot", "sku": "Copilot AI Credits", "model": "Claude Opus 5", "unitType": "credits", "pricePerUnit": 0.01,
   "grossQuantity": 120.5, "grossAmount": 1.205, "discountQuantity": 100.0, "discountAmount": 1.0, "netQuantity": 20.5, "netAmount": 0.205}]}"#;
const BILL: &str = r#"{"usageItems": [
  {"date":"2026-11-20T00:00:00Z","product":"Copilot","sku":"Copilot AI Credits","quantity":120,"unitType":"credits","pricePerUnit":0.01,"grossAmount":1.205,"discountAmount":1,"netAmount":0.205,"organizationName":"acme"},
  {"date":"2026-11-20T00:00:00Z","product":"Copilot","sku":"Copilot Business","quantity":0.5,"unitType":"user-months","pricePerUnit":19,"grossAmount":9.5,"discountAmount":0,"netAmount":9.5,"organizationName":"acme"},
  {"date":"2026-11-20T00:00:00Z","product":"Actions","sku":"Actions Linux","quantity":100,"unitType":"minutes","pricePerUnit":0.008,"grossAmount":0.8,"discountAmount":0,"netAmount":0.8,"organizationName":"acme","repositoryName":"acme/r"}]}"#;

fn config(server: &Loopback, payer: (&str, &str)) -> Config {
    serde_json::from_value(json!({ "api_key": "ghp_1", "base_url": server.base_url, payer.0: payer.1 })).unwrap()
}

async fn fetch(server: &Loopback) -> Result<Vec<CostRecord>, FetchError> {
    let opened = config(server, ("organization", "Acme")).open(&server.wire()).unwrap();
    let FeedKind::Costs(feed) = &opened.feeds[0].kind else { panic!("costs are no costs") };
    feed.fetch(Window::single("2026-11-20".parse().unwrap())).await
}

#[tokio::test]
async fn credits_are_told_by_model_seats_are_fees_and_the_rest_of_github_is_left_out() {
    let server = Loopback::start(|seen, _| match seen.path.rsplit_once("billing/").map(|(_, report)| report) {
        Some("ai_credit/usage") => reply(200, CREDITS),
        Some("usage") => reply(200, BILL),
        _ => reply(200, r#"{"usageItems": []}"#),
    })
    .await;
    let records = fetch(&server).await.unwrap();
    let told: Vec<_> = records
        .iter()
        .map(|record| {
            let item = record.line_item.as_deref().unwrap();
            (item, record.category, record.amount.amount.to_string(), record.dims.model.as_deref())
        })
        .collect();
    let opus = Some("Claude Opus 5");
    let expected = [
        ("Copilot AI Credits", ChargeCategory::Usage, "1.205".to_owned(), opus),
        ("Copilot AI Credits", ChargeCategory::Credit, "-1".to_owned(), opus),
        ("Copilot Business", ChargeCategory::Fee, "9.5".to_owned(), None),
    ];
    assert_eq!(told, expected);
    let seen = &server.seen()[0];
    assert_eq!(seen.path, "/organizations/Acme/settings/billing/ai_credit/usage");
    assert_eq!((seen.values("year"), seen.values("month"), seen.values("day")), (vec!["2026"], vec!["11"], vec!["20"]));
    assert_eq!(seen.header("x-github-api-version"), Some("2022-11-28"));
}

#[tokio::test]
async fn a_rate_limit_is_told_by_words_and_a_header_of_its_own() {
    let limited = r#"{"message": "API rate limit exceeded for user ID 1."}"#;
    // 300 seconds after the clock of the test.
    let server = Loopback::start(move |_, _| reply_with(403, ("x-ratelimit-reset", "1795356600"), limited)).await;
    let error = fetch(&server).await.unwrap_err();
    let until = "2026-11-22T14:10:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    assert!(matches!(error, FetchError::RateLimited { until: told } if told == until), "{error}");
}

#[tokio::test]
async fn who_pays_must_be_one_and_have_a_name() {
    let server = Loopback::start(|_, _| reply(200, "{}")).await;
    let open = |payer| config(&server, payer).open(&server.wire()).map(|opened| opened.identity.is_some());
    assert!(open(("enterprise", "acme-inc")).unwrap());
    assert!(open(("organization", "acme/../other")).is_err());
    assert!(open(("base_url", server.base_url.as_str())).is_err());
}

#[tokio::test]
async fn an_enterprise_claims_the_organisations_on_its_bill() {
    let server = Loopback::start(|_, _| reply(200, BILL)).await;
    let ids = async |payer| {
        let opened = config(&server, payer).open(&server.wire()).unwrap();
        opened.identity.unwrap().ids().await.unwrap()
    };
    let organization = ids(("organization", "Acme")).await;
    let enterprise = ids(("enterprise", "Big")).await;
    assert_eq!(organization, ["organizations/acme"]);
    assert_eq!(enterprise, ["organizations/acme", "enterprises/big"]);
    let seen = server.seen().remove(0);
    assert_eq!(seen.path, "/enterprises/Big/settings/billing/usage");
    assert_eq!((seen.values("month"), seen.values("day")), (vec!["11"], vec![]));

    // The name of an enterprise is known even where its bill cannot be read.
    let closed = Loopback::start(|_, _| reply(404, "{}")).await;
    let opened = config(&closed, ("enterprise", "Big")).open(&closed.wire()).unwrap();
    assert_eq!(opened.identity.unwrap().ids().await.unwrap(), ["enterprises/big"]);
}

#[tokio::test]
async fn a_report_without_items_is_no_day_without_charges() {
    let server = Loopback::start(|_, _| reply(200, r#"{"items": []}"#)).await;
    let error = fetch(&server).await.unwrap_err();
    assert!(matches!(&error, FetchError::Malformed(text) if text.contains("usageItems")), "{error}");
}
