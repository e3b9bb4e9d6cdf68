//! Learning effective rates from settled days.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::domain::calibration::{Calibration, Factor, Sample, Scope};

/// Ratios of sums for every rate, model and for the account, where list prices come to at least `minimum` US dollars.
#[must_use]
pub fn learn(samples: impl IntoIterator<Item = Sample>, minimum: Decimal) -> Calibration {
    let mut sums: BTreeMap<Scope, (Decimal, Decimal)> = BTreeMap::new();
    for Sample { key, billed, estimated } in samples {
        for scope in [Scope::Account, Scope::Model(key.model.clone()), Scope::Rate(key)] {
            let sum = sums.entry(scope).or_default();
            *sum = (sum.0.saturating_add(billed), sum.1.saturating_add(estimated));
        }
    }
    let enough = sums.into_iter().filter(|(_, (_, estimated))| *estimated > Decimal::ZERO && *estimated >= minimum);
    let factors = enough.filter_map(|(scope, (billed, estimated))| {
        let ratio = billed.checked_div(estimated)?.round_dp(9);
        let applied = ratio >= Decimal::new(5, 1) && ratio <= Decimal::TWO;
        Some((scope, Factor { ratio, applied, billed, estimated }))
    });
    Calibration { factors: factors.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::spend::RateKey;
    use crate::domain::usage::Meter;
    use crate::ledger::testing::{dec, usage};

    fn sample(model: &str, meter: Meter, billed: &str, estimated: &str) -> Sample {
        let key = RateKey { model: model.to_owned(), meter, service_tier: None };
        Sample { key, billed: dec(billed), estimated: dec(estimated) }
    }

    fn ratio(calibration: &Calibration, model: &str, meter: Meter) -> Decimal {
        calibration.ratio(&usage("p", model, meter, "1", "1")).normalize()
    }

    #[test]
    fn a_ratio_is_one_of_sums_not_a_mean_of_ratios() {
        let days = [sample("opus", Meter::Input, "1", "2"), sample("opus", Meter::Input, "98", "98")];
        assert_eq!(ratio(&learn(days, dec("5")), "opus", Meter::Input), dec("0.99"));
    }

    #[test]
    fn too_little_falls_back_to_the_model_and_then_to_the_account() {
        let days = [
            sample("opus", Meter::Input, "80", "100"),
            sample("opus", Meter::Output, "1.6", "2"),
            sample("haiku", Meter::Input, "2", "2"),
        ];
        let learnt = learn(days, dec("5"));
        assert_eq!(ratio(&learnt, "opus", Meter::Output), dec("0.8"));
        assert_eq!(ratio(&learnt, "haiku", Meter::Input), (dec("83.6") / dec("104")).round_dp(9));
        assert_eq!(ratio(&Calibration::default(), "opus", Meter::Input), dec("1"));
    }

    #[test]
    fn an_absurd_ratio_is_shown_and_not_applied() {
        let learnt = learn([sample("opus", Meter::Input, "300", "100")], dec("5"));
        let factor = &learnt.factors[&Scope::Model("opus".to_owned())];
        assert_eq!((factor.ratio, factor.applied), (dec("3"), false));
        assert_eq!(ratio(&learnt, "opus", Meter::Input), dec("1"));
    }
}
