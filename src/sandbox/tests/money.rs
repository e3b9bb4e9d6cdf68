//! Bills in several currencies, and what these are worth.

use rust_decimal::Decimal;

use super::{Lab, day, decimal};
use crate::domain::money::Currency;
use crate::sandbox::{Guest, Target, ecb};

async fn rates(lab: &Lab, file: &str) -> String {
    let url = format!("{}/{file}", lab.sandbox.exchange_rates_url());
    lab.http.get(url).send().await.expect("an answer").text().await.expect("a body")
}

/// The days of a file, as they stand there.
fn days(file: &str) -> Vec<&str> {
    file.split("time='").skip(1).filter_map(|rest| rest.split('\'').next()).collect()
}

#[tokio::test]
async fn rates_are_fixed_on_working_days_that_are_over() {
    let lab = Lab::open().await;
    assert_eq!(days(&rates(&lab, "eurofxref-daily.xml").await), ["2026-11-17"]);
    let history = rates(&lab, "eurofxref-hist-90d.xml").await;
    let days = days(&history);
    assert_eq!(&days[..4], ["2026-11-17", "2026-11-16", "2026-11-13", "2026-11-12"]);
    assert!(days.last() >= Some(&"2026-08-20"));
    let whole = rates(&lab, "eurofxref-hist.xml").await;
    assert!(whole.len() > history.len() && whole.contains("currency='CNY'"));
}

#[tokio::test]
async fn a_weekend_has_the_rate_of_friday_and_the_file_says_the_same() {
    let lab = Lab::open().await;
    let world = lab.sandbox.state.world;
    let worth = |currency: &str, at: &str| ecb::dollars(world, currency.parse().expect("a currency"), day(at));
    assert_eq!(worth("USD", "2026-11-14"), Some(Decimal::ONE));
    assert_eq!(worth("EUR", "2026-11-15"), worth("EUR", "2026-11-13"));
    assert_eq!(worth("SEK", "2026-11-13"), None);
    let friday = worth("EUR", "2026-11-13").expect("a rate");
    let file = rates(&lab, "eurofxref-hist-90d.xml").await;
    assert!(file.contains(&format!("<Cube time='2026-11-13'><Cube currency='USD' rate='{friday}'/>")));
}

#[tokio::test]
async fn the_statement_is_about_those_whom_the_company_uses() {
    let lab = Lab::with(|options| options.guests = vec![Guest::Azure, Guest::DeepSeek]).await;
    let azure = Target::Guest(Guest::Azure);
    // DeepSeek tells no bill.
    assert_eq!(lab.sandbox.billed_by().last(), Some(&azure));
    assert_eq!(lab.sandbox.currency_of(azure), Currency::EUR);
    let url = format!("http://{}/bill", lab.sandbox.address());
    let query = [("vendor", "azure"), ("from", "2026-11-10"), ("to", "2026-11-12")];
    let answer = lab.send(lab.http.get(url).query(&query)).await.expect("an answer");
    let lines = answer.body.as_array().expect("a list");
    assert_eq!(lines.len(), 2);
    for line in lines {
        assert_eq!(line["currency"], "EUR");
        let of = day(line["day"].as_str().expect("text"));
        assert_eq!(lab.sandbox.bill_of(azure, of), Some(decimal(&line["amount"])));
    }
}

#[tokio::test]
async fn a_budget_adds_euros_up_as_dollars() {
    let lab = Lab::with(|options| options.guests = vec![Guest::Azure]).await;
    let azure = [Target::Guest(Guest::Azure)];
    let euros: Decimal = (0..18).filter_map(|n| lab.sandbox.bill_of(azure[0], day("2026-11-01").plus(n))).sum();
    let limit = lab.sandbox.budget_spent_to(100, &azure);
    // A euro is worth more than a dollar at every rate of the sandbox.
    assert!(limit > euros && limit < euros * Decimal::new(12, 1), "{limit} for {euros}");
}
