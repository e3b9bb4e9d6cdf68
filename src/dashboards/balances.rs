//! Balances: what is left of prepaid money and of quotas, and how long it will last. Prometheus only.

use serde_json::json;

use super::PROMETHEUS_UID;
use super::grafana::{Color, Dashboard, Field, Gauge, Panel, Query, Unit, Variable};

/// What the filters above the dashboard let through.
const FILTER: &str = r#"provider=~"$provider", account=~"$account""#;

const NONE: &str = "no provider has told a balance or quota";

pub(super) fn dashboard() -> Dashboard {
    let accounts = r#"{__name__=~"llmtally_credit_balance_usd|llmtally_quota_used"}"#;
    Dashboard::new(
        "llmtally-balances",
        "LLM spend: Balances",
        "What is left of prepaid money and of quotas, and how long it lasts at the pace of the last 7 days.",
    )
    .time("now-7d", "now")
    .variable(Variable::datasource("ds_prometheus", "Prometheus", "prometheus", PROMETHEUS_UID))
    .variable(Variable::label("provider", "Provider", "Only these vendors.", accounts))
    .variable(Variable::label("account", "Account", "Only these connections.", accounts))
    .row(8, vec![(10, balances()), (14, quotas())])
    .row(10, vec![(12, money()), (12, used())])
}

/// One row for each balance or quota.
fn each(expr: &str) -> Query {
    Query::labels(&format!(
        "max by (of) (label_join({expr}, \"of\", \" / \", \"provider\", \"account\", \"scope\", \"unit\"))"
    ))
}

fn balances() -> Panel {
    Panel::table("Balances")
        .description(
            "Prepaid money that is left, by the latest rate of its currency, and when it is used up at the \
             pace of the last 7 days. A balance that does not fall has no end.",
        )
        .query(each(&format!("llmtally_credit_balance_usd{{{FILTER}}}")))
        .query(each(&format!("llmtally_credit_exhausted_timestamp_seconds{{{FILTER}}} * 1000")))
        .joined("of", &[("of", "Account"), ("Value #A", "Left"), ("Value #B", "Used up")])
        .of_now()
        .no_value(NONE)
        .sorted_by("Left", false)
        .column(
            "Left",
            Field::new()
                .unit(Unit::Money)
                .thresholds(Color::Red, &[(10.0, Color::Orange), (50.0, Color::Green)])
                .colored_text()
                .width(110),
        )
        .column("Used up", Field::new().unit(Unit::Ago).width(130))
}

fn quotas() -> Panel {
    let steps = [(0.5, Color::Yellow), (0.8, Color::Orange), (0.95, Color::Red)];
    Panel::table("Quotas")
        .description(
            "The used part of each allowance, and when it starts again or is used up, whichever comes first. Without a limit \
             there is no part.",
        )
        .query(each(&format!("llmtally_quota_used{{{FILTER}}} / (llmtally_quota_limit{{{FILTER}}} > 0)")))
        .query(each(&format!("llmtally_quota_used{{{FILTER}}}")))
        .query(each(&format!("llmtally_quota_limit{{{FILTER}}}")))
        .query(each(&format!("llmtally_quota_reset_timestamp_seconds{{{FILTER}}} * 1000")))
        .query(each(&format!("llmtally_quota_exhausted_timestamp_seconds{{{FILTER}}} * 1000")))
        .joined(
            "of",
            &[
                ("of", "Quota"),
                ("Value #A", "Part"),
                ("Value #B", "Used"),
                ("Value #C", "Limit"),
                ("Value #D", "Starts again"),
                ("Value #E", "Used up"),
            ],
        )
        .of_now()
        .no_value(NONE)
        .sorted_by("Part", true)
        .column(
            "Part",
            Field::new().unit(Unit::Ratio).thresholds(Color::Green, &steps).gauge(Gauge::ByThreshold).width(140),
        )
        .column("Used", Field::new().unit(Unit::Count).width(90))
        .column("Limit", Field::new().unit(Unit::Count).width(90))
        .column("Starts again", Field::new().unit(Unit::Ago).width(120))
        .column("Used up", Field::new().unit(Unit::Ago).width(110))
}

fn money() -> Panel {
    Panel::lines("Money left")
        .description("Prepaid money that is left, by the rates of each day. A rise is a top-up.")
        .query(Query::range(&format!("max without (instance, pod) (llmtally_credit_balance_usd{{{FILTER}}})"), LEGEND))
        .no_value(NONE)
        .fields(|field| field.unit(Unit::Money).set("min", json!(0)))
}

fn used() -> Panel {
    let share = format!("llmtally_quota_used{{{FILTER}}} / (llmtally_quota_limit{{{FILTER}}} > 0)");
    let expr = format!("max without (instance, pod) ({share})");
    Panel::lines("Used part of quotas")
        .description("How much of each allowance is used. A fall is the start of a new period.")
        .query(Query::range(&expr, LEGEND))
        .no_value(NONE)
        .fields(|field| field.unit(Unit::Ratio).set("min", json!(0)))
}

const LEGEND: &str = "{{provider}} / {{account}} {{scope}} {{unit}}";
