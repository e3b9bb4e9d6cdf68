//! The ledger's tables: which days have to be built, what they are built from, and what was built.

mod calibrations;
mod dirty;
mod facts;
mod spend;

pub use dirty::Chunk;
pub use facts::StoredDay;
pub use spend::{BuiltDay, BuiltRow, Converted};
