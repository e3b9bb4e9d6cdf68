//! Budgets in their current period.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::super::catalogue as families;
use super::super::family::Family;
use super::{ratio, timestamp};
use crate::domain::budget::{Budget, BudgetPeriod, Scope};
use crate::domain::period::Day;
use crate::store::reporting::DailyRow;

pub(super) fn families(now: DateTime<Utc>, budgets: &[Budget], rows: &[DailyRow]) -> Vec<Family> {
    let mut limit = Family::new(&families::BUDGET_LIMIT);
    let mut spent = Family::new(&families::BUDGET_SPENT);
    let mut spent_ratio = Family::new(&families::BUDGET_SPENT_RATIO);
    let mut elapsed = Family::new(&families::BUDGET_ELAPSED);
    let mut start = Family::new(&families::BUDGET_START);
    let mut end = Family::new(&families::BUDGET_END);
    let mut threshold = Family::new(&families::BUDGET_THRESHOLD);
    let mut info = Family::new(&families::BUDGET_INFO);
    for budget in budgets {
        let name = budget.name.as_str();
        let period = budget.period.around(Day::of(now));
        let [first, last] = [period.first().start(), period.end().start()].map(timestamp);
        let counted = rows.iter().filter(|row| period.contains(row.day) && covers(&budget.scope, row));
        let sum = counted.fold(Decimal::ZERO, |sum, row| sum.saturating_add(row.spend));
        limit.set([name], budget.limit);
        spent.set([name], sum);
        if let Some(share) = ratio(sum, budget.limit) {
            spent_ratio.set([name], share);
        }
        if let Some(share) = ratio(timestamp(now) - first, last - first) {
            elapsed.set([name], share);
        }
        start.set([name], first);
        end.set([name], last);
        for mark in &budget.thresholds {
            let share = mark.ratio.normalize();
            threshold.set([name, &share.to_string(), mark.severity.as_str(), "actual"], share);
        }
        info.set([name, period_name(budget.period), &scope_text(&budget.scope)], Decimal::ONE);
    }
    vec![limit, spent, spent_ratio, elapsed, start, end, threshold, info]
}

/// A project is meant by its id or by its name.
fn covers(scope: &Scope, row: &DailyRow) -> bool {
    let among = |wanted: &[String], value: &str| wanted.is_empty() || wanted.iter().any(|name| name == value);
    among(&scope.provider, &row.provider)
        && among(&scope.account, &row.account)
        && among(&scope.model, &row.model)
        && (among(&scope.project, &row.project) || among(&scope.project, &row.project_name))
}

fn period_name(period: BudgetPeriod) -> &'static str {
    match period {
        BudgetPeriod::Day => "day",
        BudgetPeriod::Week => "week",
        BudgetPeriod::Month => "month",
        BudgetPeriod::Quarter => "quarter",
        BudgetPeriod::Year => "year",
    }
}

/// Such as `provider=openai model=gpt-5,gpt-5-mini`; `all` where everything counts.
fn scope_text(scope: &Scope) -> String {
    let parts = [
        ("provider", &scope.provider),
        ("account", &scope.account),
        ("project", &scope.project),
        ("model", &scope.model),
    ];
    let parts = parts.iter().filter(|(_, names)| !names.is_empty());
    let text: Vec<String> = parts.map(|(label, names)| format!("{label}={}", names.join(","))).collect();
    if text.is_empty() { "all".to_owned() } else { text.join(" ") }
}
