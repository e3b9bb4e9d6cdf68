//! The budgets of the configuration.

use rust_decimal::Decimal;
use serde::Deserialize;

use crate::domain::budget::{Budget, BudgetPeriod, Scope, Severity, Threshold};
use crate::domain::names::Provider;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BudgetSection {
    pub name: String,
    /// In the reporting currency, per period.
    pub limit: Decimal,
    #[serde(default)]
    pub period: BudgetPeriod,
    #[serde(default)]
    pub scope: Scope,
    /// Shares of the limit; half, 80 % and all of it where nothing is said.
    #[serde(default = "default_thresholds")]
    pub thresholds: Vec<Decimal>,
}

/// Half, 80 % and all of a limit.
#[must_use]
pub fn default_thresholds() -> Vec<Decimal> {
    vec![Decimal::new(5, 1), Decimal::new(8, 1), Decimal::ONE]
}

impl BudgetSection {
    /// The budget with a severity for each threshold: the limit itself is critical, what is close to it a warning.
    #[must_use]
    pub fn budget(&self) -> Budget {
        let severity = |ratio: Decimal| match ratio {
            ratio if ratio >= Decimal::ONE => Severity::Critical,
            ratio if ratio >= Decimal::new(75, 2) => Severity::Warning,
            _ => Severity::Info,
        };
        Budget {
            name: self.name.clone(),
            limit: self.limit,
            period: self.period,
            scope: self.scope.clone(),
            thresholds: self
                .thresholds
                .iter()
                .map(|ratio| Threshold { ratio: *ratio, severity: severity(*ratio) })
                .collect(),
        }
    }

    pub(super) fn problems(&self, index: usize) -> Vec<(String, String)> {
        let key = |field: &str| format!("budgets.{index}.{field}");
        let mut problems = Vec::new();
        if self.name.trim().is_empty() {
            problems.push((key("name"), "is empty".to_owned()));
        }
        if self.limit <= Decimal::ZERO {
            problems.push((key("limit"), format!("must be more than 0, is {}", self.limit)));
        }
        for provider in self.scope.provider.iter().filter(|name| name.parse::<Provider>().is_err()) {
            let known = Provider::listed();
            problems.push((key("scope.provider"), format!("`{provider}` is none of: {known}")));
        }
        if self.thresholds.iter().any(|ratio| *ratio <= Decimal::ZERO || *ratio > Decimal::TEN) {
            problems
                .push((key("thresholds"), "are shares of the limit between 0 and 10, as in 0.8 for 80 %".to_owned()));
        }
        problems
    }
}
