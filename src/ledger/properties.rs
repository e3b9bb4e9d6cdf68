//! What holds for every bill and every use.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::calibrate::learn;
use super::reconcile::reconcile;
use super::split::sum;
use super::testing::{day, facts};
use crate::domain::calibration::{Calibration, Sample};
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::money::{Currency, Money};
use crate::domain::names::Billing;
use crate::domain::spend::{Basis, Bill, BilledCost, DayFacts, Price, PricedUsage, RateKey, SpendRow};
use crate::domain::usage::{Dimensions, Meter, UsageRecord};

const METERS: [Meter; 4] = [Meter::Input, Meter::CacheRead, Meter::Output, Meter::Requests];

/// Few names, so that bill and use often meet.
fn name(prefix: &'static str, names: u8) -> impl Strategy<Value = Option<String>> {
    prop::option::weighted(0.6, (0..names).prop_map(move |n| format!("{prefix}{n}")))
}

fn dimensions() -> impl Strategy<Value = Dimensions> {
    let tier = prop::option::weighted(0.3, prop::sample::select(vec!["batch".to_owned(), "priority".to_owned()]));
    let over = prop::sample::select(vec![0, 0, 200_000]);
    (name("proj", 2), name("key", 2), name("user", 1), name("model", 3), tier, name("region", 1), over).prop_map(
        |(project, api_key, user, model, service_tier, region, prompt_over)| Dimensions {
            project,
            api_key,
            user,
            model,
            service_tier,
            region,
            prompt_over,
        },
    )
}

fn canonical(dims: &Dimensions) -> Option<String> {
    // Two names of one model, and one that the list does not know.
    dims.model.as_deref().and_then(|model| match model {
        "model0" | "model1" => Some("known".to_owned()),
        _ => None,
    })
}

/// Up to ten million with up to 18 decimals, so that a test's own sums stay within 28 digits; often as small as the estimates.
fn amount() -> impl Strategy<Value = Decimal> {
    let large = -3_000_000_000_000_000_000_000_000_i128..10_000_000_000_000_000_000_000_000;
    let small = -1_000_000_000_000_000_000_000_i128..100_000_000_000_000_000_000_000;
    (prop_oneof![large, small], 0_u32..=18)
        .prop_map(|(digits, scale)| Decimal::from_i128_with_scale(digits, 18).trunc_with_scale(scale))
}

fn cost() -> impl Strategy<Value = BilledCost> {
    let category = prop::sample::select([[ChargeCategory::Usage; 6], ChargeCategory::ALL].concat());
    let currency = prop::sample::select(vec!["USD", "USD", "USD", "EUR"]);
    let meter = prop::option::of(prop::sample::select(METERS.to_vec()));
    (dimensions(), meter, name("line", 3), category, amount(), currency).prop_map(
        |(dims, meter, line_item, category, amount, currency)| BilledCost {
            model: canonical(&dims),
            record: CostRecord {
                at: day().start(),
                dims,
                meter,
                line_item,
                category,
                amount: Money::new(amount, currency.parse().unwrap()),
                quantity: None,
                unit: None,
            },
        },
    )
}

fn used() -> impl Strategy<Value = PricedUsage> {
    let price = prop_oneof![
        4 => (0_i64..1_000_000_000, 4_u32..10).prop_map(|(mantissa, scale)| Price::Rated(Decimal::new(mantissa, scale))),
        1 => Just(Price::Free),
        1 => Just(Price::Unpriced),
    ];
    let billing = prop::sample::select(vec![
        Billing::Metered,
        Billing::Metered,
        Billing::Metered,
        Billing::Included,
        Billing::Subscription,
    ]);
    (dimensions(), prop::sample::select(METERS.to_vec()), 0_u64..1_000_000_000, price, billing).prop_map(
        |(dims, meter, quantity, price, billing)| PricedUsage {
            model: canonical(&dims),
            dims,
            meter,
            quantity: quantity.into(),
            price,
            billing,
        },
    )
}

