//! Sync health: whether the feeds bring what they should. Prometheus only, so that it works while the database does not.

use serde_json::json;

use super::PROMETHEUS_UID;
use super::grafana::{Color, Dashboard, Field, Gauge, Panel, Query, Unit, Variable};

/// What the filters above the dashboard let through.
const FILTER: &str = r#"provider=~"$provider", account=~"$account""#;

const NO_METRICS: &str = "no metrics: is the daemon scraped?";

pub(super) fn dashboard() -> Dashboard {
    Dashboard::new(
        "llmtally-sync",
        "LLM spend: Sync health",
        "Whether every feed brings its days in time, and what stands in its way.",
    )
    .variable(Variable::datasource("ds_prometheus", "Prometheus", "prometheus", PROMETHEUS_UID))
    .variable(Variable::label("provider", "Provider", "Only feeds of these vendors.", "llmtally_feed_up"))
    .variable(Variable::label("account", "Account", "Only feeds of these connections.", "llmtally_feed_up"))
    .row(
        4,
        vec![
            (4, up("Daemon", "Whether Prometheus reaches the daemon.", "max(up{job=\"llmtally\"})")),
            (4, up("Database", "Whether the daemon reaches its database.", "max(llmtally_database_up)")),
            (4, feeds_down()),
            (4, failures()),
            (4, held_back()),
            (4, backfill()),
        ],
    )
    .row(9, vec![(12, feeds()), (12, age())])
    .row(8, vec![(12, failures_by_reason()), (12, requests_by_code())])
    .row(8, vec![(8, waits()), (8, backfill_by_account()), (8, restated())])
}

fn up(title: &str, description: &str, expr: &str) -> Panel {
    stat(title, description, expr).fields(|field| {
        let field = field.thresholds(Color::Red, &[(1.0, Color::Green)]);
        field.values(&[("0", "down", Color::Red), ("1", "up", Color::Green)])
    })
}

fn feeds_down() -> Panel {
    let up = format!("max without (instance, pod) (llmtally_feed_up{{{FILTER}}})");
    let expr = format!("count({up} == 0) or 0 * count({up})");
    stat("Feeds down", "Feeds whose last run failed. The table below names them.", &expr).fields(|field| {
        let field = field.thresholds(Color::Green, &[(1.0, Color::Red)]);
        field.values(&[("0", "none", Color::Green)])
    })
}

fn failures() -> Panel {
    let expr = format!("sum(increase(llmtally_sync_failures_total{{{FILTER}}}[$__range]))");
    stat("Failed runs", "Sync runs that failed in the time range, of all reasons.", &expr).fields(|field| {
        field.set("decimals", json!(0)).thresholds(Color::Green, &[(1.0, Color::Orange), (10.0, Color::Red)])
    })
}

fn held_back() -> Panel {
    let expr = format!("sum(max without (instance, pod) (llmtally_vanished_answers{{{FILTER}}}))");
    let description =
        "Days that came back emptier than stored. The old figures stay until a later run confirms the new ones.";
    stat("Days held back", description, &expr).fields(|field| field.thresholds(Color::Green, &[(1.0, Color::Orange)]))
}

fn backfill() -> Panel {
    let expr = format!("min(llmtally_backfill_progress_ratio{{{FILTER}}})");
    stat("Slowest back-fill", "The share of the wanted days that the slowest feed has answered for.", &expr)
        .fields(|field| field.unit(Unit::Ratio).thresholds(Color::Blue, &[(1.0, Color::Green)]))
}

fn feeds() -> Panel {
    let by_feed = |expr: &str| {
        Query::labels(&format!(
            "max by (feed_id) (label_join({expr}, \"feed_id\", \" / \", \"provider\", \"account\", \"feed\"))"
        ))
    };
    Panel::table("Feeds")
        .description(
            "Age is the time since the last success, allowed the age from which the feed is stale, data age the time since \
             the end of the data that the provider has answered for.",
        )
        .query(by_feed(&format!("llmtally_feed_up{{{FILTER}}}")))
        .query(by_feed(&format!("time() - llmtally_sync_last_success_timestamp_seconds{{{FILTER}}}")))
        .query(by_feed(&format!("llmtally_sync_max_age_seconds{{{FILTER}}}")))
        .query(by_feed(&format!("time() - llmtally_data_through_timestamp_seconds{{{FILTER}}}")))
        .joined(
            "feed_id",
            &[
                ("feed_id", "Feed"),
                ("Value #A", "State"),
                ("Value #B", "Age"),
                ("Value #C", "Allowed"),
                ("Value #D", "Data age"),
            ],
        )
        .no_value(NO_METRICS)
        // What is down comes first.
        .sorted_by("State", false)
        .column(
            "State",
            Field::new().values(&[("0", "down", Color::Red), ("1", "up", Color::Green)]).colored_text().width(75),
        )
        .column("Age", Field::new().unit(Unit::Seconds).set("decimals", json!(1)).width(90))
        .column("Allowed", Field::new().unit(Unit::Seconds).set("decimals", json!(1)).width(90))
        // Names have no days, so that their data have no age.
        .column("Data age", Field::new().unit(Unit::Seconds).set("decimals", json!(1)).empty("–").width(90))
}

