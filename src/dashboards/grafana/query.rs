//! What a panel asks, and of which datasource.

use serde_json::{Value, json};

use super::super::naming::families_in;
use crate::domain::money::Currency;

/// One query of a panel.
#[derive(Debug, Clone)]
pub enum Query {
    /// Rows of schema `reporting`.
    Sql { sql: String, format: Format },
    /// What Prometheus believes now, or believed over the time range. Families of money have the names that they have in dollars,
    /// and get those of the dashboard's currency when it is written.
    Prometheus { expr: String, legend: String, kind: Kind },
}

/// How Grafana reads the rows of an SQL query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Table,
    /// A column `time`, sorted; with three columns, one named `metric` names the series.
    TimeSeries,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One value a series, as of the end of the time range.
    Instant,
    /// The same, with labels as columns.
    Table,
    Range,
}

impl Query {
    pub fn table(sql: impl Into<String>) -> Self {
        Self::Sql { sql: sql.into(), format: Format::Table }
    }

    pub fn time_series(sql: impl Into<String>) -> Self {
        Self::Sql { sql: sql.into(), format: Format::TimeSeries }
    }

    #[must_use]
    pub fn instant(expr: &str, legend: &str) -> Self {
        Self::Prometheus { expr: expr.to_owned(), legend: legend.to_owned(), kind: Kind::Instant }
    }

    #[must_use]
    pub fn labels(expr: &str) -> Self {
        Self::Prometheus { expr: expr.to_owned(), legend: String::new(), kind: Kind::Table }
    }

    #[must_use]
    pub fn range(expr: &str, legend: &str) -> Self {
        Self::Prometheus { expr: expr.to_owned(), legend: legend.to_owned(), kind: Kind::Range }
    }

    pub(super) fn to_json(&self, ref_id: &str, currency: Currency) -> Value {
        match self {
            Self::Sql { sql, format } => json!({
                "datasource": sql_datasource(),
                "editorMode": "code",
                "format": match format { Format::Table => "table", Format::TimeSeries => "time_series" },
                "rawQuery": true,
                "rawSql": sql.trim(),
                "refId": ref_id,
            }),
            Self::Prometheus { expr, legend, kind } => json!({
                "datasource": prometheus_datasource(),
                "editorMode": "code",
                "expr": families_in(expr, currency),
                "format": if *kind == Kind::Table { "table" } else { "time_series" },
                "instant": *kind != Kind::Range,
                "legendFormat": legend,
                "range": *kind == Kind::Range,
                "refId": ref_id,
            }),
        }
    }

    pub(super) fn datasource(&self) -> Value {
        match self {
            Self::Sql { .. } => sql_datasource(),
            Self::Prometheus { .. } => prometheus_datasource(),
        }
    }
}

pub(super) fn sql_datasource() -> Value {
    json!({ "type": "grafana-postgresql-datasource", "uid": "${ds_sql}" })
}

pub(super) fn prometheus_datasource() -> Value {
    json!({ "type": "prometheus", "uid": "${ds_prometheus}" })
}
