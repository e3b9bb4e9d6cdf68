//! Where the money goes: by day, through the month, by provider, model and project.

use serde_json::json;

use super::super::NO_DATA;
use super::super::colors::{self, OTHERS};
use super::super::grafana::{Color, Field, Gauge, Panel, Query, Unit};
use super::{FILTER, LAST_MONTH, MONTH_END, PACE_DAYS, THIS_MONTH, TODAY};

/// Where days stand wide apart Grafana marks every 2.5 of them, and would round: a mark between two days has no name.
const HALF_DAYS: [&str; 6] = ["2.5", "7.5", "12.5", "17.5", "22.5", "27.5"];

pub(super) fn daily() -> Panel {
    let sql = format!(
        "
WITH daily AS (
    SELECT time, coalesce(nullif($group_by, ''), '(none)') AS name, sum(spend) AS spent
    FROM reporting.spend_daily
    WHERE $__timeFilter(time) AND {FILTER}
    GROUP BY time, name
),
ranked AS (
    SELECT name, row_number() OVER (ORDER BY sum(spent) DESC NULLS LAST, name) AS place
    FROM daily
    GROUP BY name
)
SELECT time,
       CASE WHEN place <= 9 THEN name ELSE '{OTHERS}' END AS metric,
       sum(spent)::float8 AS spend
FROM daily
JOIN ranked USING (name)
GROUP BY time, metric
ORDER BY time, min(place)"
    );
    let panel = Panel::daily_bars("Spend by day")
        .description(
            "Spend of each UTC day in the time range, split by the choice \"Stack by\": the nine largest by themselves, the \
             others together. The shaded region marks days that are provisional.",
        )
        .query(Query::time_series(sql))
        .no_value(NO_DATA)
        .fields(|field| field.unit(Unit::Money));
    colors::by_provider(panel)
}

pub(super) fn month_by_day() -> Panel {
    let sql = format!(
        "
WITH daily AS (
    SELECT day, sum(spend) AS spent
    FROM reporting.spend_daily
    WHERE day BETWEEN {LAST_MONTH} AND {TODAY} AND {FILTER}
    GROUP BY day
),
known AS (
    SELECT sum(spent) FILTER (WHERE day >= {THIS_MONTH} AND day < {TODAY}) AS so_far,
           sum(spent) FILTER (WHERE day >= {TODAY} - {PACE_DAYS} AND day < {TODAY}) / {PACE_DAYS} AS pace
    FROM daily
)
SELECT n AS \"Day of month\",
       CASE WHEN {THIS_MONTH} + n - 1 <= {TODAY} THEN (
           SELECT sum(spent)::float8 FROM daily WHERE day >= {THIS_MONTH} AND day < {THIS_MONTH} + n
       ) END AS \"This month\",
       CASE WHEN {LAST_MONTH} + n - 1 < {THIS_MONTH} THEN (
           SELECT sum(spent)::float8 FROM daily WHERE day < least({LAST_MONTH} + n, {THIS_MONTH})
       ) END AS \"Last month\",
       CASE WHEN {THIS_MONTH} + n - 1 BETWEEN {TODAY} - 1 AND {MONTH_END}
            THEN (coalesce(so_far, 0) + pace * ({THIS_MONTH} + n - {TODAY}))::float8
       END AS \"At this pace\"
FROM generate_series(1, 31) AS n, known
ORDER BY n"
    );
    Panel::trend("Month so far, its end, and last month", "Day of month")
        .description(
            "Spend added up from the first of the UTC month, for this month and the whole of last month, by day of the month; \
             and this month to its end at the pace of the 14 days before today. Does not follow the time range.",
        )
        .query(Query::table(sql))
        .no_value(NO_DATA)
        .fields(|field| field.unit(Unit::Money).rough())
        .column("Day of month", Field::new().set("unit", json!("none")).set("decimals", json!(0)).values(&HALF_DAYS.map(|at| (at, " ", Color::Text))))
        .column(
            "This month",
            Field::new().color(Color::Blue).set("custom.fillOpacity", json!(15)).set("custom.lineWidth", json!(3)),
        )
        .column(
            "At this pace",
            Field::new().color(Color::Blue).set("custom.lineStyle", json!({ "dash": [2, 6], "fill": "dot" })),
        )
        .column(
            "Last month",
            Field::new().color(Color::Text).set("custom.lineStyle", json!({ "dash": [8, 6], "fill": "dash" })),
        )
}

