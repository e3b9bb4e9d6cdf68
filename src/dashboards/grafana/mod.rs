//! Builders of classic Grafana dashboard JSON: as much of it as our dashboards need.

mod annotation;
mod dashboard;
mod field;
mod panel;
mod query;
mod variable;

pub use annotation::Annotation;
pub use dashboard::Dashboard;
pub use field::{Color, Field, Gauge, Unit};
pub use panel::Panel;
pub use query::Query;
pub use variable::Variable;
