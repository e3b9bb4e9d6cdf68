//! Configuration: embedded defaults, a file, the environment; every problem said at once.

mod accounts;
mod agents;
mod aws;
mod budgets;
mod checks;
mod currency;
mod environment;
mod http;
mod load;
mod mask;
mod plans;
mod problem;
mod refresh;
mod removed;
mod secret;
mod sections;
mod telemetry;
mod trials;
mod words;

pub use accounts::Accounts;
pub use budgets::{BudgetSection, default_thresholds};
pub use environment::Environment;
pub use http::HttpSection;
pub use load::{Loaded, listener, load};
pub use mask::masked;
pub use plans::PlanSection;
pub use problem::{Problem, Problems};
pub use refresh::Refresh;
pub use secret::Secret;
pub use sections::Config;
pub use telemetry::PushInterval;
