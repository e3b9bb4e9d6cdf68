//! Effective rates: what is paid in truth for what the price list says.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::spend::{PricedUsage, RateKey};
use super::usage::Meter;

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
