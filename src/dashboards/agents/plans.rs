//! Whether plans pay off: their fees against what the use would have cost at list prices.

use super::super::grafana::{Color, Field, Panel, Query, Unit};
use super::FILTER;

const NO_PLAN: &str = "no plan is configured";
const MONTH: &str = "date_trunc('month', now() AT TIME ZONE 'UTC')::date";

pub(super) fn pays_off() -> Panel {
    let sql = format!(
        "
SELECT (sum(value) / nullif(sum(fee), 0))::float8 AS \"Value over fee\"
FROM reporting.subscriptions
WHERE month = {MONTH} AND fee <> 0 AND {FILTER}"
    );
    Panel::stat("Plan pays off")
        .description(
            "What the use that plans cover would have cost at list prices, over the fees of this UTC month so far. Above 100 % \
             the plans pay off. Does not follow the time range.",
        )
        .query(Query::table(sql))
        .no_value(NO_PLAN)
        .fields(|field| field.unit(Unit::Ratio).thresholds(Color::Orange, &[(1.0, Color::Green)]))
}

pub(super) fn by_month() -> Panel {
    let sql = format!(
        "
SELECT to_char(month, 'YYYY-MM') AS \"Month\",
       provider || ' / ' || account AS \"Account\",
       value::float8 AS \"List price\",
       fee::float8 AS \"Fee\",
       (value / nullif(fee, 0))::float8 AS \"Value\"
FROM reporting.subscriptions
WHERE {FILTER}
ORDER BY month DESC, value DESC
LIMIT 100"
    );
    Panel::table("Plans by month")
        .description(
            "What the use that plans cover would have cost at list prices, against the fees, by UTC month; of this month so \
             far. Does not follow the time range.",
        )
        .query(Query::table(sql))
        .no_value(NO_PLAN)
        .column("Month", Field::new().width(75))
        .column("List price", Field::new().unit(Unit::Money).width(95))
        .column("Fee", Field::new().unit(Unit::Money).width(80))
        .column(
            "Value",
            Field::new().unit(Unit::Ratio).thresholds(Color::Orange, &[(1.0, Color::Green)]).colored_text().width(80),
        )
}
