//! Plans and seats: a monthly price, spread over the days of the month.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::domain::cost::ChargeCategory;
use crate::domain::money::Money;
use crate::domain::names::Billing;
use crate::domain::period::Day;
use crate::domain::spend::{Basis, SpendRow};
use crate::domain::usage::Dimensions;

/// A fixed fee, as the configuration tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub name: String,
    /// For a calendar month.
    pub price: Money,
    /// The first day that is paid for; `None` is always.
    pub from: Option<Day>,
    /// The last day that is paid for.
    pub until: Option<Day>,
}

impl Plan {
    #[must_use]
    pub fn covers(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    /// The fee of `day`; the days of a whole month add up to the price.
    #[must_use]
    pub fn fee(&self, day: Day) -> Decimal {
        let first = day.month_start();
        let days = Decimal::from(first.plus_months(1).since(first));
        let scale = self.price.amount.scale().max(2);
        // Differences of rounded running totals differ by one unit at most, and end at the price.
        let paid = |days_paid: i64| {
            let share = Decimal::from(days_paid).checked_div(days).unwrap_or_default();
            self.price.amount.saturating_mul(share).round_dp(scale)
        };
        let before = day.since(first);
        paid(before + 1).saturating_sub(paid(before))
    }
}

/// The rows of `day` for the plans that are paid for it.
#[must_use]
pub fn fees(plans: &[Plan], day: Day) -> Vec<SpendRow> {
    let paid = plans.iter().filter(|plan| plan.covers(day));
    let row = |plan: &Plan| SpendRow {
        dims: Dimensions::default(),
        model: None,
        meter: None,
        line_item: Some(plan.name.clone()),
        category: ChargeCategory::Fee,
        billing: Billing::Subscription,
        basis: Basis::Fee,
        provisional: false,
        quantity: Decimal::ZERO,
        currency: plan.price.currency,
        amount: plan.fee(day),
        billed: Decimal::ZERO,
        estimated: Some(Decimal::ZERO),
        comparable: false,
        unpriced: false,
        tags: BTreeMap::new(),
    };
    paid.map(row).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::period::Window;
    use crate::ledger::split::sum;
    use crate::ledger::testing::dec;

    fn plan(price: Decimal) -> Plan {
        Plan { name: "Max".to_owned(), price: Money::usd(price), from: None, until: None }
    }

    fn date(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_of_a_month_costs_its_part() {
        let plan = plan(dec("200"));
        let november = [date("2026-11-01"), date("2026-11-02"), date("2026-11-03")].map(|day| plan.fee(day));
        assert_eq!(november, [dec("6.67"), dec("6.66"), dec("6.67")]);
        assert_eq!(plan.fee(date("2027-02-28")), dec("7.14"));
    }

    #[test]
    fn only_days_that_are_paid_for_have_a_fee() {
        let mut plan = plan(dec("30"));
        plan.from = Some(date("2026-11-10"));
        plan.until = Some(date("2026-11-11"));
        let days = ["2026-11-09", "2026-11-10", "2026-11-11", "2026-11-12"].map(date);
        assert_eq!(days.map(|day| fees(std::slice::from_ref(&plan), day).len()), [0, 1, 1, 0]);
    }

    proptest! {
        #[test]
        fn the_days_of_a_month_add_up_to_the_price(cents in 0_i64..10_000_000, scale in 0_u32..6, months in 0_u32..60) {
            let plan = plan(Decimal::new(cents, scale));
            let first = date("2024-01-01").plus_months(months);
            let month = Window::new(first, first.plus_months(1)).unwrap();
            let fees: Vec<Decimal> = month.days().map(|day| plan.fee(day)).collect();
            prop_assert_eq!(sum(fees.iter().copied()), plan.price.amount);
            let (least, most) = (fees.iter().min().unwrap(), fees.iter().max().unwrap());
            prop_assert!(most - least <= Decimal::new(1, plan.price.amount.scale().max(2)));
        }
    }
}
