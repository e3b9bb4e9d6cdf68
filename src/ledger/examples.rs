//! Each rule of the ledger with numbers that a person can follow.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::calibrate::learn;
use super::reconcile::reconcile;
use super::split::sum;
use super::testing::{dec, facts, line, show, usage};
use crate::domain::calibration::{Calibration, Sample};
use crate::domain::cost::ChargeCategory;
use crate::domain::money::{Currency, Money};
use crate::domain::names::Billing;
use crate::domain::spend::{Basis, Bill, BilledCost, Price, PricedUsage, RateKey, SpendRow};
use crate::domain::usage::Meter::{self, Input, Output, WebSearches};

fn ledger(bill: Bill, usage: Vec<PricedUsage>) -> Vec<SpendRow> {
    reconcile(&facts(bill, usage), &Calibration::default())
}

fn total(rows: &[SpendRow]) -> Decimal {
    sum(rows.iter().map(|row| row.amount))
}

fn with_key(mut usage: PricedUsage, key: &str) -> PricedUsage {
    usage.dims.api_key = Some(key.to_owned());
    usage
}

fn with_tier(mut usage: PricedUsage, tier: &str) -> PricedUsage {
    usage.dims.service_tier = Some(tier.to_owned());
    usage
}

fn without_price(mut usage: PricedUsage) -> PricedUsage {
    usage.price = Price::Unpriced;
    usage
}

fn without_project(mut line: BilledCost) -> BilledCost {
    line.record.dims.project = None;
    line
}

/// A charge that tells no model and no meter.
fn lump(project: Option<&str>, name: Option<&str>, amount: &str) -> BilledCost {
    let mut line = line("", "", Input, amount);
    line.record.dims.project = project.map(str::to_owned);
    line.record.dims.model = None;
    line.record.meter = None;
    line.record.line_item = name.map(str::to_owned);
    line.model = None;
    line
}

