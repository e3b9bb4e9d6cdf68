//! The JSON of accounts and bills, as far as it is read; unknown fields are ignored.

use rust_decimal::Decimal;
use serde::Deserialize;

use crate::domain::money::Currency;
use crate::providers::http::{Page, PageParts};
use crate::providers::number::Number;

/// `GET v1/accounts`: a page.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccountPage {
    accounts: Vec<Account>,
    next_page_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Account {
    /// `accounts/<slug>`.
    pub(super) name: String,
    pub(super) display_name: Option<String>,
}

impl Page for AccountPage {
    type Item = Account;

    fn into_parts(self) -> PageParts<Account> {
        let cursor = self.next_page_token.filter(|token| !token.is_empty());
        PageParts { items: self.accounts, has_more: cursor.is_some(), cursor }
    }
}

/// `GET v1/accounts/{slug}/billing/summary`. Beside the lines it has `usageBuckets`, which tell the same once more and are not read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Summary {
    pub(super) line_items: Vec<LineItem>,
}

/// What was charged for one kind of use between the ends of the summary.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LineItem {
    pub(super) category: Option<String>,
    /// What `grouping_value` is, such as `model`.
    pub(super) grouping_key: Option<String>,
    pub(super) grouping_value: Option<String>,
    /// The part of it, such as `input`.
    pub(super) series: Option<String>,
    pub(super) quantity: Option<Number>,
    pub(super) total_cost: Amount,
}

/// Google's form of money: zeros may be left out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Amount {
    pub(super) currency_code: Currency,
    #[serde(default)]
    units: Option<Number>,
    /// Billionths, of the sign of the units.
    #[serde(default)]
    nanos: Option<Number>,
}

impl Amount {
    /// `None` beyond all bounds.
    pub(super) fn value(&self) -> Option<Decimal> {
        let part = |number: Option<Number>| number.map_or(Decimal::ZERO, |number| number.0);
        let nanos = part(self.nanos).checked_mul(Decimal::new(1, 9))?;
        part(self.units).checked_add(nanos).map(|sum| sum.normalize())
    }
}
