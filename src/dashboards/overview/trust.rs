//! Budgets, and what tells how far the figures can be trusted.

use serde_json::json;

use super::super::grafana::{Color, Field, Gauge, Panel, Query, Unit};
use super::FILTER;
use super::headline::drift_colors;

pub(super) fn budgets() -> Panel {
    let by_budget = |family: &str| Query::labels(&format!("max by (budget) (llmtally_budget_{family})"));
    let steps = [(0.5, Color::Yellow), (0.8, Color::Orange), (1.0, Color::Red)];
    Panel::table("Budgets")
        .description(
            "Each budget's spend in its current period, over its own scope: the filters above do not apply. Used = spent ÷ \
             limit; elapsed = the share of the period that is over. Used ahead of elapsed means that the money runs out first.",
        )
        .query(by_budget("spent_ratio"))
        .query(by_budget("period_elapsed_ratio"))
        .query(by_budget("spent_usd"))
        .query(by_budget("limit_usd"))
        .joined(
            "budget",
            &[
                ("budget", "Budget"),
                ("Value #A", "Used"),
                ("Value #B", "Elapsed"),
                ("Value #C", "Spent"),
                ("Value #D", "Limit"),
            ],
        )
        .of_now()
        .no_value("no budget is configured")
        .sorted_by("Used", true)
        .column("Used", Field::new().unit(Unit::Ratio).thresholds(Color::Green, &steps).gauge(Gauge::ByThreshold))
        .column("Elapsed", Field::new().unit(Unit::Ratio).width(75))
        .column("Spent", Field::new().unit(Unit::Money).width(110))
        .column("Limit", Field::new().unit(Unit::Money).width(110))
}

pub(super) fn bill_against_estimate() -> Panel {
    let sql = format!(
        "
SELECT provider AS \"Provider\", account AS \"Account\",
       sum(billed_reported)::float8 AS \"Billed\",
       sum(estimated_reported)::float8 AS \"Estimated\",
       (sum(estimated_reported) / nullif(sum(billed_reported), 0) - 1)::float8 AS \"Drift\"
FROM reporting.spend
WHERE comparable AND NOT provisional AND estimated_reported IS NOT NULL
  AND $__timeFilter(time) AND {FILTER}
GROUP BY provider, account
ORDER BY provider, account"
    );
    Panel::table("Bill against estimate")
        .description(
            "Settled days in the time range, and only rows that both use and bill cover. Billed is what the provider charges, \
             estimated is use × price list of the day, drift is estimated ÷ billed − 1.",
        )
        .query(Query::table(sql))
        .no_value("no settled day has both use and bill")
        .column("Billed", Field::new().unit(Unit::Money).width(95))
        .column("Estimated", Field::new().unit(Unit::Money).width(95))
        .column("Drift", drift_colors(Field::new().unit(Unit::Ratio)).colored_text().width(68))
}

pub(super) fn unpriced() -> Panel {
    let sql = format!(
        "
SELECT coalesce(nullif(model, ''), '(none)')
           || CASE WHEN service_tier IN ('', 'standard') THEN '' ELSE ' (' || service_tier || ')' END AS \"Model\",
       meter AS \"Meter\",
       sum(quantity)::float8 AS \"Quantity\", sum(billed_reported)::float8 AS \"Billed\", max(time) AS \"Last used\"
FROM reporting.spend
WHERE unpriced AND billing <> 'included' AND $__timeFilter(time) AND {FILTER}
GROUP BY model, meter, service_tier
ORDER BY sum(billed_reported) DESC NULLS LAST, model, meter, service_tier"
    );
    Panel::table("Unpriced usage")
        .description(
            "Use in the time range for which the price list knows no price. It is in no estimate and never counted as free: what \
             is billed of it is in spend, the rest waits for the bill or for an override in the price file.",
        )
        .query(Query::table(sql))
        .no_value("every use in this time range has a price")
        .column("Meter", Field::new().width(105))
        .column("Quantity", Field::new().unit(Unit::Count).width(78))
        .column("Billed", Field::new().unit(Unit::Money).width(82))
        .column("Last used", Field::new().unit(Unit::Day).width(95))
}

