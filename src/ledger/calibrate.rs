//! Effective rates: what is paid in truth for what the price list says, learnt from settled days.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::domain::spend::{PricedUsage, RateKey};
use crate::domain::usage::Meter;

/// What a ratio holds for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    Rate(RateKey),
    Model(String),
    Account,
}

/// Billed and estimated money of comparable rows on settled days, in US dollars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    pub key: RateKey,
    pub billed: Decimal,
    pub estimated: Decimal,
}

/// Effective ÷ list rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factor {
    pub ratio: Decimal,
    /// False outside 0.5…2: such a ratio says that something is wrong, not that prices were negotiated.
    pub applied: bool,
    /// The sums behind the ratio, in US dollars.
    pub billed: Decimal,
    pub estimated: Decimal,
}

/// The factors of one account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calibration {
    pub factors: BTreeMap<Scope, Factor>,
}

impl Calibration {
    /// Ratios of sums for every rate, model and for the account, where list prices come to at least `minimum` US dollars.
    #[must_use]
    pub fn learn(samples: impl IntoIterator<Item = Sample>, minimum: Decimal) -> Self {
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
        Self { factors: factors.collect() }
    }

    /// What to multiply the list price of `usage` with: the factor of its rate, else of its model, else of the account, else 1.
    ///
    /// A factor that is not applied is not replaced by a coarser one, which it is a part of.
    #[must_use]
    pub fn ratio(&self, usage: &PricedUsage) -> Decimal {
        if self.factors.is_empty() {
            return Decimal::ONE;
        }
        let named = usage.model.as_ref().and_then(|model| self.of_model(model, usage.meter, &usage.dims.service_tier));
        let factor = named.or_else(|| self.factors.get(&Scope::Account));
        factor.filter(|factor| factor.applied).map_or(Decimal::ONE, |factor| factor.ratio)
    }

    fn of_model(&self, model: &str, meter: Meter, service_tier: &Option<String>) -> Option<&Factor> {
        let key = RateKey { model: model.to_owned(), meter, service_tier: service_tier.clone() };
        let exact = self.factors.get(&Scope::Rate(key));
        exact.or_else(|| self.factors.get(&Scope::Model(model.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        assert_eq!(ratio(&Calibration::learn(days, dec("5")), "opus", Meter::Input), dec("0.99"));
    }

    #[test]
    fn too_little_falls_back_to_the_model_and_then_to_the_account() {
        let days = [
            sample("opus", Meter::Input, "80", "100"),
            sample("opus", Meter::Output, "1.6", "2"),
            sample("haiku", Meter::Input, "2", "2"),
        ];
        let learnt = Calibration::learn(days, dec("5"));
        assert_eq!(ratio(&learnt, "opus", Meter::Output), dec("0.8"));
        assert_eq!(ratio(&learnt, "haiku", Meter::Input), (dec("83.6") / dec("104")).round_dp(9));
        assert_eq!(ratio(&Calibration::default(), "opus", Meter::Input), dec("1"));
    }

    #[test]
    fn an_absurd_ratio_is_shown_and_not_applied() {
        let learnt = Calibration::learn([sample("opus", Meter::Input, "300", "100")], dec("5"));
        let factor = &learnt.factors[&Scope::Model("opus".to_owned())];
        assert_eq!((factor.ratio, factor.applied), (dec("3"), false));
        assert_eq!(ratio(&learnt, "opus", Meter::Input), dec("1"));
    }
}
