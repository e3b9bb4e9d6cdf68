//! How a value looks: unit, colour, thresholds, and the options of the cell or line that shows it.

use serde_json::{Map, Value, json};

use crate::domain::money::Currency;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// In the currency that the dashboard is written for.
    Money,
    /// 0.25 is shown as 25 %.
    Ratio,
    Seconds,
    Count,
    /// Milliseconds since 1970, shown as "3 hours ago".
    Ago,
    /// Milliseconds since 1970, shown as a day.
    Day,
}

/// Grafana's named colours, so that light and dark themes both work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    Green,
    Yellow,
    Orange,
    Red,
    Blue,
    Purple,
    Text,
}

impl Color {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Yellow => "#EAB839",
            Self::Orange => "orange",
            Self::Red => "red",
            Self::Blue => "blue",
            Self::Purple => "purple",
            Self::Text => "text",
        }
    }
}

/// How the bar in a table cell is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gauge {
    Plain,
    /// In the colour of the threshold that the value has passed.
    ByThreshold,
}

/// Properties by Grafana's id (`unit`, `custom.width`, …): a panel's defaults, or an override for one column.
#[derive(Debug, Clone, Default)]
pub struct Field {
    properties: Vec<(String, Property)>,
}

#[derive(Debug, Clone)]
enum Property {
    Fixed(Value),
    /// The unit of money: known when the dashboard is written.
    Money,
}

impl Property {
    fn to_json(&self, currency: Currency) -> Value {
        match self {
            Self::Fixed(value) => value.clone(),
            // In full, without K and M.
            Self::Money => json!(format!("currency:financial:{}", currency.sign())),
        }
    }
}

impl Field {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn set(mut self, id: &str, value: Value) -> Self {
        self.properties.push((id.to_owned(), Property::Fixed(value)));
        self
    }

    #[must_use]
    pub fn unit(mut self, unit: Unit) -> Self {
        let (id, decimals) = match unit {
            Unit::Money => {
                self.properties.push(("unit".to_owned(), Property::Money));
                return self.set("decimals", json!(2));
            }
            Unit::Ratio => ("percentunit", Some(1)),
            Unit::Seconds => ("s", None),
            Unit::Count => ("short", None),
            Unit::Ago => ("dateTimeFromNow", None),
            Unit::Day => ("time:YYYY-MM-DD", None),
        };
        let field = self.set("unit", json!(id));
        match decimals {
            Some(decimals) => field.set("decimals", json!(decimals)),
            None => field,
        }
    }

    #[must_use]
    pub fn color(self, color: Color) -> Self {
        self.set("color", json!({ "mode": "fixed", "fixedColor": color.name() }))
    }

    /// A colour that both themes show as it is, such as `#D55E00`.
    #[must_use]
    pub fn hex(self, color: &str) -> Self {
        self.set("color", json!({ "mode": "fixed", "fixedColor": color }))
    }

    /// As many decimals as the size of a value asks for: cents are noise beside thousands.
    #[must_use]
    pub fn rough(self) -> Self {
        self.set("decimals", Value::Null)
    }

    /// What stands in place of a value where there is none, in no colour: it has passed no threshold.
    #[must_use]
    pub fn empty(self, text: &str) -> Self {
        let result = json!({ "color": Color::Text.name(), "index": 0, "text": text });
        self.set("noValue", json!(text))
            .mapping(json!({ "type": "special", "options": { "match": "null+nan", "result": result } }))
    }

    /// Colours by value: `base` below the first step.
    #[must_use]
    pub fn thresholds(self, base: Color, steps: &[(f64, Color)]) -> Self {
        let first = json!({ "color": base.name(), "value": null });
        let others = steps.iter().map(|(from, color)| json!({ "color": color.name(), "value": from }));
        let steps: Vec<Value> = std::iter::once(first).chain(others).collect();
        self.set("color", json!({ "mode": "thresholds" }))
            .set("thresholds", json!({ "mode": "absolute", "steps": steps }))
    }

    /// Text and colour in place of exact values.
    #[must_use]
    pub fn values(self, mappings: &[(&str, &str, Color)]) -> Self {
        let options: Map<String, Value> = mappings
            .iter()
            .enumerate()
            .map(|(index, (value, text, color))| {
                ((*value).to_owned(), json!({ "color": color.name(), "index": index, "text": text }))
            })
            .collect();
        self.mapping(json!({ "type": "value", "options": options }))
    }

    /// Beside those that are there.
    fn mapping(mut self, mapping: Value) -> Self {
        let known = self.properties.iter_mut().find_map(|(id, property)| match property {
            Property::Fixed(Value::Array(known)) if id == "mappings" => Some(known),
            _ => None,
        });
        match known {
            Some(known) => {
                known.push(mapping);
                self
            }
            None => self.set("mappings", json!([mapping])),
        }
    }

    #[must_use]
    pub fn width(self, pixels: u32) -> Self {
        self.set("custom.width", json!(pixels))
    }

    #[must_use]
    pub fn link(self, title: &str, url: &str) -> Self {
        self.set("links", json!([{ "title": title, "url": url }]))
    }

    /// A bar from 0 to 1 inside a table cell.
    #[must_use]
    pub fn gauge(self, look: Gauge) -> Self {
        let mode = match look {
            Gauge::Plain => "gradient",
            Gauge::ByThreshold => "basic",
        };
        self.set("custom.cellOptions", json!({ "type": "gauge", "mode": mode, "valueDisplayMode": "text" }))
            .set("min", json!(0))
            .set("max", json!(1))
    }

    /// The value's colour on the text of a table cell.
    #[must_use]
    pub fn colored_text(self) -> Self {
        self.set("custom.cellOptions", json!({ "type": "color-text" }))
    }

    pub(super) fn to_defaults(&self, currency: Currency) -> Value {
        let mut defaults = Map::new();
        let mut custom = Map::new();
        for (id, value) in &self.properties {
            match id.strip_prefix("custom.") {
                Some(id) => custom.insert(id.to_owned(), value.to_json(currency)),
                None => defaults.insert(id.clone(), value.to_json(currency)),
            };
        }
        defaults.insert("custom".to_owned(), Value::Object(custom));
        Value::Object(defaults)
    }

    pub(super) fn to_override(&self, matcher: &str, name: &str, currency: Currency) -> Value {
        let properties: Vec<Value> =
            self.properties.iter().map(|(id, value)| json!({ "id": id, "value": value.to_json(currency) })).collect();
        json!({ "matcher": { "id": matcher, "options": name }, "properties": properties })
    }
}