fn age() -> Panel {
    let expr = format!(
        "max by (provider, account) (time() - llmtally_sync_last_success_timestamp_seconds{{{FILTER}, feed!=\"directory\"}})"
    );
    Panel::lines("Age of the last success, slowest feed")
        .description(
            "Time since the last successful run of the feed that is furthest behind, names left out. A healthy account draws a \
             saw; a stuck one a ramp.",
        )
        .query(Query::range(&expr, "{{provider}} / {{account}}"))
        .no_value(NO_METRICS)
        .fields(|field| field.unit(Unit::Seconds).set("custom.fillOpacity", json!(0)))
}

fn failures_by_reason() -> Panel {
    let expr = format!("sum by (reason) (increase(llmtally_sync_failures_total{{{FILTER}}}[$__rate_interval])) > 0");
    bars("Failed runs by reason", &expr, "{{reason}}")
        .description("Failed sync runs in each step: why the provider could not be read.")
        .no_value("no run has failed")
}

fn requests_by_code() -> Panel {
    let expr = format!("sum by (code) (increase(llmtally_provider_requests_total{{{FILTER}}}[$__rate_interval])) > 0");
    bars("Requests by code", &expr, "{{code}}")
        .description("Requests to providers in each step by HTTP status, retries included.")
        .no_value("no request was made")
}

fn waits() -> Panel {
    let until =
        format!("max by (provider, account) (llmtally_provider_rate_limited_until_timestamp_seconds{{{FILTER}}})");
    let expr = format!("{until} - time() > 0");
    Panel::lines("Rate-limit waits")
        .description("How long each account still waits because its provider asked it to.")
        .query(Query::range(&expr, "{{provider}} / {{account}}"))
        .no_value("no provider asked to wait")
        .fields(|field| field.unit(Unit::Seconds))
}

fn backfill_by_account() -> Panel {
    let least = format!("min by (provider, account) (llmtally_backfill_progress_ratio{{{FILTER}}})");
    let named = format!("label_join({least}, \"of\", \" / \", \"provider\", \"account\")");
    Panel::table("Back-fill progress")
        .description("The share of the wanted days that the slowest feed of each account has answered for.")
        .query(Query::labels(&format!("max by (of) ({named})")))
        .joined("of", &[("of", "Account"), ("Value", "Answered")])
        .of_now()
        .no_value(NO_METRICS)
        .sorted_by("Answered", false)
        .column(
            "Answered",
            Field::new()
                .unit(Unit::Ratio)
                .thresholds(Color::Blue, &[(1.0, Color::Green)])
                .gauge(Gauge::ByThreshold)
                .width(200),
        )
}

fn restated() -> Panel {
    let expr = format!(
        "sum by (provider, direction) (increase(llmtally_restated_usd_total{{{FILTER}}}[$__rate_interval])) > 0"
    );
    bars("Restatements", &expr, "{{provider}} {{direction}}")
        .description("Money by which providers changed the bills of settled days, by when we saw it; bills in US dollars or in the currency \
             of all sums. The Overview names the days.")
        .no_value("no provider has changed its figures")
        .fields(|field| field.unit(Unit::Money))
}

fn stat(title: &str, description: &str, expr: &str) -> Panel {
    Panel::stat(title).description(description).query(Query::instant(expr, "")).no_value(NO_METRICS)
}

fn bars(title: &str, expr: &str, legend: &str) -> Panel {
    Panel::lines(title).query(Query::range(expr, legend)).steps_of("15m").fields(|field| {
        field
            .set("decimals", json!(0))
            .set("custom.drawStyle", json!("bars"))
            .set("custom.fillOpacity", json!(80))
            .set("custom.stacking", json!({ "group": "A", "mode": "normal" }))
    })
}
