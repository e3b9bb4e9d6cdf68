//! How far the estimate is off the bill.

use rust_decimal::Decimal;

use crate::domain::calibration::Sample;

/// Estimated ÷ billed − 1 over comparable rows of settled days; `None` where nothing was billed that could be compared.
#[must_use]
pub fn drift<'a>(samples: impl IntoIterator<Item = &'a Sample>) -> Option<Decimal> {
    let (billed, estimated) =
        samples.into_iter().fold((Decimal::ZERO, Decimal::ZERO), |(billed, estimated), sample| {
            (billed.saturating_add(sample.billed), estimated.saturating_add(sample.estimated))
        });
    if billed <= Decimal::ZERO {
        return None;
    }
    Some(estimated.checked_div(billed)? - Decimal::ONE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::spend::RateKey;
    use crate::domain::usage::Meter;
    use crate::ledger::testing::dec;

    fn sample(billed: &str, estimated: &str) -> Sample {
        let key = RateKey { model: "opus".to_owned(), meter: Meter::Input, service_tier: None };
        Sample { key, billed: dec(billed), estimated: dec(estimated) }
    }

    #[test]
    fn an_estimate_below_the_bill_is_negative_drift() {
        assert_eq!(drift(&[sample("60", "50"), sample("40", "40")]), Some(dec("-0.1")));
    }

    #[test]
    fn nothing_to_compare_is_no_drift_rather_than_none() {
        assert_eq!(drift(&[]), None);
        assert_eq!(drift(&[sample("0", "3")]), None);
    }
}
