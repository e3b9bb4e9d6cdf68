//! What every provider owes the rest of the house, asked of each feed of each provider in [`kinds::KINDS`].

mod agreement;
mod bodies;
mod directories;
mod gauges;
mod kinds;
mod logs;
mod pages;
mod record;
mod refusals;
mod registry;
mod renamed;
mod signatures;
mod stage;
mod windows;
