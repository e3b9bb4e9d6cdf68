//! Configuration: embedded defaults, a file, the environment; every problem said at once.

mod agents;
mod environment;
mod load;
mod mask;
mod problem;
mod secret;
mod sections;

pub use environment::Environment;
pub use load::{Loaded, load};
pub use mask::masked;
pub use problem::{Problem, Problems};
pub use secret::Secret;
pub use sections::{Accounts, BudgetSection, Config, Refresh, default_thresholds};
