//! The ledger: facts of one account's day in, rows of spend out. Pure; the bill's figure is never lost on the way.
//!
//! [`naming`] says who made which part of the use, as far as calls are known. [`reconcile`] composes the steps: use is [`attribution`]-split, the lines of the bill are matched with it ([`matching`]),
//! allocated ([`allocate`]) and, while the bill is open, topped up by the estimate. [`calibrate`] learns effective rates from
//! settled days, [`drift`] says how far the estimate is off, [`fees`] spreads plans over days and [`tags`] name who pays.

pub(crate) mod allocate;
pub mod attribution;
pub mod calibrate;
pub(crate) mod draft;
pub mod drift;
pub mod fees;
pub(crate) mod lines;
pub(crate) mod matching;
pub mod naming;
pub mod pricer;
pub mod reconcile;
pub(crate) mod rows;
pub mod split;
pub mod tags;
pub(crate) mod uses;

#[cfg(test)]
mod examples;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod testing;