fn weight() -> impl Strategy<Value = UsageRecord> {
    (dimensions(), prop::sample::select(METERS.to_vec()), 0_u64..1_000_000)
        .prop_map(|(dims, meter, quantity)| UsageRecord { at: day().start(), dims, meter, quantity: quantity.into() })
}

fn bill() -> impl Strategy<Value = Bill> {
    let lines = || prop::collection::vec(cost(), 0..12);
    prop_oneof![
        1 => Just(Bill::None),
        1 => Just(Bill::Awaited),
        4 => lines().prop_map(Bill::Open),
        6 => lines().prop_map(Bill::Final),
    ]
}

fn any_day() -> impl Strategy<Value = DayFacts> {
    let rates = prop::option::of(Just(("EUR".parse().unwrap(), Decimal::new(12, 1))));
    let usage = prop::collection::vec(used(), 0..20);
    (bill(), usage, prop::collection::vec(weight(), 0..8), any::<bool>(), rates).prop_map(
        |(bill, usage, attribution, leaves_out, rates)| {
            let mut day = facts(bill, usage);
            day.attribution = attribution;
            day.leaves_out.extend(leaves_out.then(|| "priority".to_owned()));
            day.usd_rates.extend(rates);
            day
        },
    )
}

fn calibration() -> impl Strategy<Value = Calibration> {
    let sample = (1_i64..300, prop::sample::select(METERS.to_vec())).prop_map(|(billed, meter)| Sample {
        key: RateKey { model: "known".to_owned(), meter, service_tier: None },
        billed: billed.into(),
        estimated: Decimal::ONE_HUNDRED,
    });
    prop::collection::vec(sample, 0..4).prop_map(|samples| learn(samples, Decimal::ONE))
}

fn costs(bill: &Bill) -> &[BilledCost] {
    match bill {
        Bill::None | Bill::Awaited => &[],
        Bill::Open(costs) | Bill::Final(costs) => costs,
    }
}

type Totals = BTreeMap<(Currency, ChargeCategory), Decimal>;

fn on_the_bill(bill: &Bill) -> Totals {
    let mut totals = Totals::new();
    for BilledCost { record, .. } in costs(bill) {
        *totals.entry((record.amount.currency, record.category)).or_default() += record.amount.amount;
    }
    totals.retain(|_, total| !total.is_zero());
    totals
}

fn in_the_ledger(rows: &[SpendRow], field: fn(&SpendRow) -> Decimal) -> Totals {
    let mut totals = Totals::new();
    for row in rows {
        *totals.entry((row.currency, row.category)).or_default() += field(row);
    }
    totals.retain(|_, total| !total.is_zero());
    totals
}

fn quantities<T>(
    rows: &[T],
    of: impl Fn(&T) -> Option<(Meter, Billing, Decimal)>,
) -> BTreeMap<(Meter, Billing), Decimal> {
    let mut totals = BTreeMap::new();
    for (meter, billing, quantity) in rows.iter().filter_map(of) {
        *totals.entry((meter, billing)).or_default() += quantity;
    }
    totals.retain(|_, total: &mut Decimal| !total.is_zero());
    totals
}

