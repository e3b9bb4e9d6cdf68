//! Coding agents: what is used in the session that is open, whether plans pay off, and what the calls were for.

mod calls;
mod plans;
mod session;

use super::grafana::{Dashboard, Variable};
use super::{PROMETHEUS_UID, SQL_UID};

/// What the filters above the dashboard let through.
const FILTER: &str = "provider IN ($provider) AND account IN ($account)";

/// What a panel says when its query has no rows.
const NO_CALLS: &str = "no calls yet: is an agent's log configured?";

pub(super) fn dashboard() -> Dashboard {
    Dashboard::new(
        "llmtally-agents",
        "LLM spend: Coding agents",
        "What coding agents use on plans and keys, as far as the logs on this machine show it. Cost is at list prices.",
    )
    .time("now-13d/d", "now/d")
    .variable(Variable::datasource("ds_sql", "Database", "grafana-postgresql-datasource", SQL_UID))
    .variable(Variable::datasource("ds_prometheus", "Prometheus", "prometheus", PROMETHEUS_UID))
    .variable(Variable::filter(
        "provider",
        "Agent",
        "Only calls of these agents.",
        "SELECT DISTINCT provider FROM reporting.sessions ORDER BY provider",
    ))
    .variable(Variable::filter(
        "account",
        "Account",
        "Only calls of these configured logs.",
        "SELECT DISTINCT account FROM reporting.sessions WHERE provider IN ($provider) ORDER BY account",
    ))
    .row(
        4,
        vec![
            (4, session::tokens()),
            (4, session::burn_rate()),
            (4, session::projected()),
            (4, session::ends()),
            (4, session::exhausted()),
            (4, plans::pays_off()),
        ],
    )
    .row(9, vec![(14, calls::by_day()), (10, plans::by_month())])
    .row(9, vec![(8, calls::by_model()), (9, calls::by_project()), (7, calls::cache_share())])
    .row(10, vec![(11, calls::conversations()), (13, session::all())])
}
