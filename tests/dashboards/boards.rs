//! The dashboards as Grafana reads them: JSON.

use llmtally::dashboards;
use llmtally::domain::money::Currency;
use serde_json::Value;

pub(crate) fn all() -> Vec<Value> {
    all_in(Currency::USD)
}

pub(crate) fn all_in(currency: Currency) -> Vec<Value> {
    dashboards::all().iter().map(|board| board.to_json(currency)).collect()
}

pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// What the dashboard asks of PostgreSQL, with the panel that asks.
pub(crate) struct SqlPanel {
    pub(crate) title: String,
    pub(crate) format: String,
    pub(crate) sql: String,
    /// The columns that the panel gives a look of their own.
    pub(crate) columns: Vec<String>,
}

pub(crate) fn sql_panels(board: &Value) -> Vec<SqlPanel> {
    let mut found = Vec::new();
    for panel in list(board, "panels") {
        for target in list(panel, "targets").iter().filter(|target| target.get("rawSql").is_some()) {
            let overrides = list(&panel["fieldConfig"], "overrides").iter();
            found.push(SqlPanel {
                title: text(panel, "title").to_owned(),
                format: text(target, "format").to_owned(),
                sql: text(target, "rawSql").to_owned(),
                columns: overrides.map(|change| text(&change["matcher"], "options").to_owned()).collect(),
            });
        }
    }
    found
}

/// (where it stands, SQL) of variables and annotations.
pub(crate) fn other_sql(board: &Value) -> Vec<(String, String)> {
    let variables = list(&board["templating"], "list").iter();
    let variables = variables.filter(|variable| variable["query"].is_string() && variable["type"] == "query");
    let annotations = list(&board["annotations"], "list").iter();
    variables
        .map(|variable| (text(variable, "name").to_owned(), text(variable, "query").to_owned()))
        .chain(annotations.map(|mark| (text(mark, "name").to_owned(), text(&mark["target"], "rawSql").to_owned())))
        .collect()
}

/// (panel, PromQL) of every panel that asks Prometheus.
pub(crate) fn promql(board: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for panel in list(board, "panels") {
        for target in list(panel, "targets").iter().filter(|target| target.get("expr").is_some()) {
            found.push((text(panel, "title").to_owned(), text(target, "expr").to_owned()));
        }
    }
    found
}
