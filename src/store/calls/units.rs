//! What a call used, as its table keeps it: a column for what nearly every call counts, JSON for the rest.

use crate::domain::meters::Meters;
use crate::domain::usage::Meter;

/// Meters with a column of their own, in the order of columns.
const COLUMNS: [Meter; 6] =
    [Meter::Input, Meter::CacheRead, Meter::CacheWrite, Meter::CacheWrite1h, Meter::Output, Meter::Requests];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Units {
    pub(super) columns: [i64; COLUMNS.len()],
    pub(super) others: Meters,
}

impl From<&Meters> for Units {
    fn from(meters: &Meters) -> Self {
        Self {
            columns: COLUMNS.map(|meter| i64::try_from(meters.get(meter)).unwrap_or(i64::MAX)),
            others: meters.iter().filter(|(meter, _)| !COLUMNS.contains(meter)).collect(),
        }
    }
}

impl From<Units> for Meters {
    fn from(units: Units) -> Self {
        let columns = COLUMNS.into_iter().zip(units.columns.map(i64::unsigned_abs));
        columns.chain(units.others.iter()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_between_columns_and_the_rest() {
        let meters: Meters = Meter::ALL.into_iter().zip(1..).collect();
        let units = Units::from(&meters);
        assert_eq!(units.others.iter().count(), Meter::ALL.len() - COLUMNS.len());
        assert_eq!(Meters::from(units), meters);
    }
}
