//! Amounts in TOML, without a detour through binary fractions.

use std::fmt;

use rust_decimal::Decimal;
use serde::de::{Deserialize, Deserializer, Error, Visitor};

use crate::domain::money::parse_decimal;

/// A number or a text such as `"0.0125"`, not negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Amount(pub(super) Decimal);

struct AmountVisitor;

impl AmountVisitor {
    fn read<E: Error>(text: &str) -> Result<Amount, E> {
        let amount = parse_decimal(text).map_err(E::custom)?;
        if amount.is_sign_negative() && !amount.is_zero() {
            return Err(E::custom(format!("`{text}` is negative; a price is 0 or more")));
        }
        Ok(Amount(amount))
    }
}

impl Visitor<'_> for AmountVisitor {
    type Value = Amount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a price in US dollars, as a number or a text")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Amount, E> {
        Self::read(&value.to_string())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Amount, E> {
        Self::read(&value.to_string())
    }

    /// The shortest text of a float is what stands in the file.
    fn visit_f64<E: Error>(self, value: f64) -> Result<Amount, E> {
        Self::read(&value.to_string())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Amount, E> {
        Self::read(value)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AmountVisitor)
    }
}
