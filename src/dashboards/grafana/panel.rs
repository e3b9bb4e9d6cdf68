//! One panel: what it asks and how it shows the answer.

use serde_json::{Value, json};

use super::field::Field;
use super::query::Query;
use crate::domain::money::Currency;

/// A panel without its place; [`super::Dashboard`] gives it one.
#[derive(Debug, Clone)]
pub struct Panel {
    kind: &'static str,
    title: String,
    description: String,
    queries: Vec<Query>,
    options: Value,
    defaults: Field,
    overrides: Vec<(String, Field)>,
    series: Vec<(String, Field)>,
    transformations: Vec<Value>,
    time_from: Option<&'static str>,
    min_step: Option<&'static str>,
}

/// Where a panel stands on Grafana's grid of 24 columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) w: u32,
    pub(super) h: u32,
}

impl Panel {
    fn new(kind: &'static str, title: &str, options: Value, defaults: Field) -> Self {
        Self {
            kind,
            title: title.to_owned(),
            description: String::new(),
            queries: Vec::new(),
            options,
            defaults,
            overrides: Vec::new(),
            series: Vec::new(),
            transformations: Vec::new(),
            time_from: None,
            min_step: None,
        }
    }

    /// One big number; with several rows the last one, and its change against the first.
    #[must_use]
    pub fn stat(title: &str) -> Self {
        let options = json!({
            "colorMode": "value",
            "graphMode": "none",
            "justifyMode": "center",
            "orientation": "auto",
            "percentChangeColorMode": "inverted",
            "reduceOptions": { "calcs": ["lastNotNull"], "fields": "", "values": false },
            "showPercentChange": false,
            "text": { "percentSize": 16, "valueSize": 28 },
            "textMode": "value",
            "wideLayout": true,
        });
        Self::new("stat", title, options, Field::new())
    }

    /// Stacked bars, one a day, from midnight to midnight.
    #[must_use]
    pub fn daily_bars(title: &str) -> Self {
        let defaults = Field::new()
            .set("color", json!({ "mode": "palette-classic" }))
            .set("custom.axisBorderShow", json!(false))
            .set("custom.axisSoftMin", json!(0))
            .set("custom.barAlignment", json!(1))
            .set("custom.barWidthFactor", json!(0.8))
            .set("custom.drawStyle", json!("bars"))
            .set("custom.fillOpacity", json!(85))
            .set("custom.gradientMode", json!("none"))
            .set("custom.lineWidth", json!(0))
            .set("custom.stacking", json!({ "group": "A", "mode": "normal" }));
        Self::new("timeseries", title, time_series_options("table", "right", &["sum"]), defaults)
    }

    #[must_use]
    pub fn lines(title: &str) -> Self {
        let defaults = Field::new()
            .set("color", json!({ "mode": "palette-classic" }))
            .set("custom.axisBorderShow", json!(false))
            .set("custom.axisSoftMin", json!(0))
            .set("custom.drawStyle", json!("line"))
            .set("custom.fillOpacity", json!(8))
            .set("custom.lineWidth", json!(2))
            .set("custom.showPoints", json!("never"))
            .set("custom.spanNulls", json!(false));
        Self::new("timeseries", title, time_series_options("list", "bottom", &[]), defaults)
    }

    /// Lines over a number on the x axis instead of the time.
    #[must_use]
    pub fn trend(title: &str, x: &str) -> Self {
        let mut options = time_series_options("list", "bottom", &[]);
        options["xField"] = json!(x);
        let defaults = Field::new()
            .set("color", json!({ "mode": "palette-classic" }))
            .set("custom.axisBorderShow", json!(false))
            .set("custom.axisSoftMin", json!(0))
            .set("custom.drawStyle", json!("line"))
            .set("custom.lineWidth", json!(2))
            .set("custom.showPoints", json!("never"));
        Self::new("trend", title, options, defaults)
    }

    /// A slice for each row, `of` a column with names and one with values.
    #[must_use]
    pub fn donut(title: &str, of: (&str, &str)) -> Self {
        let options = json!({
            "displayLabels": [],
            "legend": { "displayMode": "table", "placement": "right", "showLegend": true, "values": ["value", "percent"] },
            "pieType": "donut",
            "reduceOptions": { "calcs": ["lastNotNull"], "fields": "", "values": false },
            "tooltip": { "mode": "single", "sort": "desc" },
        });
        // A slice is a field then, and can have a colour of its own.
        let (name, value) = of;
        let mappings = json!([
            { "fieldName": name, "handlerKey": "field.name" },
            { "fieldName": value, "handlerKey": "field.value" },
        ]);
        let mut panel =
            Self::new("piechart", title, options, Field::new().set("color", json!({ "mode": "palette-classic" })));
        panel.transformations.push(json!({ "id": "rowsToFields", "options": { "mappings": mappings } }));
        panel
    }