pub(super) fn by_provider() -> Panel {
    let sql = format!(
        "
SELECT provider AS \"Provider\", sum(spend)::float8 AS \"Spend\"
FROM reporting.spend_daily
WHERE $__timeFilter(time) AND {FILTER}
GROUP BY provider
HAVING sum(spend) <> 0
ORDER BY sum(spend) DESC"
    );
    let panel = Panel::donut("Spend by provider", ("Provider", "Spend"))
        .description("Spend in the time range by vendor. The sum is that of the daily bars.")
        .query(Query::table(sql))
        .no_value(NO_DATA)
        .fields(|field| field.unit(Unit::Money));
    colors::by_provider(panel)
}

pub(super) fn by_model() -> Panel {
    breakdown("Spend by model", "Model", "model", "model").description(
        "Spend in the time range by model, its share of the total, and the change against the time range of the same length \
         before it. \"(none)\" is spend that the provider bills without a model, such as fees.",
    )
}

pub(super) fn by_project() -> Panel {
    breakdown("Spend by project", "Project", "project", "project_name").description(
        "Spend in the time range by project or workspace, its share of the total, and the change against the time range of \
         the same length before it. \"(none)\" is spend that the provider bills without a project.",
    )
}

/// A table by the column `key`, shown as `name`; a click on a name filters the dashboard by it.
fn breakdown(title: &str, header: &str, key: &str, name: &str) -> Panel {
    // One second covers that the range ends a millisecond before midnight: the range before has as many days.
    let sql = format!(
        "
WITH ranges AS (
    SELECT {key} AS key, {name} AS name, string_agg(DISTINCT provider, ', ') AS providers,
           sum(spend) FILTER (WHERE $__timeFilter(time)) AS spent,
           sum(spend) FILTER (WHERE time < $__timeFrom()::timestamptz) AS before
    FROM reporting.spend_daily
    WHERE time >= $__timeFrom()::timestamptz - ($__timeTo()::timestamptz - $__timeFrom()::timestamptz) - INTERVAL '1 s'
      AND time <= $__timeTo()::timestamptz AND {FILTER}
    GROUP BY key, name
)
SELECT key,
       coalesce(nullif(name, ''), '(none)') AS \"{header}\",
       providers AS \"Provider\",
       spent::float8 AS \"Spend\",
       (spent / nullif(sum(spent) OVER (), 0))::float8 AS \"Share\",
       CASE WHEN before > 0 THEN (spent / before - 1)::float8 END AS \"Change\"
FROM ranges
WHERE spent <> 0
ORDER BY spent DESC"
    );
    let filter_by = format!("/d/llmtally-overview?var-{key}=${{__data.fields.key}}&${{__url_time_range}}");
    Panel::table(title)
        .query(Query::table(sql))
        .no_value(NO_DATA)
        .sums(&["Spend"])
        .column("key", Field::new().set("custom.hidden", json!(true)))
        .column(header, Field::new().link("Show only this", &filter_by))
        .column("Spend", Field::new().unit(Unit::Money).width(95))
        .column("Provider", Field::new().width(125))
        .column("Share", Field::new().unit(Unit::Ratio).color(Color::Blue).gauge(Gauge::Plain).width(105))
        .column(
            "Change",
            Field::new()
                .unit(Unit::Ratio)
                .empty("new")
                .thresholds(Color::Green, &[(0.0, Color::Text), (0.25, Color::Orange), (1.0, Color::Red)])
                .colored_text()
                .width(72),
        )
}