pub(super) fn freshness() -> Panel {
    let sql = "
SELECT provider || ' / ' || account || ' / ' || feed AS \"Feed\",
       coalesce(failure_reason, CASE WHEN last_success_at IS NULL THEN 'waiting' ELSE 'ok' END) AS \"State\",
       extract(epoch FROM now() - last_success_at)::float8 AS \"Age\",
       greatest(extract(epoch FROM next_attempt_at - now()), 0)::float8 AS \"Next in\",
       last_day::timestamp AT TIME ZONE 'UTC' AS \"Data through\",
       vanished AS \"Held back\"
FROM reporting.sync_status
WHERE provider IN ($provider) AND account IN ($account)
ORDER BY failure_reason IS NULL, provider, account, feed";
    let states = [
        ("ok", "ok", Color::Green),
        ("waiting", "waiting", Color::Blue),
        ("rate_limited", "rate limited", Color::Yellow),
        ("unavailable", "unavailable", Color::Orange),
        ("unauthorized", "unauthorized", Color::Red),
        ("rejected", "rejected", Color::Red),
        ("malformed", "malformed", Color::Red),
        ("stopped", "stopped", Color::Text),
    ];
    Panel::table("Data freshness")
        .description(
            "Each feed's last run. Age is the time since its last success, next in the time until its next attempt, data through \
             the last day that the provider has answered for. Held back are days that came back emptier than \
             stored: the old figures stay until a later run confirms.",
        )
        .query(Query::table(sql))
        .no_value("no feed has run yet")
        .column("State", Field::new().values(&states).colored_text().width(95))
        .column("Age", Field::new().unit(Unit::Seconds).set("decimals", json!(1)).empty("never").width(72))
        .column("Next in", Field::new().unit(Unit::Seconds).set("decimals", json!(1)).empty("–").width(72))
        // Names have no days.
        .column("Data through", Field::new().unit(Unit::Day).empty("–").width(98))
        .column(
            "Held back",
            Field::new()
                .set("decimals", json!(0))
                .thresholds(Color::Text, &[(1.0, Color::Orange)])
                .colored_text()
                .width(80),
        )
}

pub(super) fn restatements() -> Panel {
    let sql = "
SELECT time AS \"Seen\",
       provider || ' / ' || account || CASE currency WHEN reporting_currency THEN '' ELSE ' (' || currency || ')' END AS \"Account\",
       day::timestamp AT TIME ZONE 'UTC' AS \"Day\",
       CASE WHEN was_settled THEN 'settled' ELSE 'provisional' END AS \"Was\",
       old_amount::float8 AS \"Before\", new_amount::float8 AS \"After\",
       change::float8 AS \"Change\"
FROM reporting.restatements
WHERE $__timeFilter(time) AND provider IN ($provider) AND account IN ($account)
ORDER BY time DESC
LIMIT 100";
    let money = || Field::new().set("decimals", json!(2));
    Panel::table("Restatements")
        .description(
            "Days whose bill a provider changed after we had read it, by when we saw it; the last 100 in the time range, in \
             the billed currency. A provisional day that grows is a bill being written; a settled day should not change.",
        )
        .query(Query::table(sql))
        .no_value("no provider has changed its figures in this time range")
        .column("Seen", Field::new().unit(Unit::Ago).width(132))
        .column("Day", Field::new().unit(Unit::Day).width(95))
        .column(
            "Was",
            Field::new()
                .values(&[("settled", "settled", Color::Orange), ("provisional", "provisional", Color::Text)])
                .colored_text()
                .width(95),
        )
        .column("Before", money().width(78))
        .column("After", money().width(78))
        .column("Change", money().width(75))
}
