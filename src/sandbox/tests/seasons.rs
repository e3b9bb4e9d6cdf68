//! What time does to the company and its bill.

use rust_decimal::Decimal;

use super::super::{Options, Vendor};
use super::{Lab, NOON, day, seconds};

async fn both_bills(lab: &Lab) -> Vec<Option<Decimal>> {
    let days = ["2026-10-31", "2026-11-08", "2026-11-17"];
    days.iter().flat_map(|at| Vendor::ALL.map(|vendor| lab.sandbox.bill(vendor, day(at)))).collect()
}

#[tokio::test]
async fn the_seed_alone_decides_what_happened() {
    let (first, again) = (Lab::open().await, Lab::open().await);
    let other = Lab::with(|options| options.seed = 2).await;
    assert_eq!(both_bills(&first).await, both_bills(&again).await);
    assert_ne!(both_bills(&first).await, both_bills(&other).await);
}

#[tokio::test]
async fn nothing_is_billed_before_the_founding_nor_after_today() {
    let lab = Lab::with(|options| options.founded = day("2025-10-14")).await;
    for vendor in Vendor::ALL {
        assert_eq!(lab.sandbox.bill(vendor, day("2025-10-13")), None);
        assert!(lab.sandbox.bill(vendor, day("2025-10-14")).is_some_and(|amount| amount > Decimal::ZERO));
        assert_eq!(lab.sandbox.bill(vendor, day("2026-11-19")), None);
    }
    let query = [("start_time", &*seconds("2025-10-01T00:00:00Z")), ("limit", "14")];
    let answer = lab.openai("costs", &query).await;
    let empty = answer.buckets().iter().filter(|bucket| bucket["results"] == serde_json::json!([])).count();
    assert_eq!((answer.buckets().len(), empty), (14, 13));
}

#[tokio::test]
async fn a_bill_grows_until_two_days_after_its_day() {
    let lab = Lab::open().await;
    let today = day("2026-11-18");
    let hours = ["13:00:00", "19:00:00", "23:59:59"].map(|hour| format!("2026-11-18T{hour}Z"));
    let later = ["2026-11-19T09:00:00Z", "2026-11-19T22:00:00Z", "2026-11-20T10:00:00Z"].map(ToOwned::to_owned);
    for vendor in Vendor::ALL {
        let mut before = Decimal::ZERO;
        let mut growths = 0;
        lab.set(NOON);
        for now in hours.iter().chain(&later) {
            lab.set(now);
            let bill = lab.sandbox.bill(vendor, today).expect("the day has begun");
            assert!(bill >= before, "{vendor:?} at {now}");
            growths += i32::from(bill > before);
            before = bill;
            assert!(!lab.sandbox.is_settled(today));
        }
        assert!(growths >= 4, "{vendor:?} grew {growths} times");
        lab.set("2026-11-21T00:00:00Z");
        assert!(lab.sandbox.is_settled(today));
        let settled = lab.sandbox.bill(vendor, today);
        lab.set("2027-01-21T00:00:00Z");
        assert_eq!(lab.sandbox.bill(vendor, today), settled);
    }
}

#[tokio::test]
async fn usage_of_today_ends_a_few_minutes_ago() {
    let lab = Lab::open().await;
    let start = seconds("2026-11-18T12:00:00Z");
    let query = [("start_time", start.as_str()), ("bucket_width", "1m"), ("limit", "60")];
    let answer = lab.openai("usage/completions", &query).await;
    let filled: Vec<_> = answer.buckets().iter().map(|bucket| bucket["results"] != serde_json::json!([])).collect();
    assert_eq!(filled.len(), 35, "up to and with the current minute");
    assert_eq!(filled.iter().filter(|filled| **filled).count(), 29, "without the last five and the current one");
}

#[tokio::test]
async fn a_restated_day_is_billed_anew_and_no_other() {
    let lab = Lab::open().await;
    let days = ["2026-11-08", "2026-11-09"].map(day);
    for (vendor, higher) in [(Vendor::OpenAi, true), (Vendor::Anthropic, false)] {
        let before = days.map(|at| lab.sandbox.bill(vendor, at).expect("a day of the company"));
        lab.sandbox.restate(vendor, days[0]);
        let after = days.map(|at| lab.sandbox.bill(vendor, at).expect("a day of the company"));
        assert_eq!(after[0] > before[0], higher);
        let change = (after[0] / before[0] - Decimal::ONE).abs();
        assert!(change > Decimal::new(2, 2) && change < Decimal::new(5, 2), "{vendor:?} by {change}");
        assert_eq!(after[1], before[1]);
    }
}

#[tokio::test]
async fn the_demo_restates_a_settled_day_ten_minutes_in() {
    let (vendor, of) = (Vendor::OpenAi, day("2026-11-15"));
    let lab = Lab::with(|options| *options = Options::demo(options.clock.clone())).await;
    assert!(lab.sandbox.is_settled(of) && !lab.sandbox.is_settled(of.next()));
    let before = lab.sandbox.bill(vendor, of);
    lab.set("2026-11-18T12:44:55Z");
    assert_eq!(lab.sandbox.bill(vendor, of), before);
    lab.set("2026-11-18T12:44:56Z");
    assert!(lab.sandbox.bill(vendor, of) > before);
}

#[tokio::test]
async fn one_project_had_an_odd_day() {
    let lab = Lab::open().await;
    let start = seconds("2026-11-01T00:00:00Z");
    let query = [("start_time", start.as_str()), ("limit", "14"), ("project_ids[]", "proj_SbSearch")];
    let answer = lab.openai("costs", &query).await;
    let sums: Vec<_> = answer.rows().map(|row| super::decimal(&row["amount"]["value"])).collect();
    assert_eq!(sums.len(), 14);
    // 2026-11-08 is a Sunday, and so is the first of the month.
    let ratio = sums[7] / sums[0];
    assert!(ratio > Decimal::from(3) && ratio < Decimal::from(5), "{ratio}");
}

#[tokio::test]
async fn the_statement_says_what_the_bill_says() {
    let lab = Lab::open().await;
    let url = format!("http://{}/bill", lab.sandbox.address());
    let query = [("from", "2026-11-01"), ("to", "2026-11-19")];
    let answer = lab.send(lab.http.get(url).query(&query)).await.expect("an answer");
    let lines = answer.body.as_array().expect("a list");
    assert_eq!(lines.len(), 36);
    for line in lines {
        let vendor = if line["vendor"] == "openai" { Vendor::OpenAi } else { Vendor::Anthropic };
        let of = day(line["day"].as_str().expect("text"));
        assert_eq!(lab.sandbox.bill(vendor, of), Some(super::decimal(&line["amount"])));
        assert_eq!(line["settled"], of <= day("2026-11-15"), "{of}");
    }
}

#[tokio::test]
async fn a_budget_fits_the_month() {
    let lab = Lab::open().await;
    let days = (0..18).map(|offset| day("2026-11-01").plus(offset));
    let spent: Decimal =
        days.flat_map(|at| Vendor::ALL.map(|vendor| lab.sandbox.bill(vendor, at).expect("known"))).sum();
    let share = spent / lab.sandbox.budget_spent_to(85, &lab.sandbox.billed_by());
    assert!(share >= Decimal::new(85, 2) && share < Decimal::new(86, 2), "{share}");
}
