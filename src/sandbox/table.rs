//! Rows with dimensions, and the one way of grouping them that all reports share.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::world::Volume;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cell {
    Null,
    Flag(bool),
    Text(String),
}

impl Cell {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn maybe(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Null, Self::text)
    }
}

impl From<Cell> for Value {
    fn from(cell: Cell) -> Self {
        match cell {
            Cell::Null => Self::Null,
            Cell::Flag(flag) => Self::Bool(flag),
            Cell::Text(text) => Self::String(text),
        }
    }
}

pub(super) type Dims = Vec<(&'static str, Cell)>;

pub(super) struct Row<M> {
    pub(super) dims: Dims,
    pub(super) measure: M,
}

impl<M> Row<M> {
    /// Whether the dimension has one of the values; any value passes an empty filter.
    pub(super) fn passes(&self, dim: &str, allowed: &[String]) -> bool {
        let text = self.dims.iter().find_map(|(name, cell)| match cell {
            Cell::Text(text) if *name == dim => Some(text),
            _ => None,
        });
        allowed.is_empty() || text.is_some_and(|text| allowed.contains(text))
    }
}

pub(super) trait Measure: Default {
    fn add(&mut self, other: &Self);
}

impl Measure for Volume {
    fn add(&mut self, other: &Self) {
        self.add(other);
    }
}

#[derive(Debug, Default)]
pub(super) struct Cost {
    pub(super) amount: Decimal,
    pub(super) quantity: u64,
}

impl Measure for Cost {
    fn add(&mut self, other: &Self) {
        self.amount += other.amount;
        self.quantity += other.quantity;
    }
}

/// Adds up the rows that agree on the dimensions in `keep`; all other dimensions become null.
pub(super) fn group<M: Measure>(rows: impl Iterator<Item = Row<M>>, keep: &[&str]) -> Vec<Row<M>> {
    let mut groups: BTreeMap<Dims, M> = BTreeMap::new();
    for row in rows {
        let blank = |(name, cell)| (name, if keep.contains(&name) { cell } else { Cell::Null });
        groups.entry(row.dims.into_iter().map(blank).collect()).or_default().add(&row.measure);
    }
    groups.into_iter().map(|(dims, measure)| Row { dims, measure }).collect()
}