    #[must_use]
    pub fn table(title: &str) -> Self {
        let options = json!({
            "cellHeight": "sm",
            "footer": { "countRows": false, "enablePagination": false, "fields": "", "reducer": ["sum"], "show": false },
            "showHeader": true,
        });
        let defaults = Field::new()
            .set("custom.align", json!("auto"))
            .set("custom.cellOptions", json!({ "type": "auto" }))
            .set("custom.filterable", json!(false))
            .set("custom.minWidth", json!(70));
        Self::new("table", title, options, defaults)
    }

    /// The exact definition of what the panel shows.
    #[must_use]
    pub fn description(mut self, text: &str) -> Self {
        text.clone_into(&mut self.description);
        self
    }

    #[must_use]
    pub fn query(mut self, query: Query) -> Self {
        self.queries.push(query);
        self
    }

    #[must_use]
    pub fn option(mut self, name: &str, value: Value) -> Self {
        self.options[name] = value;
        self
    }

    /// Changes what holds for every value of the panel.
    #[must_use]
    pub fn fields(mut self, change: impl FnOnce(Field) -> Field) -> Self {
        self.defaults = change(self.defaults);
        self
    }

    #[must_use]
    pub fn no_value(self, text: &str) -> Self {
        self.fields(|field| field.empty(text))
    }

    /// How one column or series differs from the others.
    #[must_use]
    pub fn column(mut self, name: &str, field: Field) -> Self {
        self.overrides.push((name.to_owned(), field));
        self
    }

    /// How a series or slice of that name differs, wherever there is one.
    #[must_use]
    pub fn series(mut self, name: &str, field: Field) -> Self {
        self.series.push((name.to_owned(), field));
        self
    }

    /// Shows the present whatever the time range is. An instant query is asked as of the range's end, and a range that ends
    /// with the day ends in the future, where Prometheus knows nothing.
    #[must_use]
    pub fn of_now(mut self) -> Self {
        self.time_from = Some("5m");
        self
    }

    /// No step of a range query is shorter: bars of an increase count each event once when the step is long against the scrape
    /// interval.
    #[must_use]
    pub fn steps_of(mut self, at_least: &'static str) -> Self {
        self.min_step = Some(at_least);
        self
    }

    /// Sums of `columns` below a table.
    #[must_use]
    pub fn sums(mut self, columns: &[&str]) -> Self {
        self.options["footer"]["show"] = json!(true);
        self.options["footer"]["fields"] = json!(columns);
        self
    }

    #[must_use]
    pub fn sorted_by(self, column: &str, descending: bool) -> Self {
        self.option("sortBy", json!([{ "desc": descending, "displayName": column }]))
    }

    /// One row for each combination of labels, with a column a query. `names` are (as it comes, as it is shown), in order;
    /// what is not named is left out.
    #[must_use]
    pub fn joined(mut self, by: &str, names: &[(&str, &str)]) -> Self {
        let included: serde_json::Map<String, Value> =
            names.iter().map(|(from, _)| ((*from).to_owned(), json!(true))).collect();
        let order: serde_json::Map<String, Value> =
            names.iter().enumerate().map(|(index, (from, _))| ((*from).to_owned(), json!(index))).collect();
        let renamed: serde_json::Map<String, Value> =
            names.iter().map(|(from, to)| ((*from).to_owned(), json!(to))).collect();
        self.transformations.push(json!({ "id": "joinByField", "options": { "byField": by, "mode": "outer" } }));
        self.transformations.push(json!({
            "id": "organize",
            "options": { "includeByName": included, "indexByName": order, "renameByName": renamed },
        }));
        self
    }

    pub(super) fn to_json(&self, id: usize, place: Place, currency: Currency) -> Value {
        let targets: Vec<Value> = self
            .queries
            .iter()
            .zip('A'..='Z')
            .map(|(query, ref_id)| query.to_json(ref_id.encode_utf8(&mut [0; 4]), currency))
            .collect();
        let columns = self.overrides.iter().map(|(column, field)| field.to_override("byName", column, currency));
        // A name in slashes, so that nobody takes it for a column of a table.
        let series =
            self.series.iter().map(|(name, field)| field.to_override("byRegexp", &format!("/^{name}$/"), currency));
        let overrides: Vec<Value> = columns.chain(series).collect();
        let mut panel = json!({
            "datasource": self.queries.first().map(Query::datasource),
            "description": self.description,
            "fieldConfig": { "defaults": self.defaults.to_defaults(currency), "overrides": overrides },
            "gridPos": { "h": place.h, "w": place.w, "x": place.x, "y": place.y },
            "id": id,
            "options": self.options,
            "targets": targets,
            "title": self.title,
            "transformations": self.transformations,
            "type": self.kind,
        });
        if let Some(step) = self.min_step {
            panel["interval"] = json!(step);
        }
        if let Some(time_from) = self.time_from {
            panel["timeFrom"] = json!(time_from);
            panel["hideTimeOverride"] = json!(true);
        }
        panel
    }
}

fn time_series_options(legend: &str, placement: &str, calcs: &[&str]) -> Value {
    json!({
        "legend": {
            "calcs": calcs, "displayMode": legend, "placement": placement, "showLegend": true,
            "sortBy": "Total", "sortDesc": true,
        },
        "tooltip": { "hideZeros": true, "mode": "multi", "sort": "desc" },
    })
}
