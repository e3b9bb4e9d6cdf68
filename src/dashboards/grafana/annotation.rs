//! Marks on every time axis of a dashboard.

use serde_json::{Value, json};

use super::field::Color;
use super::query::sql_datasource;

#[derive(Debug, Clone)]
pub struct Annotation(Value);

impl Annotation {
    /// Regions from an SQL query with the columns `time`, `timeend` and `text`, on the panels at `panels`
    /// (positions in the order in which they were added, from 1).
    #[must_use]
    pub fn regions(name: &str, color: Color, panels: &[usize], sql: &str) -> Self {
        Self(json!({
            "datasource": sql_datasource(),
            "enable": true,
            "filter": { "exclude": false, "ids": panels },
            "hide": false,
            "iconColor": color.name(),
            "name": name,
            "target": {
                "editorMode": "code", "format": "table", "rawQuery": true, "rawSql": sql.trim(), "refId": "Anno",
            },
        }))
    }

    pub(super) fn to_json(&self) -> Value {
        self.0.clone()
    }
}
