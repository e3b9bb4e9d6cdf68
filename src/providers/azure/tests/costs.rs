//! Costs from the documented answer of Cost Management.

use rust_decimal::Decimal;
use serde_json::Value;

use super::*;
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::usage::Meter;

const QUERY: &str = include_str!("../fixtures/query.json");
const ACCOUNT: &str = "/subscriptions/0000/resourcegroups/rg1/providers/microsoft.cognitiveservices/accounts/acct1";

fn asks_marketplace(seen: &Seen) -> bool {
    seen.body.contains("Marketplace")
}

/// The answer with other rows.
fn with_rows(change: impl Fn(&mut Value)) -> String {
    let mut answer: Value = serde_json::from_str(QUERY).unwrap();
    change(&mut answer["properties"]);
    answer.to_string()
}

async fn read(answer: String) -> Result<Vec<CostRecord>, FetchError> {
    let server =
        vendor(move |seen, _| if asks_marketplace(seen) { reply(204, "") } else { reply(200, answer.clone()) }).await;
    costs(&open(&server), day("2026-11-01")).await
}

#[tokio::test]
async fn rows_are_read_by_the_names_of_their_columns() {
    let records = read(QUERY.to_owned()).await.unwrap();
    let [cached, output] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!(cached.at, "2026-11-01T00:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    assert_eq!(cached.amount.amount, "1.2345".parse::<Decimal>().unwrap());
    assert_eq!(cached.amount.currency.as_str(), "EUR", "not the dollars beside it");
    assert_eq!(cached.dims.project.as_deref(), Some(ACCOUNT));
    assert_eq!(cached.dims.model.as_deref(), Some("gpt-5-mini"));
    assert_eq!(cached.dims.region.as_deref(), Some("global"));
    assert_eq!((cached.meter, output.meter), (Some(Meter::CacheRead), Some(Meter::Output)));
    assert_eq!(cached.line_item.as_deref(), Some("GPT 5 Mini cchd Inpt Glbl 1M Tokens"));

    let turned = with_rows(|table| {
        table["columns"].as_array_mut().unwrap().reverse();
        table["rows"].as_array_mut().unwrap().iter_mut().for_each(|row| row.as_array_mut().unwrap().reverse());
    });
    assert_eq!(read(turned).await.unwrap(), records);
}

#[tokio::test]
async fn both_shops_are_asked_for_exactly_the_days() {
    let server = vendor(|_, _| reply(204, "")).await;
    let window = Window::new("2026-11-01".parse().unwrap(), "2026-11-08".parse().unwrap()).unwrap();
    assert_eq!(costs(&open(&server), window).await.unwrap(), []);
    let asked: Vec<Seen> = server.seen().into_iter().filter(|seen| !is_login(seen)).collect();
    let bodies: Vec<Value> = asked.iter().map(|seen| serde_json::from_str(&seen.body).unwrap()).collect();
    for (seen, body) in asked.iter().zip(&bodies) {
        assert_eq!(seen.path, "/subscriptions/0000/providers/Microsoft.CostManagement/query");
        assert_eq!((seen.values("api-version"), seen.values("$top")), (vec!["2025-03-01"], vec!["5000"]));
        assert_eq!(body["timePeriod"], json!({ "from": "2026-11-01T00:00:00Z", "to": "2026-11-07T23:59:59Z" }));
        assert_eq!((&body["type"], &body["dataset"]["granularity"]), (&json!("ActualCost"), &json!("Daily")));
        assert_eq!(body["dataset"]["aggregation"]["Cost"], json!({ "name": "Cost", "function": "Sum" }));
    }
    let filters: Vec<_> = bodies.iter().map(|body| &body["dataset"]["filter"]["dimensions"]["name"]).collect();
    assert_eq!(filters, ["ResourceType", "PublisherType"]);
}

#[tokio::test]
async fn the_next_page_is_asked_with_the_same_body() {
    let server = vendor(|seen, _| match (asks_marketplace(seen), seen.values("$skiptoken").as_slice()) {
        (true, _) => reply(204, ""),
        (false, []) => {
            let host = seen.header("host").unwrap();
            let next = format!("http://{host}{}?api-version=2025-03-01&$skiptoken=AQAAAA%3D%3D", seen.path);
            reply(200, with_rows(|table| table["nextLink"] = next.clone().into()))
        }
        (false, _) => reply(200, with_rows(|table| drop(table["rows"].as_array_mut().unwrap().pop()))),
    })
    .await;
    assert_eq!(costs(&open(&server), day("2026-11-01")).await.unwrap().len(), 3);
    let pages: Vec<Seen> =
        server.seen().into_iter().filter(|seen| !is_login(seen) && !asks_marketplace(seen)).collect();
    let [first, second] = pages.as_slice() else { panic!("{} pages", pages.len()) };
    assert_eq!((second.method.as_str(), &second.body), ("POST", &first.body));
    assert_eq!(second.values("$skiptoken"), ["AQAAAA=="]);
}

#[tokio::test]
async fn an_agreement_that_refuses_details_is_asked_for_less() {
    const REFUSED: &str = r#"{"error":{"code":"BadRequest","message":"Invalid dimension"}}"#;
    let server = vendor(|seen, _| match seen.body.contains("UnitOfMeasure") {
        true => reply(400, REFUSED),
        false if asks_marketplace(seen) => reply(204, ""),
        false => reply(200, QUERY),
    })
    .await;
    let records = costs(&open(&server), day("2026-11-01")).await.unwrap();
    let total: Decimal = records.iter().map(|record| record.amount.amount).sum();
    assert_eq!(total, "1.7345".parse::<Decimal>().unwrap());
}

#[tokio::test]
async fn the_marketplace_tells_of_models_and_of_much_else() {
    let rg = "/subscriptions/0000/resourcegroups/rg1/providers/microsoft.saas/resources";
    let rows = json!([
        [
            3,
            3.2,
            20261101,
            format!("{rg}/claude-opus-5-01234567-89ab-cdef-0123-456789abcdef"),
            "Claude Consumption Units",
            "EUR"
        ],
        [9, 9.8, 20261101, format!("{rg}/dd-prod"), "Datadog Pro", "EUR"],
        [7, 7.6, 20261101, ACCOUNT, "Claude Consumption Units", "EUR"],
    ]);
    let offers = with_rows(|table| table["rows"] = rows.clone());
    let server =
        vendor(move |seen, _| if asks_marketplace(seen) { reply(200, offers.clone()) } else { reply(204, "") }).await;
    let records = costs(&open(&server), day("2026-11-01")).await.unwrap();
    let [claude] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!((claude.dims.model.as_deref(), claude.dims.project.as_deref()), (Some("claude-opus-5"), None));
    assert_eq!((claude.amount.amount, claude.meter), (Decimal::from(3), None));
}

#[tokio::test]
async fn charges_fall_into_categories() {
    use ChargeCategory::{Adjustment, Credit, Purchase, Tax, Usage};
    for (charge_type, amount, expected) in [
        ("Usage", "1", Usage),
        ("Usage", "-1", Credit),
        ("Purchase", "1", Purchase),
        ("Refund", "-1", Credit),
        ("Tax", "1", Tax),
        ("RoundingAdjustment", "-1", Adjustment),
        ("BrandNew", "1", Usage),
    ] {
        let answer = with_rows(|table| {
            table["columns"].as_array_mut().unwrap().push(json!({ "name": "ChargeType", "type": "String" }));
            let row = table["rows"][0].as_array_mut().unwrap();
            row[0] = amount.parse().map(Value::Number).unwrap();
            row.push(charge_type.into());
        });
        assert_eq!(read(answer).await.unwrap()[0].category, expected, "{charge_type} {amount}");
    }
}

#[tokio::test]
async fn other_days_are_left_out_and_rows_without_a_day_or_currency_refused() {
    let other = with_rows(|table| table["rows"][0][2] = json!(20_261_102));
    assert_eq!(read(other).await.unwrap().len(), 1);
    for (cell, wrong) in [(2, json!(20_261_301)), (2, Value::Null), (5, json!("")), (0, json!("many"))] {
        let answer = with_rows(|table| table["rows"][1][cell] = wrong.clone());
        let error = read(answer).await.unwrap_err();
        assert_eq!(error.reason(), "malformed", "{wrong}: {error}");
    }
}

#[tokio::test]
async fn costs_under_another_name_are_not_zero() {
    let renamed = with_rows(|table| {
        table["columns"].as_array_mut().unwrap().iter_mut().for_each(|column| {
            if column["name"] == "Cost" {
                column["name"] = json!("CostInNewWords");
            }
        });
    });
    let error = read(renamed).await.unwrap_err();
    assert!(matches!(&error, FetchError::Malformed(text) if text.contains("`Cost`")), "{error}");
}
