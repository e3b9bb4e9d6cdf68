//! What the calls were for: by day, model, project and conversation.

use serde_json::json;

use super::super::grafana::{Color, Field, Gauge, Panel, Query, Unit};
use super::{FILTER, NO_CALLS};

pub(super) fn by_day() -> Panel {
    let sql = format!(
        "
SELECT date_trunc('day', time, 'UTC') AS time, coalesce(nullif(model, ''), '(none)') AS metric,
       sum(tokens)::float8 AS tokens
FROM reporting.logged_calls
WHERE $__timeFilter(time) AND {FILTER}
GROUP BY 1, 2
ORDER BY 1, 2"
    );
    Panel::daily_bars("Tokens by day and model")
        .description(
            "Tokens of all kinds in each UTC day of the time range, split by model. Most of them are read from caches.",
        )
        .query(Query::time_series(sql))
        .no_value(NO_CALLS)
        .fields(|field| field.unit(Unit::Count))
}

pub(super) fn by_model() -> Panel {
    breakdown("Calls by model", "Model", "model").description(
        "Calls and tokens in the time range by model, and the share of the prompts that came from caches, which costs far less.",
    )
}

pub(super) fn by_project() -> Panel {
    breakdown("Calls by project", "Project", "project").description(
        "Calls and tokens in the time range by the folder that the agent worked in, and the share of the prompts that came \
         from caches.",
    )
}

fn breakdown(title: &str, header: &str, key: &str) -> Panel {
    let sql = format!(
        "
SELECT coalesce(nullif({key}, ''), '(none)') AS \"{header}\",
       count(*)::float8 AS \"Calls\",
       sum(tokens)::float8 AS \"Tokens\",
       (sum(cache_read) / nullif(sum(input + cache_read + cache_write), 0))::float8 AS \"Cached\"
FROM reporting.logged_calls
WHERE $__timeFilter(time) AND {FILTER}
GROUP BY {key}
ORDER BY sum(tokens) DESC
LIMIT 100"
    );
    Panel::table(title)
        .query(Query::table(sql))
        .no_value(NO_CALLS)
        .column("Calls", Field::new().unit(Unit::Count).width(60))
        .column("Tokens", Field::new().unit(Unit::Count).width(80))
        .column("Cached", Field::new().unit(Unit::Ratio).color(Color::Blue).gauge(Gauge::Plain).width(105))
}

pub(super) fn cache_share() -> Panel {
    let sql = format!(
        "
SELECT date_trunc('day', time, 'UTC') AS time, provider || ' / ' || account AS metric,
       (sum(cache_read) / nullif(sum(input + cache_read + cache_write), 0))::float8 AS share
FROM reporting.logged_calls
WHERE $__timeFilter(time) AND {FILTER}
GROUP BY 1, 2
ORDER BY 1, 2"
    );
    Panel::lines("Share of prompts from caches")
        .description("The part of all prompt tokens of each UTC day that was read from caches. A fall makes plans run out sooner.")
        .query(Query::time_series(sql))
        .no_value(NO_CALLS)
        .fields(|field| field.unit(Unit::Ratio).rough().set("max", json!(1)).set("custom.showPoints", json!("always")))
}

pub(super) fn conversations() -> Panel {
    let sql = format!(
        "
SELECT extract(epoch FROM max(time))::float8 * 1000 AS \"Last call\",
       left(session, 8) AS \"Id\",
       string_agg(DISTINCT project, ', ') AS \"Project\",
       string_agg(DISTINCT model, ', ') AS \"Model\",
       count(*)::float8 AS \"Calls\",
       sum(tokens)::float8 AS \"Tokens\"
FROM reporting.logged_calls
WHERE $__timeFilter(time) AND {FILTER}
GROUP BY provider, account, session
ORDER BY sum(tokens) DESC
LIMIT 100"
    );
    Panel::table("Conversations")
        .description(
            "The conversations with agents in the time range that used the most tokens; each by the first letters of its id, as \
             the agent has it.",
        )
        .query(Query::table(sql))
        .no_value(NO_CALLS)
        .column("Last call", Field::new().unit(Unit::Ago).width(108))
        .column("Id", Field::new().width(80))
        .column("Calls", Field::new().unit(Unit::Count).width(60))
        .column("Tokens", Field::new().unit(Unit::Count).width(80))
}
