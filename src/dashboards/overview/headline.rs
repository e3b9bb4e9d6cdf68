//! The first two rows: the figures people come for, and whether they can be trusted.

use serde_json::json;

use super::super::NO_DATA;
use super::super::grafana::{Color, Field, Panel, Query, Unit};
use super::{FILTER, LAST_MONTH, MONTH_END, PACE_DAYS, THIS_MONTH, TODAY};

pub(super) fn today() -> Panel {
    let sql = format!(
        "
SELECT sum(spend)::float8 AS \"Today\"
FROM reporting.spend_daily
WHERE day = {TODAY} AND {FILTER}"
    );
    money("Today")
        .description(
            "Spend of the current UTC day so far: use, credits on use and fixed fees; without tax and prepaid purchases. \
             As far as the provider has billed the day, plus our estimate for the rest. Does not follow the time range.",
        )
        .query(Query::table(sql))
}

pub(super) fn month_to_date() -> Panel {
    let sql = format!(
        "
WITH months AS (
    SELECT sum(spend) FILTER (WHERE day < {THIS_MONTH}) AS last_month,
           sum(spend) FILTER (WHERE day >= {THIS_MONTH}) AS this_month
    FROM reporting.spend_daily
    WHERE day BETWEEN {LAST_MONTH} AND {TODAY}
      AND extract(day FROM day) <= extract(day FROM {TODAY})
      AND {FILTER}
)
SELECT amount::float8 AS \"Month to date\"
FROM months, LATERAL (VALUES (1, last_month), (2, this_month)) AS step (position, amount)
WHERE position = 2 OR amount > 0
ORDER BY position"
    );
    money("This month, against last")
        .description(
            "Spend from the first of this UTC month up to now. The change compares it with the first of last month up to and \
             including the same day of that month; today is not over yet. Does not follow the time range.",
        )
        .query(Query::table(sql))
        .option("showPercentChange", json!(true))
        .option("reduceOptions", json!({ "calcs": ["last"], "fields": "", "values": false }))
}

pub(super) fn month_end() -> Panel {
    let sql = format!(
        "
SELECT (coalesce(sum(spend) FILTER (WHERE day BETWEEN {THIS_MONTH} AND {TODAY} - 1), 0)
        + sum(spend) FILTER (WHERE day BETWEEN {TODAY} - {PACE_DAYS} AND {TODAY} - 1) / {PACE_DAYS}
          * ({MONTH_END} - {TODAY} + 1))::float8 AS \"Month end\"
FROM reporting.spend_daily
WHERE day BETWEEN least({THIS_MONTH}, {TODAY} - {PACE_DAYS}) AND {TODAY} - 1 AND {FILTER}"
    );
    money("By month's end")
        .description(
            "What this UTC month comes to if every day from today on costs what the 14 days before today cost on average. \
             Fixed fees are a part of it. Does not follow the time range.",
        )
        .query(Query::table(sql))
        .fields(|field| field.color(Color::Blue))
}

pub(super) fn last_month() -> Panel {
    let sql = format!(
        "
SELECT sum(spend)::float8 AS \"Last month\"
FROM reporting.spend_daily
WHERE day >= {LAST_MONTH} AND day < {THIS_MONTH} AND {FILTER}"
    );
    money("Last month")
        .description("Spend of the whole previous UTC month. Does not follow the time range.")
        .query(Query::table(sql))
}

pub(super) fn provisional() -> Panel {
    let sql = format!(
        "
SELECT CASE WHEN count(*) > 0 THEN coalesce(sum(provisional), 0)::float8 END AS \"Provisional\"
FROM reporting.spend_daily
WHERE day BETWEEN {THIS_MONTH} AND {TODAY} AND {FILTER}"
    );
    money("Provisional")
        .description(
            "The part of month to date on days that the provider may still restate: estimated, or billed but not settled. \
             Does not follow the time range.",
        )
        .query(Query::table(sql))
        .fields(|field| field.color(Color::Purple))
}

pub(super) fn drift() -> Panel {
    let sql = format!(
        "
SELECT (sum(estimated_reported) / nullif(sum(billed_reported), 0) - 1)::float8 AS \"Drift\"
FROM reporting.spend
WHERE comparable AND NOT provisional AND estimated_reported IS NOT NULL
  AND $__timeFilter(time) AND {FILTER}"
    );
    Panel::stat("Drift")
        .description(
            "Estimate (use × price list of the day) ÷ bill − 1, over the settled days in the time range and the rows that both \
             use and bill cover. 0 % means that the price list explains the bill.",
        )
        .query(Query::table(sql))
        .no_value("nothing settled yet")
        .fields(|field| drift_colors(field.unit(Unit::Ratio)))
}

/// Green within 2 %, yellow within 5 %, red beyond, in both directions.
pub(super) fn drift_colors(field: Field) -> Field {
    let steps = [(-0.05, Color::Yellow), (-0.02, Color::Green), (0.02, Color::Yellow), (0.05, Color::Red)];
    field.thresholds(Color::Red, &steps)
}

pub(super) fn unpriced() -> Panel {
    let sql = format!(
        "
SELECT CASE WHEN count(*) > 0
            THEN coalesce(sum(quantity) FILTER (WHERE unpriced AND token_type IS NOT NULL), 0)::float8
       END AS \"Unpriced tokens\"
FROM reporting.spend
WHERE day BETWEEN {THIS_MONTH} AND {TODAY} AND billing <> 'included' AND {FILTER}"
    );
    Panel::stat("Unpriced tokens")
        .description(
            "Tokens used since the first of this UTC month for which the price list knows no price. They are in no estimate: \
             their cost is missing until the provider bills it. Does not follow the time range.",
        )
        .query(Query::table(sql))
        .no_value(NO_DATA)
        .fields(|field| field.unit(Unit::Count).thresholds(Color::Green, &[(1.0, Color::Orange)]))
}

pub(super) fn feeds_behind() -> Panel {
    let sql = "
SELECT CASE WHEN count(*) > 0
            THEN count(*) FILTER (
                WHERE failure_reason IS NOT NULL OR last_success_at IS NULL
                   OR last_success_at < now() - INTERVAL '24 hours'
            )
       END AS \"Feeds behind\"
FROM reporting.sync_status
WHERE provider IN ($provider) AND account IN ($account)";
    Panel::stat("Feeds behind")
        .description(
            "Feeds whose last run failed, or that have not succeeded for 24 hours. The table below names them.",
        )
        .query(Query::table(sql))
        .no_value("no feed has run yet")
        .fields(|field| {
            let field = field.thresholds(Color::Green, &[(1.0, Color::Red)]);
            field.values(&[("0", "all fresh", Color::Green)])
        })
}

fn money(title: &str) -> Panel {
    Panel::stat(title).no_value(NO_DATA).fields(|field| field.unit(Unit::Money).color(Color::Text))
}