proptest! {
    #[test]
    fn a_final_bill_is_the_spend_to_the_last_digit(day in any_day(), calibration in calibration()) {
        let rows = reconcile(&day, &calibration);
        let bill = on_the_bill(&day.bill);
        prop_assert_eq!(in_the_ledger(&rows, |row| row.billed), bill.clone());
        if let Bill::Final(_) = day.bill {
            prop_assert_eq!(in_the_ledger(&rows, |row| row.amount), bill);
            prop_assert!(rows.iter().all(|row| !row.provisional));
        }
    }

    #[test]
    fn an_open_day_is_never_below_its_bill(day in any_day(), calibration in calibration()) {
        let rows = reconcile(&day, &calibration);
        for row in rows.iter().filter(|row| row.billing == Billing::Metered) {
            prop_assert!(row.amount >= row.billed);
            prop_assert_eq!(row.provisional, matches!(day.bill, Bill::Awaited | Bill::Open(_)));
        }
    }

    #[test]
    fn an_open_day_costs_what_is_explained_or_expected_and_the_unexplained(day in any_day(), calibration in calibration()) {
        let bill = match day.bill {
            Bill::None | Bill::Awaited => Bill::Awaited,
            Bill::Open(costs) | Bill::Final(costs) => Bill::Open(costs),
        };
        let mut day = DayFacts { bill, ..day };
        day.usd_rates.insert("EUR".parse().unwrap(), Decimal::new(12, 1));
        let rows = reconcile(&day, &calibration);
        let usd = |field: fn(&SpendRow) -> Decimal, wanted: &dyn Fn(&SpendRow) -> bool| {
            let use_of_day = rows.iter().filter(|row| row.category == ChargeCategory::Usage && wanted(row));
            sum(use_of_day.map(|row| field(row) * day.usd_rate(row.currency).unwrap()))
        };
        let unexplained = usd(|row| row.billed, &|row| row.basis == Basis::Unallocated);
        let explained = usd(|row| row.billed, &|row| row.basis != Basis::Unallocated);
        let covered = |used: &&PricedUsage| {
            let tier = used.dims.service_tier.as_deref().unwrap_or_default();
            used.billing == Billing::Metered && !day.leaves_out.contains(tier)
        };
        let expected = sum(day.usage.iter().filter(covered).map(|used| match used.price {
            Price::Rated(usd) => usd * calibration.ratio(used),
            Price::Free | Price::Unpriced => Decimal::ZERO,
        }));
        prop_assert_eq!(usd(|row| row.amount, &|_| true), unexplained + explained.max(expected));
    }

    #[test]
    fn every_unit_of_use_is_counted_once(day in any_day(), calibration in calibration()) {
        let rows = reconcile(&day, &calibration);
        let before = quantities(&day.usage, |used| Some((used.meter, used.billing, used.quantity)));
        let after = quantities(&rows, |row| Some((row.meter?, row.billing, row.quantity)));
        prop_assert_eq!(after, before);
        prop_assert!(rows.iter().all(|row| row.meter.is_some() || row.quantity.is_zero()));
        prop_assert!(rows.iter().all(|row| row.quantity.fract().is_zero()));
    }

    #[test]
    fn every_list_price_is_counted_once(day in any_day(), calibration in calibration()) {
        let rows = reconcile(&day, &calibration);
        let before = sum(day.usage.iter().map(|used| if let Price::Rated(usd) = used.price { usd } else { Decimal::ZERO }));
        prop_assert_eq!(sum(rows.iter().filter_map(|row| row.estimated)), before);
        prop_assert!(rows.iter().all(|row| row.unpriced == row.estimated.is_none()));
    }

    #[test]
    fn the_order_of_the_facts_does_not_matter(
        (day, shuffled) in any_day().prop_flat_map(|day| {
            let bill = Just(costs(&day.bill).to_vec()).prop_shuffle();
            let usage = Just(day.usage.clone()).prop_shuffle();
            let attribution = Just(day.attribution.clone()).prop_shuffle();
            (Just(day), bill, usage, attribution).prop_map(|(day, costs, usage, attribution)| {
                let bill = match day.bill {
                    Bill::Open(_) => Bill::Open(costs),
                    Bill::Final(_) => Bill::Final(costs),
                    ref other => other.clone(),
                };
                let shuffled = DayFacts { bill, usage, attribution, ..day.clone() };
                (day, shuffled)
            })
        }),
        calibration in calibration(),
    ) {
        prop_assert_eq!(reconcile(&shuffled, &calibration), reconcile(&day, &calibration));
    }

    #[test]
    fn use_that_the_bill_does_not_charge_for_is_never_spend(day in any_day(), calibration in calibration()) {
        for row in reconcile(&day, &calibration).iter().filter(|row| row.billing != Billing::Metered) {
            prop_assert!(row.amount.is_zero() && row.billed.is_zero() && !row.comparable);
        }
    }
}
