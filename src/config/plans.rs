//! The fixed fees of the configuration.

use rust_decimal::Decimal;
use serde::Deserialize;

use super::currency::CurrencySection;
use crate::domain::money::{Currency, Money};
use crate::domain::names::{AccountName, Provider};
use crate::domain::period::Day;
use crate::ledger::fees::Plan;

/// A fixed fee of an account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanSection {
    pub name: String,
    pub provider: Provider,
    #[serde(default = "default_account")]
    pub account: String,
    pub monthly_price: Decimal,
    /// The reporting currency where nothing is said.
    pub currency: Option<Currency>,
    pub from: Option<Day>,
    pub until: Option<Day>,
}

fn default_account() -> String {
    "default".to_owned()
}

impl PlanSection {
    /// The plan, for the ledger.
    pub(super) fn plan(&self, reporting: Currency) -> Plan {
        let price = Money::new(self.monthly_price, self.currency.unwrap_or(reporting));
        Plan { name: self.name.clone(), price, from: self.from, until: self.until }
    }

    pub(super) fn problems(
        &self,
        index: usize,
        accounts: &[AccountName],
        rates: &CurrencySection,
    ) -> Vec<(String, String)> {
        let key = |field: &str| format!("plans.{index}.{field}");
        let mut problems = Vec::new();
        let Self { provider, account, .. } = self;
        if !accounts.iter().any(|known| known.provider == *provider && known.account == *account) {
            let message = format!("there is no [accounts.{provider}.{account}], so the fee would count nowhere");
            problems.push((key("account"), message));
        }
        if self.monthly_price < Decimal::ZERO {
            problems.push((key("monthly_price"), format!("must not be negative, is {}", self.monthly_price)));
        }
        // A fee without a rate would be missing from every sum.
        if let Some(message) = self.currency.and_then(|currency| rates.without_rate(currency)) {
            problems.push((key("currency"), message));
        }
        if self.from.zip(self.until).is_some_and(|(from, until)| until < from) {
            problems.push((key("until"), "is before `from`".to_owned()));
        }
        problems
    }
}
