//! Numbers as vendors send them: JSON numbers here, text there, exponents in both.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use crate::domain::money::parse_decimal;

/// A finite decimal that came as a number or as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number(pub(crate) Decimal);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match Value::deserialize(deserializer)? {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text,
            _ => return Err(de::Error::custom("neither a number nor a decimal in text")),
        };
        parse_decimal(&text).map(Self).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_notations_are_one_number() {
        for (json, expected) in [
            ("0.06", "0.06"),
            ("164940.0", "164940"),
            (r#""0.412350000000000000""#, "0.41235"),
            (r#""0E-6176""#, "0"),
            ("1.5e-7", "0.00000015"),
            ("12345678901234567890", "12345678901234567890"),
        ] {
            assert_eq!(serde_json::from_str::<Number>(json).unwrap(), Number(expected.parse().unwrap()), "{json}");
        }
    }

    #[test]
    fn what_is_no_finite_number_is_refused() {
        for json in [r#""NaN""#, r#""Infinity""#, "true", "[]", r#""""#] {
            assert!(serde_json::from_str::<Number>(json).is_err(), "{json}");
        }
    }
}
