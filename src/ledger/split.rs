//! Splitting an amount by weights so that the parts add up to it, to the last digit.

use std::cmp::Reverse;

use rust_decimal::{Decimal, RoundingStrategy};

/// Digits after the point of a share of money; a finer amount keeps its own.
const MONEY_SCALE: u32 = 12;

/// The parts of `total`, in the order of `weights`, each a multiple of 10^-`scale` but for what `total` itself has beyond it.
///
/// Largest remainders get the units that rounding down leaves over. Negative weights count as none; `None` where no weight is
/// positive.
#[must_use]
pub fn split(total: Decimal, weights: &[Decimal], scale: u32) -> Option<Vec<Decimal>> {
    let heaviest = (0..weights.len()).max_by_key(|&index| (weights[index], Reverse(index)))?;
    let whole = weights.iter().fold(Decimal::ZERO, |sum, weight| sum.saturating_add((*weight).max(Decimal::ZERO)));
    if whole <= Decimal::ZERO {
        return None;
    }
    let exact: Vec<Decimal> =
        weights.iter().map(|weight| portion(total, (*weight).max(Decimal::ZERO), whole)).collect();
    let mut parts: Vec<Decimal> =
        exact.iter().map(|share| share.round_dp_with_strategy(scale, RoundingStrategy::ToZero)).collect();
    let mut left = parts.iter().fold(total, |left, part| left.saturating_sub(*part));
    let mut unit = Decimal::new(1, scale.min(Decimal::MAX_SCALE));
    unit.set_sign_negative(total.is_sign_negative());
    if left.abs() >= unit.abs() {
        let mut order: Vec<usize> = (0..weights.len()).filter(|&index| weights[index] > Decimal::ZERO).collect();
        order.sort_by_key(|&index| (Reverse((exact[index] - parts[index]).abs()), index));
        for index in order {
            if left.abs() < unit.abs() || left.is_sign_negative() != unit.is_sign_negative() {
                break;
            }
            parts[index] += unit;
            left -= unit;
        }
    }
    // What the precision of the division has lost, or what `total` has beyond `scale`.
    parts[heaviest] = parts[heaviest].saturating_add(left);
    Some(parts)
}

/// [`split`] for money: to 12 decimals, or as fine as the amount is itself.
#[must_use]
pub fn split_money(total: Decimal, weights: &[Decimal]) -> Option<Vec<Decimal>> {
    if let [weight] = weights {
        return (*weight > Decimal::ZERO).then(|| vec![total]);
    }
    let mut wide = total;
    wide.rescale(MONEY_SCALE.max(total.scale()));
    split(total, weights, wide.scale())
}

fn portion(total: Decimal, weight: Decimal, whole: Decimal) -> Decimal {
    match weight.checked_div(whole) {
        Some(ratio) => total.saturating_mul(ratio),
        None => Decimal::ZERO,
    }
}

/// The sum, which stays at the largest decimal where it would leave the range.
pub(crate) fn sum(values: impl IntoIterator<Item = Decimal>) -> Decimal {
    values.into_iter().fold(Decimal::ZERO, Decimal::saturating_add)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ledger::testing::dec;

    #[test]
    fn the_largest_remainder_gets_the_unit_that_is_left() {
        let weights = [dec("1"), dec("1"), dec("1")];
        assert_eq!(split(dec("100"), &weights, 0), Some(vec![dec("34"), dec("33"), dec("33")]));
        let weights = [dec("1"), dec("2"), dec("4")];
        assert_eq!(split(dec("10"), &weights, 0), Some(vec![dec("1"), dec("3"), dec("6")]));
        assert_eq!(split(dec("-0.10"), &[dec("1"), dec("2")], 2), Some(vec![dec("-0.03"), dec("-0.07")]));
    }

    #[test]
    fn what_lies_beyond_the_scale_goes_to_the_heaviest() {
        let weights = [dec("1"), dec("3")];
        assert_eq!(split(dec("1.00007"), &weights, 2), Some(vec![dec("0.25"), dec("0.75007")]));
    }

    #[test]
    fn nothing_to_weigh_by_is_no_split() {
        assert_eq!(split(dec("5"), &[], 2), None);
        assert_eq!(split(dec("5"), &[dec("0"), dec("-3")], 2), None);
        assert_eq!(split_money(dec("5"), &[dec("0")]), None);
    }

    #[test]
    fn extreme_values_do_not_panic() {
        assert!(split_money(Decimal::MAX, &[Decimal::MAX, Decimal::MAX]).is_some());
        assert!(split_money(Decimal::MIN, &[Decimal::new(1, 28), Decimal::MAX]).is_some());
    }

    proptest! {
        #[test]
        fn shares_of_money_add_up(
            mantissa in -1_000_000_000_000_000_000_i64..1_000_000_000_000_000_000,
            scale in 0_u32..=18,
            weights in prop::collection::vec((0_i64..1_000_000_000_000, 0_u32..12), 1..40),
        ) {
            let total = Decimal::new(mantissa, scale);
            let weights: Vec<Decimal> = weights.into_iter().map(|(weight, scale)| Decimal::new(weight, scale)).collect();
            if let Some(parts) = split_money(total, &weights) {
                prop_assert_eq!(sum(parts.iter().copied()), total);
                for (part, weight) in parts.iter().zip(&weights) {
                    prop_assert!(!weight.is_zero() || part.is_zero());
                    prop_assert!(part.is_zero() || part.is_sign_negative() == total.is_sign_negative());
                }
            } else {
                prop_assert!(weights.iter().all(Decimal::is_zero));
            }
        }

        #[test]
        fn shares_of_units_are_whole_and_fair(total in 0_u64..10_000_000_000_000, weights in prop::collection::vec(1_u64..1_000_000, 1..20)) {
            let total = Decimal::from(total);
            let weights: Vec<Decimal> = weights.into_iter().map(Decimal::from).collect();
            let whole = sum(weights.iter().copied());
            let parts = split(total, &weights, 0).unwrap();
            prop_assert_eq!(sum(parts.iter().copied()), total);
            for (part, weight) in parts.iter().zip(&weights) {
                prop_assert!(part.fract().is_zero());
                prop_assert!((total * weight - part * whole).abs() <= whole);
            }
        }
    }
}
