//! What the ledger asks of a price list.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::domain::names::Provider;
use crate::domain::spend::Quote;
use crate::domain::usage::{Dimensions, Meter};

/// A price list with the rates of every day.
pub trait Pricer: Send + Sync {
    /// The price of `quantity` units of `meter`, used at `at`.
    fn price(&self, provider: Provider, at: DateTime<Utc>, dims: &Dimensions, meter: Meter, quantity: Decimal)
    -> Quote;
}

impl<F> Pricer for F
where
    F: Fn(Provider, DateTime<Utc>, &Dimensions, Meter, Decimal) -> Quote + Send + Sync,
{
    fn price(
        &self,
        provider: Provider,
        at: DateTime<Utc>,
        dims: &Dimensions,
        meter: Meter,
        quantity: Decimal,
    ) -> Quote {
        self(provider, at, dims, meter, quantity)
    }
}
