//! Other currencies: converted once, with the rate kept beside the original.

use rust_decimal::Decimal;

use super::Rates;
use crate::domain::money::Currency;
use crate::domain::period::Day;
use crate::domain::spend::SpendRow;
use crate::store::ledger::{BuiltRow, Converted};

pub(super) fn to_usd(row: SpendRow, day: Day, rates: &Rates<'_>) -> BuiltRow {
    let rate = if row.currency == Currency::USD { Some((Decimal::ONE, day)) } else { rates(row.currency, day) };
    let converted = rate.map(|(rate, rate_day)| Converted {
        amount: row.amount.saturating_mul(rate),
        billed: row.billed.saturating_mul(rate),
        rate,
        rate_day,
    });
    BuiltRow { row, converted }
}
