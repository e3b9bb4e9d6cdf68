//! Overview: what was spent, on what, and how far the figures can be trusted.
//!
//! Every amount comes from schema `reporting` through the same filter, so that the sums of all panels agree.

mod headline;
mod spend;
mod trust;

use super::grafana::{Annotation, Color, Dashboard, Variable};
use super::{PROMETHEUS_UID, SQL_UID};

/// What the filters above the dashboard let through. Every view that is asked has these columns, and never null in them.
const FILTER: &str =
    "provider IN ($provider) AND account IN ($account) AND project IN ($project) AND model IN ($model)";

/// Bills, budgets and months are in UTC.
const TODAY: &str = "(now() AT TIME ZONE 'UTC')::date";

/// The first day of this month.
const THIS_MONTH: &str = "date_trunc('month', now() AT TIME ZONE 'UTC')::date";

/// The last day of this month.
const MONTH_END: &str = "(date_trunc('month', now() AT TIME ZONE 'UTC') + INTERVAL '1 month - 1 day')::date";

/// So many whole days before today tell the present pace: two weeks, so that each day of the week has its share.
const PACE_DAYS: u32 = 14;

/// The first day of last month.
const LAST_MONTH: &str = "(date_trunc('month', now() AT TIME ZONE 'UTC') - INTERVAL '1 month')::date";

pub(super) fn dashboard() -> Dashboard {
    let dashboard = Dashboard::new(
        "llmtally-overview",
        "LLM spend: Overview",
        "What the teams spend on LLMs, in numbers that agree with the bill. Days and months are in UTC.",
    )
    .time("now-29d/d", "now/d");
    variables(dashboard)
        .annotation(provisional_days())
        .annotation(restated_days())
        .row(
            3,
            vec![
                (6, headline::today()),
                (6, headline::month_to_date()),
                (6, headline::month_end()),
                (6, headline::last_month()),
            ],
        )
        .row(
            3,
            vec![
                (6, headline::provisional()),
                (6, headline::drift()),
                (6, headline::unpriced()),
                (6, headline::feeds_behind()),
            ],
        )
        .row(10, vec![(15, spend::daily()), (9, spend::month_by_day())])
        .row(10, vec![(12, spend::by_model()), (12, spend::by_project())])
        .row(8, vec![(9, spend::by_provider()), (15, trust::budgets())])
        .row(8, vec![(10, trust::bill_against_estimate()), (14, trust::restatements())])
        .row(9, vec![(11, trust::unpriced()), (13, trust::freshness())])
}

fn variables(dashboard: Dashboard) -> Dashboard {
    dashboard
        .variable(Variable::datasource("ds_sql", "Database", "grafana-postgresql-datasource", SQL_UID))
        .variable(Variable::datasource("ds_prometheus", "Prometheus", "prometheus", PROMETHEUS_UID))
        .variable(Variable::choice(
            "group_by",
            "Stack by",
            "What the daily bars are split by.",
            &[("provider", "Provider"), ("account", "Account"), ("project_name", "Project"), ("model", "Model")],
        ))
        .variable(Variable::filter(
            "provider",
            "Provider",
            "Only spend with these vendors.",
            "SELECT DISTINCT provider FROM reporting.spend ORDER BY provider",
        ))
        .variable(Variable::filter(
            "account",
            "Account",
            "Only spend of these configured connections.",
            "SELECT DISTINCT account FROM reporting.spend WHERE provider IN ($provider) ORDER BY account",
        ))
        .variable(Variable::filter(
            "project",
            "Project",
            "Only spend of these projects or workspaces.",
            "SELECT DISTINCT project_name AS __text, project AS __value FROM reporting.spend \
             WHERE project <> '' AND provider IN ($provider) AND account IN ($account) ORDER BY __text",
        ))
        .variable(Variable::filter(
            "model",
            "Model",
            "Only spend on these models.",
            "SELECT DISTINCT model FROM reporting.spend \
             WHERE model <> '' AND provider IN ($provider) AND account IN ($account) ORDER BY model",
        ))
}

/// One region for each run of days that are not settled, over the daily bars (the ninth panel).
fn provisional_days() -> Annotation {
    let sql = format!(
        "
WITH provisional AS (
    SELECT DISTINCT day
    FROM reporting.spend_daily
    WHERE provisional IS NOT NULL AND $__timeFilter(time) AND {FILTER}
),
islands AS (
    SELECT day, day - (row_number() OVER (ORDER BY day))::int AS island
    FROM provisional
)
SELECT min(day)::timestamp AT TIME ZONE 'UTC' AS time,
       (max(day) + 1)::timestamp AT TIME ZONE 'UTC' AS timeend,
       'provisional: the bill of these days may still change' AS text
FROM islands
GROUP BY island
ORDER BY time"
    );
    Annotation::regions("Provisional days", Color::Purple, &[9], &sql)
}

/// A mark on each day whose bill was changed by one per cent or more after it should have been complete, so that bills that
/// are still being written leave none.
fn restated_days() -> Annotation {
    let sql = "
SELECT day::timestamp AT TIME ZONE 'UTC' + INTERVAL '12 hours' AS time,
       'restated by ' || provider || ' / ' || account || ': ' || to_char(sum(change), 'FMSG999999990.00') || ' '
           || currency AS text
FROM reporting.restatements
WHERE $__timeFilter(day::timestamp AT TIME ZONE 'UTC')
  AND provider IN ($provider) AND account IN ($account)
  AND abs(change) >= abs(old_amount) / 100
  AND (was_settled OR time >= (day + 2)::timestamp AT TIME ZONE 'UTC')
GROUP BY day, provider, account, currency
HAVING sum(change) <> 0
ORDER BY time";
    Annotation::regions("Restated days", Color::Orange, &[9], sql)
}
