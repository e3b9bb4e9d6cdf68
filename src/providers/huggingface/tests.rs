//! The documented answers, digit for digit, and the credit of a month.

use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::json;

use super::convert::{Credit, Unit};
use super::*;
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::period::Window;
use crate::domain::snapshot::Reading;
use crate::providers::feed::{FeedKind, FetchError};
use crate::providers::http::loopback::{Loopback, Seen, reply};
use crate::providers::number::Number;

const SUMMARY: &str = include_str!("fixtures/usage_v2.json");
const PERIOD: &str = include_str!("fixtures/usage.json");

async fn hub() -> Loopback {
    let answer = |asked: &Seen, _| reply(200, if asked.path.ends_with("usage-v2") { SUMMARY } else { PERIOD });
    Loopback::start(answer).await
}

fn open(server: &Loopback, organization: Option<&str>) -> Opened {
    let settings = json!({ "api_key": "hf_test", "organization": organization, "base_url": server.base_url });
    serde_json::from_value::<Config>(settings).unwrap().open(&server.wire()).unwrap()
}

async fn costs(server: &Loopback, first: &str, end: &str) -> Result<Vec<CostRecord>, FetchError> {
    let FeedKind::Costs(feed) = open(server, None).feeds.remove(0).kind else { panic!("no costs") };
    feed.fetch(Window::new(first.parse().unwrap(), end.parse().unwrap()).unwrap()).await
}

fn shown(records: &[CostRecord]) -> Vec<String> {
    let text = |record: &CostRecord| {
        let item = record.line_item.as_deref().unwrap();
        format!("{} {item} {} {}", record.at.date_naive(), record.category.as_str(), record.amount.amount)
    };
    records.iter().map(text).collect()
}

#[tokio::test]
async fn a_day_is_its_providers_less_what_the_month_has_left_of_its_credit() {
    let server = hub().await;
    let records = costs(&server, "2026-10-31", "2026-11-03").await.unwrap();
    // What the month has used before the window took 1.523 of the 2 dollars.
    let expected = [
        "2026-10-31 inference providers: together usage 0.9",
        "2026-10-31 inference providers usage 0.623",
        "2026-10-31 included inference credit credit -0.477",
        "2026-10-31 jobs usage 0.2",
        "2026-11-01 inference providers: together usage 0.9",
        "2026-11-01 inference providers usage 0.623",
        "2026-11-01 included inference credit credit -1.523",
        "2026-11-01 jobs usage 0.2",
        "2026-11-02 inference providers: together usage 0.9",
        "2026-11-02 inference providers usage 0.623",
        "2026-11-02 included inference credit credit -0.477",
        "2026-11-02 jobs usage 0.2",
    ];
    assert_eq!(shown(&records), expected);
    assert!(
        records
            .iter()
            .all(|record| (record.category == ChargeCategory::Credit) == record.amount.amount.is_sign_negative())
    );
    let asked = server.seen();
    let spans: Vec<_> = asked.iter().map(|asked| (asked.values("startDate")[0], asked.values("endDate")[0])).collect();
    // Seconds, from the start of the month, then day by day.
    assert_eq!(spans[..2], [("1790812800", "1793404800"), ("1793404800", "1793491200")]);
    assert_eq!((asked.len(), asked[0].path.as_str()), (4, "/api/settings/billing/usage-v2"));
}

#[tokio::test]
async fn the_period_has_three_units_of_money_and_no_gifts() {
    let server = hub().await;
    let FeedKind::Snapshots(gauge) = open(&server, Some("acme")).feeds.remove(1).kind else { panic!("no period") };
    let readings = gauge.read().await.unwrap();
    let shown: Vec<_> = readings
        .iter()
        .map(|snapshot| match &snapshot.reading {
            Reading::Quota { unit, used, limit, .. } => format!("{}: {used} of {limit:?} {unit}", snapshot.scope),
            Reading::Balance(money) | Reading::Paid(money) => panic!("{money:?}"),
        })
        .collect();
    let expected = [
        "inference: 1.523 of None USD",
        "included inference credit: 1.523 of Some(2) USD",
        "Endpoints: 0.174 of None USD",
        "Spaces: 0 of None USD",
        "invoice: 12.34 of None USD",
    ];
    assert_eq!(shown, expected);
    assert_eq!(server.seen()[1].path, "/api/organizations/acme/billing/usage");
}

#[tokio::test]
async fn whose_bill_it_is_stands_in_the_period() {
    let server = hub().await;
    let identity = open(&server, None).identity.unwrap();
    assert_eq!(identity.ids().await.unwrap(), ["66cc00000000000000000001"]);
}

#[test]
fn an_organization_is_a_name_and_no_path() {
    for name in ["", ".", "..", "a/b", "a b", "acme?x"] {
        assert!(serde_json::from_value::<Config>(json!({ "organization": name })).is_err(), "{name}");
    }
    assert!(serde_json::from_value::<Config>(json!({ "organization": "acme-2.io" })).is_ok());
}

proptest! {
    #[test]
    fn units_lose_nothing(units in 0_i64..i64::MAX) {
        let number = Number(Decimal::from(units));
        for (unit, per_dollar) in [(Unit::Nano, 1_000_000_000_i64), (Unit::Micro, 1_000_000), (Unit::Cent, 100)] {
            prop_assert_eq!(unit.dollars(number) * Decimal::from(per_dollar), number.0);
        }
    }

    #[test]
    fn a_month_takes_its_credit_once_however_it_is_cut(days in prop::collection::vec(0_u32..900, 1..31), cut in 0_usize..31) {
        let included = Decimal::from(2_000);
        let take = |credit: &mut Credit, days: &[u32]| -> Decimal {
            days.iter().map(|used| credit.take(Decimal::from(*used), included)).sum()
        };
        let (before, after) = days.split_at(cut.min(days.len()));
        let used_before: Decimal = before.iter().map(|used| Decimal::from(*used)).sum();
        let taken = take(&mut Credit::default(), before) + take(&mut Credit::after(used_before), after);
        let used: Decimal = days.iter().map(|used| Decimal::from(*used)).sum();
        prop_assert_eq!(taken, used.min(included));
    }
}
