//! Other currencies: converted once, with the rate kept beside the original.

use rust_decimal::Decimal;

use super::Rates;
use crate::domain::money::Currency;
use crate::domain::period::Day;
use crate::domain::spend::SpendRow;
use crate::store::ledger::{BuiltRow, Converted};

/// Digits after the point: sums of a table then stay within the 28 digits of a decimal.
const SCALE: u32 = 12;

pub(super) fn to_usd(row: SpendRow, day: Day, rates: &Rates<'_>) -> BuiltRow {
    let rate = if row.currency == Currency::USD { Some((Decimal::ONE, day)) } else { rates(row.currency, day) };
    let usd = |amount: Decimal, rate: Decimal| {
        if rate == Decimal::ONE { amount } else { amount.saturating_mul(rate).round_dp(SCALE) }
    };
    let converted = rate.map(|(rate, rate_day)| Converted {
        amount: usd(row.amount, rate),
        billed: usd(row.billed, rate),
        rate,
        rate_day,
    });
    BuiltRow { row, converted }
}