#[test]
fn a_line_for_one_combination_is_billed_as_is() {
    let rows = ledger(
        Bill::Final(vec![line("p", "opus", Input, "1.25")]),
        vec![usage("p", "opus", Input, "1000", "1.30"), usage("p", "opus", Output, "10", "0.2")],
    );
    assert_eq!(
        show(&rows),
        ["p - opus input: billed 1.25 for 1000, list 1.3", "p - opus output: none 0 for 10, list 0.2"]
    );
    assert_eq!(rows.iter().map(|row| row.comparable).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn a_line_for_several_keys_is_allocated_by_estimated_cost() {
    let rows = ledger(
        Bill::Final(vec![line("p", "opus", Input, "9")]),
        vec![
            with_key(usage("p", "opus", Input, "100", "1"), "k1"),
            with_key(usage("p", "opus", Input, "200", "2"), "k2"),
        ],
    );
    assert_eq!(
        show(&rows),
        ["p k1 opus input: allocated 3 for 100, list 1", "p k2 opus input: allocated 6 for 200, list 2"]
    );
}

#[test]
fn a_key_that_the_bill_tells_keeps_its_money() {
    let mut told = line("p", "opus", Input, "5");
    told.record.dims.api_key = Some("k1".to_owned());
    let rows = ledger(
        Bill::Final(vec![told, line("p", "opus", Input, "7")]),
        vec![
            with_key(usage("p", "opus", Input, "100", "1"), "k1"),
            with_key(usage("p", "opus", Input, "100", "1"), "k2"),
            with_key(usage("p", "opus", Input, "600", "6"), "k3"),
        ],
    );
    assert_eq!(
        show(&rows),
        [
            "p k1 opus input: billed 5 for 100, list 1",
            "p k2 opus input: allocated 1 for 100, list 1",
            "p k3 opus input: allocated 6 for 600, list 6",
        ]
    );
}

#[test]
fn a_tier_that_no_line_names_is_part_of_the_line_without_one() {
    let mut batch = line("p", "opus", Input, "1");
    batch.record.dims.service_tier = Some("batch".to_owned());
    let used =
        || vec![usage("p", "opus", Input, "300", "3"), with_tier(usage("p", "opus", Input, "100", "1"), "batch")];
    let together = ledger(Bill::Final(vec![line("p", "opus", Input, "8")]), used());
    assert_eq!(together.iter().map(|row| row.amount).collect::<Vec<_>>(), [dec("6"), dec("2")]);
    let apart = ledger(Bill::Final(vec![line("p", "opus", Input, "8"), batch]), used());
    assert_eq!(apart.iter().map(|row| row.amount).collect::<Vec<_>>(), [dec("8"), dec("1")]);
}

#[test]
fn a_line_for_a_meter_that_was_not_used_falls_to_the_model_and_is_not_compared() {
    let rows = ledger(
        Bill::Final(vec![line("p", "opus", Meter::CacheWrite1h, "4")]),
        vec![with_key(usage("p", "opus", Input, "100", "1"), "k1")],
    );
    assert_eq!(
        show(&rows),
        ["p k1 opus input: none 0 for 100, list 1", "p k1 opus cache_write_1h: allocated 4 for 0, list 0"]
    );
    assert!(rows.iter().all(|row| !row.comparable));
}

#[test]
fn a_bill_without_projects_is_allocated_over_all_of_them() {
    let rows = ledger(
        Bill::Final(vec![without_project(line("", "opus", Input, "4"))]),
        vec![usage("a", "opus", Input, "100", "1"), usage("b", "opus", Input, "300", "3")],
    );
    assert_eq!(
        show(&rows),
        ["a - opus input: allocated 1 for 100, list 1", "b - opus input: allocated 3 for 300, list 3"]
    );
}

#[test]
fn a_project_pays_its_own_lines_only() {
    let rows = ledger(Bill::Final(vec![line("a", "opus", Input, "4")]), vec![usage("b", "opus", Input, "100", "1")]);
    assert_eq!(show(&rows), ["a - opus input: unallocated 4 for 0, list 0", "b - opus input: none 0 for 100, list 1"]);
}

#[test]
fn the_default_workspace_does_not_pay_for_others() {
    let mut default = usage("", "opus", Input, "100", "1");
    default.dims.project = None;
    let rows = ledger(
        Bill::Final(vec![without_project(line("", "opus", Input, "2")), line("w", "opus", Input, "3")]),
        vec![default, usage("w", "opus", Input, "100", "1")],
    );
    assert_eq!(show(&rows), ["- - opus input: billed 2 for 100, list 1", "w - opus input: billed 3 for 100, list 1"]);
}

#[test]
fn a_tool_that_is_billed_without_a_model_finds_who_called_it() {
    let mut searches = line("p", "", WebSearches, "0.30");
    (searches.record.dims.model, searches.model) = (None, None);
    let rows = ledger(
        Bill::Final(vec![searches, line("p", "opus", Input, "1")]),
        vec![
            usage("p", "opus", WebSearches, "20", "0.2"),
            usage("p", "haiku", WebSearches, "10", "0.1"),
            usage("p", "opus", Input, "100", "1"),
        ],
    );
    assert_eq!(
        show(&rows),
        [
            "p - haiku web_searches: allocated 0.1 for 10, list 0.1",
            "p - opus input: billed 1 for 100, list 1",
            "p - opus web_searches: allocated 0.2 for 20, list 0.2",
        ]
    );
}

#[test]
fn a_lump_sum_is_shared_by_the_project_and_a_named_one_by_people_only() {
    let used = || {
        vec![
            with_key(usage("p", "opus", Input, "100", "1"), "k1"),
            with_key(usage("p", "haiku", Input, "200", "2"), "k1"),
            with_key(usage("p", "opus", Input, "300", "3"), "k2"),
        ]
    };
    let sum = ledger(Bill::Final(vec![lump(Some("p"), None, "12")]), used());
    assert_eq!(
        show(&sum),
        [
            "p k1 haiku input: allocated 4 for 200, list 2",
            "p k1 opus input: allocated 2 for 100, list 1",
            "p k2 opus input: allocated 6 for 300, list 3",
        ]
    );
    let named = ledger(Bill::Final(vec![lump(Some("p"), Some("code containers"), "12")]), used());
    assert_eq!(
        show(&named).into_iter().filter(|row| row.contains("allocated")).collect::<Vec<_>>(),
        ["p k1 - -: allocated 6 for 0, list 0", "p k2 - -: allocated 6 for 0, list 0"]
    );
}

#[test]
fn unpriced_use_is_weighed_by_quantity_and_stays_visible() {
    let rows = ledger(
        Bill::Final(vec![line("p", "new", Input, "4")]),
        vec![
            without_price(with_key(usage("p", "new", Input, "100", "0"), "k1")),
            without_price(with_key(usage("p", "new", Input, "300", "0"), "k2")),
        ],
    );
    assert_eq!(
        show(&rows),
        ["p k1 new input: allocated 1 for 100, list ?", "p k2 new input: allocated 3 for 300, list ?"]
    );
    assert!(rows.iter().all(|row| row.unpriced && !row.comparable));
}

#[test]
fn where_one_use_has_no_price_all_are_weighed_by_quantity() {
    let priced = with_key(usage("p", "new", Input, "100", "9"), "k1");
    let unpriced = without_price(with_key(usage("p", "new", Input, "300", "0"), "k2"));
    let rows = ledger(Bill::Final(vec![line("p", "new", Input, "4")]), vec![priced, unpriced]);
    // By price the first would bear all of it.
    assert_eq!(
        show(&rows),
        ["p k1 new input: allocated 1 for 100, list 9", "p k2 new input: allocated 3 for 300, list ?"]
    );
}

#[test]
fn use_of_nothing_explains_nothing() {
    let rows = ledger(Bill::Final(vec![line("p", "new", Input, "4")]), vec![usage("p", "new", Input, "0", "0")]);
    assert_eq!(
        rows.iter().filter(|row| row.basis == Basis::Unallocated).map(|row| row.amount).sum::<Decimal>(),
        dec("4")
    );
}

#[test]
fn credits_and_taxes_stay_rows_of_their_own() {
    let mut credit = lump(None, Some("promotion"), "-2");
    credit.record.category = ChargeCategory::Credit;
    let mut tax = line("p", "opus", Input, "0.7");
    tax.record.category = ChargeCategory::Tax;
    let rows = ledger(
        Bill::Final(vec![credit, tax, line("p", "opus", Input, "5")]),
        vec![usage("p", "opus", Input, "100", "5")],
    );
    let whole: Vec<_> = rows.iter().map(|row| (row.category.as_str(), row.basis, row.amount, row.quantity)).collect();
    assert_eq!(
        whole,
        [
            ("credit", Basis::Billed, dec("-2"), dec("0")),
            ("usage", Basis::Billed, dec("5"), dec("100")),
            ("tax", Basis::Billed, dec("0.7"), dec("0")),
        ]
    );
}

#[test]
fn a_refund_next_to_a_charge_does_not_blow_up_shares() {
    let mut refund = line("p", "opus", Input, "-9.99");
    refund.record.line_item = Some("opus, input, refund".to_owned());
    let rows = ledger(
        Bill::Final(vec![line("p", "opus", Input, "10"), refund]),
        vec![
            with_key(usage("p", "opus", Input, "50", "1"), "k1"),
            with_key(usage("p", "opus", Input, "50", "1"), "k2"),
        ],
    );
    let mut amounts: Vec<_> = rows.iter().map(|row| row.amount).collect();
    amounts.sort();
    assert_eq!(amounts, [dec("-4.995"), dec("-4.995"), dec("5"), dec("5")]);
    assert_eq!(sum(rows.iter().map(|row| row.quantity)), dec("100"));
}

#[test]
fn currencies_do_not_mix() {
    let mut euros = line("p", "haiku", Input, "3");
    euros.record.amount = Money::new(dec("3"), "EUR".parse().unwrap());
    let rows = ledger(
        Bill::Final(vec![euros, line("p", "opus", Input, "5")]),
        vec![usage("p", "opus", Input, "1", "1"), usage("p", "haiku", Input, "1", "1")],
    );
    let in_currency =
        |currency: Currency| sum(rows.iter().filter(|row| row.currency == currency).map(|row| row.amount));
    assert_eq!((in_currency(Currency::USD), in_currency("EUR".parse().unwrap())), (dec("5"), dec("3")));
}

#[test]
fn an_awaited_bill_is_estimated_and_provisional() {
    let used = || vec![usage("p", "opus", Input, "100", "5")];
    for bill in [Bill::Awaited, Bill::Open(Vec::new())] {
        let rows = ledger(bill, used());
        assert_eq!(show(&rows), ["p - opus input: estimated 5 for 100, list 5"]);
        assert!(rows[0].provisional && rows[0].billed.is_zero());
    }
    assert_eq!(total(&ledger(Bill::Final(Vec::new()), used())), dec("0"), "a final bill of nothing is zero");
}

#[test]
fn without_anybody_who_bills_the_estimate_is_final() {
    let rows = ledger(
        Bill::None,
        vec![usage("p", "opus", Input, "100", "5"), without_price(usage("p", "new", Input, "7", "0"))],
    );
    assert_eq!(show(&rows), ["p - new input: none 0 for 7, list ?", "p - opus input: estimated 5 for 100, list 5"]);
    assert!(rows.iter().all(|row| !row.provisional));
}

#[test]
fn an_open_bill_is_topped_up_where_it_is_behind() {
    let rows = ledger(
        Bill::Open(vec![line("p", "opus", Input, "4")]),
        vec![usage("p", "opus", Input, "100", "5"), usage("p", "haiku", Input, "100", "3")],
    );
    assert_eq!(
        show(&rows),
        [
            "p - haiku input: estimated 3 for 100, list 3",
            "p - opus input: estimated 1 for 0, list 0",
            "p - opus input: billed 4 for 100, list 5",
        ]
    );
    assert!(rows.iter().all(|row| row.provisional));
}

#[test]
fn an_open_bill_above_the_estimate_stands() {
    let rows = ledger(
        Bill::Open(vec![line("p", "opus", Input, "9")]),
        vec![usage("p", "opus", Input, "100", "5"), usage("p", "haiku", Input, "100", "3")],
    );
    assert_eq!(total(&rows), dec("9"));
}

#[test]
fn what_no_use_explains_comes_on_top_of_the_estimate() {
    let rows =
        ledger(Bill::Open(vec![line("p", "images", Meter::Images, "2")]), vec![usage("p", "opus", Input, "100", "5")]);
    assert_eq!(total(&rows), dec("7"));
}

#[test]
fn the_estimate_is_calibrated() {
    let key = RateKey { model: "opus".to_owned(), meter: Input, service_tier: None };
    let learnt = learn([Sample { key, billed: dec("80"), estimated: dec("100") }], dec("1"));
    let rows = reconcile(&facts(Bill::Awaited, vec![usage("p", "opus", Input, "100", "5")]), &learnt);
    assert_eq!(show(&rows), ["p - opus input: estimated 4 for 100, list 5"]);
}

#[test]
fn an_open_bill_in_another_currency_is_topped_up_at_its_rate_or_not_at_all() {
    let mut euros = line("p", "opus", Input, "3");
    euros.record.amount.currency = "EUR".parse().unwrap();
    let mut day = facts(Bill::Open(vec![euros]), vec![usage("p", "opus", Input, "100", "5")]);
    let extra = |day: &_| {
        let rows = reconcile(day, &Calibration::default());
        sum(rows.iter().filter(|row| row.basis == Basis::Estimated).map(|row| row.amount))
    };
    assert_eq!(extra(&day), dec("0"));
    day.usd_rates.insert("EUR".parse().unwrap(), dec("1.2"));
    assert_eq!(extra(&day), dec("1.4"));
}

#[test]
fn what_the_bill_leaves_out_is_neither_expected_nor_paid() {
    let mut day = facts(
        Bill::Awaited,
        vec![with_tier(usage("p", "opus", Input, "100", "5"), "priority"), usage("p", "opus", Input, "10", "1")],
    );
    day.leaves_out = BTreeSet::from(["priority".to_owned()]);
    let rows = reconcile(&day, &Calibration::default());
    assert_eq!(show(&rows), ["p - opus input: estimated 1 for 10, list 1", "p - opus input: none 0 for 100, list 5"]);
}

#[test]
fn included_and_subscribed_use_is_valued_and_never_spent() {
    for billing in [Billing::Included, Billing::Subscription] {
        let mut used = usage("p", "opus", Input, "100", "5");
        used.billing = billing;
        for bill in [Bill::None, Bill::Awaited, Bill::Final(vec![line("p", "opus", Input, "2")])] {
            let billed = if let Bill::Final(_) = bill { dec("2") } else { dec("0") };
            let rows = ledger(bill, vec![used.clone()]);
            assert_eq!(total(&rows), billed);
            let row = rows.iter().find(|row| row.billing == billing).unwrap();
            assert_eq!((row.amount, row.estimated, row.quantity), (dec("0"), Some(dec("5")), dec("100")));
        }
    }
}
