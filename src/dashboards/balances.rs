//! Balances: what is left of prepaid money and of quotas, and how long it will last.
//!
//! What holds now is asked of Prometheus, since only the daemon knows how long things last; their course is asked of the database,
//! whose readings reach back further than many a Prometheus.

use serde_json::json;

use super::grafana::{Color, Dashboard, Field, Gauge, Panel, Query, Unit, Variable};
use super::{PROMETHEUS_UID, SQL_UID};

/// What the filters above the dashboard let through.
const FILTER: &str = r#"provider=~"$provider", account=~"$account""#;
/// The same in SQL, and the time range.
const SQL_FILTER: &str =
    "$__timeFilter(time) AND provider ~ '^(${provider:regex})\\Z' AND account ~ '^(${account:regex})\\Z'";

const NONE: &str = "no provider has told a balance or quota";
/// In the cell of what does not run out.
const NO_END: &str = "no end";
const DAY: f64 = 86_400.0;
/// As urgent as the alerts have it: what a balance is worth depends on who uses it, how long it lasts does not.
const CREDIT_LASTS: [(f64, Color); 2] = [(DAY, Color::Orange), (3.0 * DAY, Color::Text)];
const QUOTA_LASTS: [(f64, Color); 1] = [(DAY, Color::Orange)];

pub(super) fn dashboard() -> Dashboard {
    let accounts = r#"{__name__=~"llmtally_credit_balance_usd|llmtally_quota_used"}"#;
    Dashboard::new(
        "llmtally-balances",
        "LLM spend: Balances",
        "What is left of prepaid money and of quotas, and how long it lasts at the pace of the last 7 days.",
    )
    .time("now-7d", "now")
    .variable(Variable::datasource("ds_sql", "Database", "grafana-postgresql-datasource", SQL_UID))
    .variable(Variable::datasource("ds_prometheus", "Prometheus", "prometheus", PROMETHEUS_UID))
    .variable(Variable::label("provider", "Provider", "Only these vendors.", accounts))
    .variable(Variable::label("account", "Account", "Only these connections.", accounts))
    .row(4, vec![(6, total()), (9, first_balance()), (9, first_quota())])
    .row(8, vec![(9, balances()), (15, quotas())])
    .row(10, vec![(12, money()), (12, used())])
}

fn total() -> Panel {
    Panel::stat("Prepaid money left")
        .description("All balances together, by the latest rate of each currency.")
        .query(Query::instant(
            &format!("sum(max without (instance, pod) (llmtally_credit_balance_usd{{{FILTER}}}))"),
            "",
        ))
        .of_now()
        .no_value(NONE)
        .fields(|field| field.unit(Unit::Money).color(Color::Text))
}

fn first_balance() -> Panel {
    first(
        "Balance that is used up first",
        "llmtally_credit_exhausted_timestamp_seconds",
        "{{provider}} / {{account}} {{scope}} {{unit}}",
    )
    .description("How long the balance lasts that is used up first at the pace of the last 7 days, and whose it is.")
    .fields(|field| field.thresholds(Color::Red, &CREDIT_LASTS))
}

fn first_quota() -> Panel {
    first(
        "Quota that is used up first",
        "llmtally_quota_exhausted_timestamp_seconds",
        "{{provider}} / {{account}} {{scope}} {{unit}}",
    )
    .description(
        "How long the quota lasts that is used up first before it starts again, at the pace of the last 7 days, and whose it is.",
    )
    .fields(|field| field.thresholds(Color::Red, &QUOTA_LASTS))
}

fn first(title: &str, family: &str, legend: &str) -> Panel {
    let each = format!("max by (provider, account, scope, unit) ({family}{{{FILTER}}})");
    Panel::stat(title)
        .query(Query::instant(&format!("clamp_min(bottomk(1, {each}) - time(), 0)"), legend))
        .of_now()
        .option("textMode", json!("value_and_name"))
        .option("text", json!({ "titleSize": 16, "valueSize": 28 }))
        .fields(|field| lasting(field).empty("no end in sight"))
}

/// The time for which something lasts.
fn lasting(field: Field) -> Field {
    field.unit(Unit::Seconds).set("decimals", json!(1))
}

/// Seconds until each balance (`credit`) or `quota` is used up; one that is used up already lasts no time.
fn lasts(what: &str) -> String {
    format!("clamp_min(llmtally_{what}_exhausted_timestamp_seconds{{{FILTER}}} - time(), 0)")
}

