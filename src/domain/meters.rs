//! What one call used.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::usage::Meter;

/// Units of every meter. What was not counted is the same as what counted nothing.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Meters([u64; Meter::ALL.len()]);

impl Meters {
    #[must_use]
    pub fn get(&self, meter: Meter) -> u64 {
        self.0[meter as usize]
    }

    /// Meters that count something, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (Meter, u64)> + use<> {
        Meter::ALL.into_iter().zip(self.0).filter(|(_, units)| *units > 0)
    }
}

/// What is told twice adds up.
impl FromIterator<(Meter, u64)> for Meters {
    fn from_iter<I: IntoIterator<Item = (Meter, u64)>>(counts: I) -> Self {
        let mut meters = Self::default();
        for (meter, units) in counts {
            let sum = &mut meters.0[meter as usize];
            *sum = sum.saturating_add(units);
        }
        meters
    }
}

impl<const N: usize> From<[(Meter, u64); N]> for Meters {
    fn from(counts: [(Meter, u64); N]) -> Self {
        counts.into_iter().collect()
    }
}

impl fmt::Debug for Meters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// `{"input": 7, "output": 222, …}` of what counts something.
impl Serialize for Meters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Meters {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(BTreeMap::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_meter_has_a_place_of_its_own() {
        for (number, meter) in (1..).zip(Meter::ALL) {
            let meters = Meters::from([(meter, number)]);
            assert_eq!(meters.iter().collect::<Vec<_>>(), [(meter, number)]);
            assert_eq!(serde_json::to_string(&meters).unwrap(), format!(r#"{{"{meter}":{number}}}"#));
        }
    }

    #[test]
    fn a_meter_that_counts_nothing_is_not_there() {
        let meters: Meters = serde_json::from_str(r#"{"input": 0, "output": 3}"#).unwrap();
        assert_eq!(meters, Meters::from([(Meter::Output, 1), (Meter::Output, 2)]));
        assert_eq!(meters.get(Meter::Input), 0);
    }
}
