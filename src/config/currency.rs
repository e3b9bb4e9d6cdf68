//! What sums are told in, and how amounts in other currencies get there.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;

use super::refresh::Refresh;
use crate::currency::is_published;
use crate::domain::money::Currency;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurrencySection {
    pub reporting: Currency,
    pub refresh: Refresh,
    /// Below it are the files of the European Central Bank.
    pub url: String,
    /// US dollars for one unit of a currency that the bank does not publish.
    #[serde(default)]
    pub rates: BTreeMap<Currency, Decimal>,
}

impl CurrencySection {
    /// Why nobody can tell what the currency is worth, as far as that can be known beforehand.
    #[must_use]
    pub fn without_rate(&self, currency: Currency) -> Option<String> {
        if currency == Currency::USD || self.rates.contains_key(&currency) {
            None
        } else if !is_published(currency) {
            Some(format!("the European Central Bank publishes no rate of {currency}: set `currency.rates.{currency}`"))
        } else if self.refresh == Refresh::Off {
            Some(format!(
                "{currency} has no rate: `currency.refresh` is off, and `currency.rates.{currency}` is not set"
            ))
        } else {
            None
        }
    }
}
