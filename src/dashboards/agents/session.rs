//! The session of five hours that is open, and those before it.

use serde_json::json;

use super::super::grafana::{Color, Field, Panel, Query, Unit};
use super::{FILTER, NO_CALLS};

/// What a panel about the open session says when there is none.
const NO_SESSION: &str = "no session is open";

pub(super) fn tokens() -> Panel {
    open("Tokens so far", "sum(tokens)::float8", "Tokens")
        .description("Tokens of all kinds in the sessions of five hours that are open now, added up over the accounts.")
        .fields(|field| field.unit(Unit::Count))
}

pub(super) fn burn_rate() -> Panel {
    open("Tokens a minute", "sum(tokens_per_minute)::float8", "Tokens a minute")
        .description("How fast the open sessions use tokens, from the first call of each to its last.")
        .fields(|field| field.unit(Unit::Count))
}

pub(super) fn projected() -> Panel {
    open("Tokens at its end", "sum(projected_tokens)::float8", "Tokens at its end")
        .description("What the open sessions come to at their ends if they go on at their present rates.")
        .fields(|field| field.unit(Unit::Count).color(Color::Purple))
}

pub(super) fn ends() -> Panel {
    open("Session ends", "extract(epoch FROM max(end_at))::float8 * 1000", "Ends")
        .description("When the open session is over and its tokens no longer count, five hours after the hour of its first call.")
        .fields(|field| field.unit(Unit::Ago))
}

fn open(title: &str, value: &str, name: &str) -> Panel {
    let sql = format!(
        "
SELECT {value} AS \"{name}\"
FROM reporting.sessions
WHERE is_open AND {FILTER}"
    );
    Panel::stat(title).query(Query::table(sql)).no_value(NO_SESSION).fields(|field| field.color(Color::Text))
}

pub(super) fn exhausted() -> Panel {
    Panel::stat("Limit is reached")
        .description(
            "When the first open session has used the tokens that its plan allows (`session_token_limit` of the account), at \
             its present rate. Of all accounts: only the daemon knows limits, not the database that the filters ask.",
        )
        .query(Query::instant("min(llmtally_session_exhausted_timestamp_seconds) * 1000", ""))
        .of_now()
        .no_value("not before its end")
        .fields(|field| field.unit(Unit::Ago).color(Color::Orange))
}

pub(super) fn all() -> Panel {
    let sql = format!(
        "
SELECT extract(epoch FROM start_at)::float8 * 1000 AS \"Start\",
       provider || ' / ' || account AS \"Account\",
       calls::float8 AS \"Calls\",
       tokens::float8 AS \"Tokens\",
       tokens_per_minute::float8 AS \"A minute\",
       cost::float8 AS \"List price\",
       CASE WHEN is_open THEN 'open' ELSE 'over' END AS \"State\"
FROM reporting.sessions
WHERE $__timeFilter(time) AND {FILTER}
ORDER BY start_at DESC
LIMIT 200"
    );
    Panel::table("Sessions of five hours")
        .description(
            "The newest sessions in the time range, with their tokens of all kinds and what they cost at list prices.",
        )
        .query(Query::table(sql))
        .no_value(NO_CALLS)
        .column("Start", Field::new().set("unit", json!("time:YYYY-MM-DD HH:mm")).width(135))
        .column("Calls", Field::new().unit(Unit::Count).width(60))
        .column("Tokens", Field::new().unit(Unit::Count).width(80))
        .column("A minute", Field::new().unit(Unit::Count).width(80))
        .column("List price", Field::new().unit(Unit::Money).width(85))
        .column("State", Field::new().width(60))
}
