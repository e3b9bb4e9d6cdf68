//! A ledger of one account in US dollars.

use std::collections::{BTreeMap, BTreeSet};

use llmtally::domain::money::Currency;
use llmtally::domain::names::{AccountId, AccountName, FeedName, Provider};
use llmtally::domain::period::Day;
use llmtally::sync::ledger::{CalibrationPolicy, LedgerAccount, LedgerConfig};
use rust_decimal::Decimal;

pub(crate) fn config(account: AccountId, costs: FeedName) -> LedgerConfig {
    let terms = LedgerAccount {
        name: AccountName { provider: Provider::OpenAi, account: "default".to_owned() },
        cost_feeds: vec![costs],
        leaves_out: BTreeSet::new(),
        plans: Vec::new(),
        billing: None,
    };
    let accounts = BTreeMap::from([(account, terms)]);
    LedgerConfig { accounts, tags: Vec::new(), calibration: CalibrationPolicy::default() }
}

pub(crate) fn no_rates(_: Currency, _: Day) -> Option<(Decimal, Day)> {
    None
}
