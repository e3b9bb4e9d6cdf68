//! Costs: pages, amounts, line items and the day on which API keys begin.

use rust_decimal::Decimal;
use serde_json::json;

use super::{COSTS, NO_BUCKETS, Vendor, days, page};
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::money::Money;
use crate::domain::usage::{Dimensions, Meter};
use crate::providers::feed::FetchError;

const FIRST: &str = include_str!("../fixtures/costs_first.json");
const SECOND: &str = include_str!("../fixtures/costs_second.json");
const GROUP_REFUSED: &str = include_str!("../fixtures/group_refused.json");
/// Midnight of 2026-11-20.
const START: i64 = 1_795_132_800;
const DAY: i64 = 86_400;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn record(day: &str, line_item: &str, amount: &str, dims: Dimensions, meter: impl Into<Option<Meter>>) -> CostRecord {
    CostRecord {
        at: format!("{day}T00:00:00Z").parse().unwrap(),
        dims,
        meter: meter.into(),
        line_item: Some(line_item.to_owned()),
        category: ChargeCategory::Usage,
        amount: Money::usd(decimal(amount)),
        quantity: None,
        unit: None,
    }
}

fn dims(project: Option<&str>, api_key: Option<&str>, model: Option<&str>) -> Dimensions {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Dimensions { project: owned(project), api_key: owned(api_key), model: owned(model), ..Dimensions::default() }
}

#[tokio::test]
async fn all_pages_become_records_in_dollars() {
    let vendor = Vendor::start(&[(COSTS, 200, FIRST), (COSTS, 200, SECOND)]).await;
    let records = vendor.costs(days("2026-11-20", "2026-11-22")).await.unwrap();

    let shop = Some("proj_Zk1example");
    let gpt_4o = Some("gpt-4o-2024-08-06");
    let tokens = |quantity: &str, record| CostRecord {
        quantity: Some(decimal(quantity)),
        unit: Some("tokens".to_owned()),
        ..record
    };
    let long = Dimensions {
        service_tier: Some("priority".to_owned()),
        prompt_over: 272_000,
        ..dims(shop, None, Some("gpt-5.6-sol"))
    };
    let search = dims(Some("proj_Hv2example"), Some("key_R8example"), None);
    let (day, cached) = ("2026-11-20", dims(shop, None, gpt_4o));
    let input = dims(shop, Some("key_Q7example"), gpt_4o);
    let old = dims(Some("proj_Hv2example"), None, None);
    let credit = record("2026-11-21", "Service credit", "-0.5", old, None);
    let expected = [
        tokens("164940", record(day, "gpt-4o-2024-08-06, input", "0.41235", input, Meter::Input)),
        tokens("41250", record(day, "priority | gpt-5.6-sol, output, long context", "1.25", long, Meter::Output)),
        CostRecord {
            quantity: Some(Decimal::ZERO),
            unit: Some("a_unit_of_tomorrow".to_owned()),
            ..record(day, "gpt-4o-2024-08-06, cached input", "0", cached, Meter::CacheRead)
        },
        record(day, "Vector storage", "0", Dimensions::default(), Meter::StorageBytes),
        CostRecord {
            quantity: Some(decimal("3")),
            ..record("2026-11-21", "assistants api | file search", "0.0075", search, Meter::FileSearches)
        },
        CostRecord { category: ChargeCategory::Credit, ..credit },
    ];
    assert_eq!(records, expected);

    let asked = vendor.asked();
    assert_eq!(asked.len(), 2);
    for request in &asked {
        assert_eq!(request.values("start_time"), ["1795132800"]);
        assert_eq!(request.values("end_time"), ["1795392000"]);
        assert_eq!(request.values("bucket_width"), ["1d"]);
        assert_eq!(request.values("limit"), ["180"]);
        assert_eq!(request.values("group_by[]"), ["project_id", "line_item", "api_key_id"]);
        assert_eq!(request.header("authorization"), Some("Bearer sk-admin-of-the-test"));
        assert_eq!(request.header("openai-organization"), Some("org-Ab3example"));
    }
    assert_eq!(asked[0].values("page"), [""; 0]);
    assert_eq!(asked[1].values("page"), ["page_AAAAAGkS3x8kPq0dAAAAAGkTMAA="]);
}

#[tokio::test]
async fn a_failing_later_page_fails_the_whole_window() {
    let vendor = Vendor::start(&[(COSTS, 200, FIRST), (COSTS, 503, "upstream")]).await;
    let error = vendor.costs(days("2026-11-20", "2026-11-22")).await.unwrap_err();
    assert!(matches!(error, FetchError::Unavailable(_)), "{error}");
}

#[tokio::test]
async fn a_cursor_that_leads_in_a_circle_is_malformed() {
    let empty = json!({ "data": [], "has_more": true, "next_page": "round" }).to_string();
    let vendor = Vendor::start(&[(COSTS, 200, &empty), (COSTS, 200, &empty), (COSTS, 200, &empty)]).await;
    let error = vendor.costs(days("2026-11-20", "2026-11-20")).await.unwrap_err();
    assert!(matches!(error, FetchError::Malformed(_)), "{error}");
    assert_eq!(vendor.asked().len(), 2);
}

