//! What the tests stand on.

pub(crate) mod alertmanager;
pub(crate) mod bill;
pub(crate) mod clock;
pub(crate) mod collector;
pub(crate) mod daemon;
pub(crate) mod door;
pub(crate) mod page;
pub(crate) mod place;
pub(crate) mod points;
pub(crate) mod program;
pub(crate) mod prometheus;
pub(crate) mod scene;
pub(crate) mod sink;
pub(crate) mod tokens;
pub(crate) mod transcripts;
pub(crate) mod wait;
