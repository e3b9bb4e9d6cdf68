//! A dashboard: variables above, rows of panels below.

use serde_json::{Value, json};

use super::annotation::Annotation;
use super::panel::{Panel, Place};
use super::variable::Variable;
use crate::domain::money::Currency;

/// Grafana's grid is this many columns wide.
const COLUMNS: u32 = 24;

#[derive(Debug, Clone)]
pub struct Dashboard {
    uid: &'static str,
    title: &'static str,
    description: &'static str,
    time: (&'static str, &'static str),
    variables: Vec<Variable>,
    annotations: Vec<Annotation>,
    panels: Vec<(Place, Panel)>,
    next_y: u32,
}

impl Dashboard {
    #[must_use]
    pub fn new(uid: &'static str, title: &'static str, description: &'static str) -> Self {
        Self {
            uid,
            title,
            description,
            time: ("now-24h", "now"),
            variables: Vec::new(),
            annotations: Vec::new(),
            panels: Vec::new(),
            next_y: 0,
        }
    }

    /// Also the stem of its file.
    #[must_use]
    pub fn uid(&self) -> &'static str {
        self.uid
    }

    #[must_use]
    pub fn time(mut self, from: &'static str, to: &'static str) -> Self {
        self.time = (from, to);
        self
    }

    #[must_use]
    pub fn variable(mut self, variable: Variable) -> Self {
        self.variables.push(variable);
        self
    }

    #[must_use]
    pub fn annotation(mut self, annotation: Annotation) -> Self {
        self.annotations.push(annotation);
        self
    }

    /// Adds a row of panels, each with its width; together they should fill the 24 columns.
    #[must_use]
    pub fn row(mut self, height: u32, panels: Vec<(u32, Panel)>) -> Self {
        let mut x = 0;
        for (width, panel) in panels {
            let place = Place { x, y: self.next_y, w: width.min(COLUMNS.saturating_sub(x)), h: height };
            self.panels.push((place, panel));
            x += width;
        }
        self.next_y += height;
        self
    }

    /// Classic dashboard JSON, which every Grafana from 11 on loads, for sums that are told in `currency`.
    #[must_use]
    pub fn to_json(&self, currency: Currency) -> Value {
        let variables: Vec<Value> = self.variables.iter().map(|variable| variable.to_json(currency)).collect();
        let panels = self.panels.iter().enumerate();
        let panels: Vec<Value> =
            panels.map(|(index, (place, panel))| panel.to_json(index + 1, *place, currency)).collect();
        let annotations: Vec<Value> = self.annotations.iter().map(Annotation::to_json).collect();
        json!({
            "annotations": { "list": annotations },
            "description": self.description,
            "editable": false,
            "fiscalYearStartMonth": 0,
            "graphTooltip": 1,
            "links": [{
                "asDropdown": false,
                "icon": "external link",
                "includeVars": true,
                // A range of hours has no whole day for the bars of a dashboard that shows days.
                "keepTime": self.time.0.ends_with("/d"),
                "tags": ["llmtally"],
                "targetBlank": false,
                "title": "llmtally",
                "type": "dashboards",
            }],
            "panels": panels,
            "refresh": "5m",
            "schemaVersion": 42,
            "tags": ["llmtally"],
            "templating": { "list": variables },
            "time": { "from": self.time.0, "to": self.time.1 },
            "timezone": "utc",
            "title": self.title,
            "uid": self.uid,
            "weekStart": "monday",
        })
    }

    /// [`Dashboard::to_json`] as it stands in the file: indented, keys sorted, a line break at the end.
    #[must_use]
    pub fn to_file(&self, currency: Currency) -> String {
        format!("{:#}\n", self.to_json(currency))
    }
}