#[tokio::test]
async fn a_window_over_the_first_day_of_api_keys_is_asked_in_two_parts() {
    let cost = |key: Option<&str>| {
        json!({
            "object": "organization.costs.result", "amount": { "value": "1", "currency": "usd" },
            "line_item": "gpt-4o-2024-08-06, input", "project_id": "proj_Zk1example", "api_key_id": key,
        })
    };
    let keys_begin = 1_764_979_200;
    let before = page(keys_begin - DAY, keys_begin, &[cost(None)]);
    let after = page(keys_begin, keys_begin + DAY, &[cost(Some("key_Q7example"))]);
    let vendor = Vendor::start(&[(COSTS, 200, &before), (COSTS, 200, &after)]).await;
    let records = vendor.costs(days("2025-12-04", "2025-12-07")).await.unwrap();

    let seen: Vec<_> = records.iter().map(|r| (r.at.date_naive().to_string(), r.dims.api_key.as_deref())).collect();
    assert_eq!(seen, [("2025-12-05".to_owned(), None), ("2025-12-06".to_owned(), Some("key_Q7example"))]);
    let asked = vendor.asked();
    let spans: Vec<_> = asked.iter().map(|r| (r.values("start_time")[0], r.values("end_time")[0])).collect();
    assert_eq!(spans, [("1764806400", "1764979200"), ("1764979200", "1765152000")]);
    assert_eq!(asked[0].values("group_by[]"), ["project_id", "line_item"]);
    assert_eq!(asked[1].values("group_by[]"), ["project_id", "line_item", "api_key_id"]);
}

#[tokio::test]
async fn a_refused_grouping_by_key_costs_only_the_keys() {
    let vendor = Vendor::start(&[(COSTS, 400, GROUP_REFUSED), (COSTS, 200, FIRST), (COSTS, 200, SECOND)]).await;
    let records = vendor.costs(days("2026-11-20", "2026-11-22")).await.unwrap();
    assert_eq!(records.len(), 6);
    let groups: Vec<_> = vendor.asked().iter().map(|request| request.values("group_by[]").len()).collect();
    assert_eq!(groups, [3, 2, 2]);
}

#[tokio::test]
async fn a_refusal_for_another_reason_is_told() {
    let refusal = r#"{"error":{"message":"start_time must be before end_time"}}"#;
    let vendor = Vendor::start(&[(COSTS, 400, refusal), (COSTS, 400, refusal)]).await;
    let error = vendor.costs(days("2026-11-20", "2026-11-20")).await.unwrap_err();
    assert_eq!(error.to_string(), "status 400: start_time must be before end_time");
}

#[tokio::test]
async fn days_without_spend_are_no_records() {
    let vendor = Vendor::start(&[(COSTS, 200, &page(START, START + DAY, &[])), (COSTS, 200, NO_BUCKETS)]).await;
    let window = days("2026-11-20", "2026-11-20");
    assert_eq!(vendor.costs(window).await.unwrap(), []);
    assert_eq!(vendor.costs(window).await.unwrap(), []);
}

#[tokio::test]
async fn an_amount_that_is_no_money_is_malformed() {
    for amount in [
        json!({ "value": "NaN", "currency": "usd" }),
        json!({ "value": "1,5", "currency": "usd" }),
        json!({ "value": 1, "currency": "dollars" }),
    ] {
        let result = json!({ "object": "organization.costs.result", "amount": amount });
        let vendor = Vendor::start(&[(COSTS, 200, &page(START, START + DAY, &[result]))]).await;
        let error = vendor.costs(days("2026-11-20", "2026-11-20")).await.unwrap_err();
        assert!(matches!(error, FetchError::Malformed(_)), "{amount}: {error}");
    }
}

#[tokio::test]
async fn rows_of_which_none_has_an_amount_are_no_gift() {
    let nothing = json!({ "object": "organization.costs.result", "line_item": "gpt-4o, input" });
    let other = json!({ "object": "organization.charges.result", "amount": { "value": "1", "currency": "usd" } });
    for rows in [[nothing.clone(), nothing.clone()], [other.clone(), other]] {
        let vendor = Vendor::start(&[(COSTS, 200, &page(START, START + DAY, &rows))]).await;
        let error = vendor.costs(days("2026-11-20", "2026-11-20")).await.unwrap_err();
        assert_eq!(error.to_string(), "no row of costs has an amount");
    }
    // One alone may lack it.
    let vendor = Vendor::start(&[(COSTS, 200, &page(START, START + DAY, &[nothing]))]).await;
    assert_eq!(vendor.costs(days("2026-11-20", "2026-11-20")).await.unwrap().len(), 1);
}
