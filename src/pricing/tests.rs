//! Prices against published figures and against the library's own answers.

mod against_library;
mod listed;
mod overridden;
mod refreshed;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::{Catalog, Overrides};
use crate::domain::names::Provider;
use crate::domain::period::Day;
use crate::domain::spend::Price;
use crate::domain::spend::Quote;
use crate::domain::usage::{Dimensions, Meter};

fn bundled() -> Catalog {
    Catalog::bundled(Overrides::default())
}

fn noon(day: &str) -> DateTime<Utc> {
    day.parse::<Day>().unwrap().start() + chrono::Duration::hours(12)
}

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn dims(model: &str) -> Dimensions {
    Dimensions { model: Some(model.into()), ..Dimensions::default() }
}

/// A price for a million units.
fn million(catalog: &Catalog, provider: Provider, day: &str, dims: &Dimensions, meter: Meter) -> Price {
    catalog.price(provider, noon(day), dims, meter, Decimal::from(1_000_000)).price
}

fn rated(text: &str) -> Price {
    Price::Rated(dec(text))
}
