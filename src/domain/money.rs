//! Money: a decimal and its currency, never a float.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// An ISO 4217 code in upper case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    pub const USD: Self = Self(*b"USD");
    pub const EUR: Self = Self(*b"EUR");

    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// What people write in front of an amount: a sign that is nobody else's, or the code and a space that does not break.
    #[must_use]
    pub fn sign(&self) -> String {
        match self.as_str() {
            "USD" => "$".to_owned(),
            "EUR" => "€".to_owned(),
            "GBP" => "£".to_owned(),
            "INR" => "₹".to_owned(),
            "JPY" => "¥".to_owned(),
            "KRW" => "₩".to_owned(),
            code => format!("{code}\u{a0}"),
        }
    }
}

impl Default for Currency {
    /// The dollar: list prices are in it, and so is everything that nobody says otherwise of.
    fn default() -> Self {
        Self::USD
    }
}

/// Why a text is no amount or currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("`{0}` is not a three-letter currency code")]
    Currency(String),
    #[error("`{0}` is not a decimal amount")]
    Amount(String),
}

impl FromStr for Currency {
    type Err = MoneyError;

    /// Accepts any case; vendors write `usd` and `USD`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.as_bytes() {
            [a, b, c] if text.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                Ok(Self([*a, *b, *c].map(|byte| byte.to_ascii_uppercase())))
            }
            _ => Err(MoneyError::Currency(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An amount in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    pub amount: Decimal,
    pub currency: Currency,
}

impl Money {
    #[must_use]
    pub fn new(amount: Decimal, currency: Currency) -> Self {
        Self { amount, currency }
    }

    #[must_use]
    pub fn usd(amount: Decimal) -> Self {
        Self::new(amount, Currency::USD)
    }
}

/// Reads a vendor's decimal: plain or with an exponent, as in `"0.0652"`, `1.2e-7` or `"0E-6176"`.
///
/// # Errors
///
/// A text that is no finite decimal, or one beyond 28 digits before the point.
pub fn parse_decimal(text: &str) -> Result<Decimal, MoneyError> {
    let text = text.trim();
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let fail = || MoneyError::Amount(text.to_owned());
    let mantissa = Decimal::from_str(mantissa).map_err(|_| fail())?;
    let exponent: i32 = exponent.parse().map_err(|_| fail())?;
    if mantissa.is_zero() || exponent == 0 {
        return Ok(mantissa.normalize());
    }
    let mut power = Decimal::ONE;
    for _ in 0..exponent.unsigned_abs().min(56) {
        match power.checked_mul(Decimal::TEN) {
            Some(next) => power = next,
            None if exponent < 0 => return Ok(Decimal::ZERO),
            None => return Err(fail()),
        }
    }
    let value = if exponent < 0 { mantissa.checked_div(power) } else { mantissa.checked_mul(power) };
    Ok(value.ok_or_else(fail)?.normalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_come_in_every_notation() {
        for (text, expected) in [
            ("0.412350000000000000", "0.41235"),
            ("0E-6176", "0"),
            ("1.2e-7", "0.00000012"),
            ("-3E+2", "-300"),
            ("2E-40", "0"),
            (" 7 ", "7"),
        ] {
            assert_eq!(parse_decimal(text), Ok(expected.parse().unwrap()), "{text}");
        }
        for text in ["", "NaN", "inf", "1e", "1e99", "12,5", "0x10"] {
            assert!(parse_decimal(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_currency_is_three_letters_in_any_case() {
        assert_eq!("usd".parse(), Ok(Currency::USD));
        assert!("US".parse::<Currency>().is_err());
        assert!("U$D".parse::<Currency>().is_err());
    }
}