/// One row for each balance or quota; one of the account as a whole has no scope.
fn each(expr: &str) -> Query {
    let named = format!("label_join({expr}, \"of\", \" / \", \"provider\", \"account\", \"scope\", \"unit\")");
    Query::labels(&format!("max by (of) (label_replace({named}, \"of\", \"$1 / $2\", \"of\", \"(.*) /  / (.*)\"))"))
}

fn balances() -> Panel {
    Panel::table("Balances")
        .description(
            "Prepaid money that is left, by the latest rate of its currency, and how long it lasts at the pace of the last 7 \
             days: red within a day, orange within three. A balance that does not fall has no end.",
        )
        .query(each(&format!("llmtally_credit_balance_usd{{{FILTER}}}")))
        .query(each(&lasts("credit")))
        .joined("of", &[("of", "Account"), ("Value #A", "Left"), ("Value #B", "Lasts")])
        .of_now()
        .no_value(NONE)
        .sorted_by("Left", false)
        .column("Left", Field::new().unit(Unit::Money).width(110))
        .column("Lasts", lasting(Field::new()).empty(NO_END).thresholds(Color::Red, &CREDIT_LASTS).colored_text().width(115))
}

fn quotas() -> Panel {
    let steps = [(0.5, Color::Yellow), (0.8, Color::Orange), (0.95, Color::Red)];
    Panel::table("Quotas")
        .description(
            "The used part of each allowance, when it starts again, and how long it lasts if it is used up before: red within a \
             day. Without a limit there is no part.",
        )
        .query(each(&format!("llmtally_quota_used{{{FILTER}}} / (llmtally_quota_limit{{{FILTER}}} > 0)")))
        .query(each(&format!("llmtally_quota_used{{{FILTER}}}")))
        .query(each(&format!("llmtally_quota_limit{{{FILTER}}}")))
        .query(each(&format!("llmtally_quota_reset_timestamp_seconds{{{FILTER}}} * 1000")))
        .query(each(&lasts("quota")))
        .joined(
            "of",
            &[
                ("of", "Quota"),
                ("Value #A", "Part"),
                ("Value #B", "Used"),
                ("Value #C", "Limit"),
                ("Value #D", "Starts again"),
                ("Value #E", "Lasts"),
            ],
        )
        .of_now()
        .no_value(NONE)
        .sorted_by("Part", true)
        .column(
            "Part",
            Field::new()
                .unit(Unit::Ratio)
                .empty("–")
                .thresholds(Color::Green, &steps)
                .gauge(Gauge::ByThreshold)
                .width(125),
        )
        .column("Used", Field::new().unit(Unit::Count).width(75))
        .column("Limit", Field::new().unit(Unit::Count).empty("none").width(75))
        .column("Starts again", Field::new().unit(Unit::Ago).empty("–").width(105))
        .column("Lasts", lasting(Field::new()).empty(NO_END).thresholds(Color::Red, &QUOTA_LASTS).colored_text().width(100))
}

fn money() -> Panel {
    let name = "concat_ws(' / ', provider, account, nullif(scope, ''), nullif(unit, reporting_currency))";
    Panel::lines("Money left")
        .description("Prepaid money that is left: the last reading of each hour. A rise is a top-up.")
        .query(hourly("value_reported", name, "kind = 'balance' AND value_reported IS NOT NULL"))
        .no_value(NONE)
        .fields(|field| field.unit(Unit::Money).rough().set("min", json!(0)))
}

fn used() -> Panel {
    let name = "concat_ws(' / ', provider, account, nullif(scope, ''), unit)";
    Panel::lines("Used part of quotas")
        .description(
            "How much of each allowance is used: the last reading of each hour. A fall is the start of a new period.",
        )
        .query(hourly("value / quota_limit", name, "kind = 'quota' AND quota_limit > 0"))
        .no_value(NONE)
        .fields(|field| field.unit(Unit::Ratio).rough().set("min", json!(0)))
}

/// The last reading of each hour, as a line for each `name`.
fn hourly(value: &str, name: &str, condition: &str) -> Query {
    Query::time_series(format!(
        "
SELECT DISTINCT ON (1, 2)
       date_trunc('hour', reading.time) AS time,
       {name} AS metric,
       ({value})::float8 AS value
FROM reporting.snapshots AS reading
WHERE {condition} AND {SQL_FILTER}
ORDER BY 1, 2, reading.time DESC"
    ))
}
