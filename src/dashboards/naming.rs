//! Names and words that depend on the currency of all sums. Queries and rules are written as they are for US dollars.

use crate::domain::money::Currency;
use crate::metrics::catalogue::{self, Unit};

/// The text with the names that families of money have in `currency`.
pub(super) fn families_in(text: &str, currency: Currency) -> String {
    if currency == Currency::USD {
        return text.to_owned();
    }
    let money = catalogue::ALL.iter().filter(|spec| spec.unit == Unit::Currency);
    money.fold(text.to_owned(), |text, spec| text.replace(&spec.name(Currency::USD), &spec.name(currency)))
}

/// Rules and their tests, whose annotations name the currency as well.
pub(super) fn rules_in(text: &str, currency: Currency) -> String {
    families_in(text, currency).replace(Currency::USD.as_str(), currency.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_renamed_and_nothing_else() {
        let text =
            r#"{__name__=~"llmtally_credit_balance_usd|llmtally_quota_used"} / llmtally_budget_spent_ratio (USD)"#;
        let euros =
            r#"{__name__=~"llmtally_credit_balance_eur|llmtally_quota_used"} / llmtally_budget_spent_ratio (EUR)"#;
        assert_eq!(rules_in(text, Currency::EUR), euros);
        assert_eq!(rules_in(text, Currency::USD), text);
        assert_eq!(families_in(text, Currency::EUR), euros.replace("EUR", "USD"));
    }
}
