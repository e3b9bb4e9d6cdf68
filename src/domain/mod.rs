//! The words of the trade as values: no IO, no clock, no vendor.

pub mod budget;
pub mod calibration;
pub mod call_log;
pub mod clock;
pub mod cost;
pub mod meters;
pub mod money;
pub mod names;
pub mod period;
pub mod snapshot;
pub mod spend;
pub mod usage;
