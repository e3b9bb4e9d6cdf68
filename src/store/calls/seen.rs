//! Which keys the database cannot know, so that it need not be asked.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

/// Beyond so many keys, which take 20 MiB, the database is asked.
const MOST_KEYS: usize = 1_000_000;

/// What a first reading has stored so far: of an account that had no calls before, and that nobody else writes.
#[derive(Debug, Default)]
pub(in crate::store) struct Seen {
    /// Of all keys of the account; none where they are not all known here.
    hashes: Option<HashSet<u64>>,
    hasher: RandomState,
}

impl Seen {
    /// For an account without calls.
    pub(in crate::store) fn nothing_yet() -> Self {
        Self { hashes: Some(HashSet::new()), hasher: RandomState::new() }
    }

    /// May the database hold this key? Says yes the next time. Two keys may have one hash: then the database is asked in vain.
    pub(super) fn may_know(&mut self, key: &str) -> bool {
        self.hashes.take_if(|hashes| hashes.len() >= MOST_KEYS);
        self.hashes.as_mut().is_none_or(|hashes| !hashes.insert(self.hasher.hash_one(key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_of_a_key_is_certainly_new() {
        let mut seen = Seen::nothing_yet();
        assert_eq!(["a", "b", "a"].map(|key| seen.may_know(key)), [false, false, true]);
        assert!(Seen::default().may_know("a"), "of other accounts nothing is known");
    }

    #[test]
    fn too_many_keys_are_not_remembered() {
        let mut seen = Seen::nothing_yet();
        let sure = (0..=MOST_KEYS).filter(|number| !seen.may_know(&number.to_string())).count();
        assert_eq!(sure, MOST_KEYS);
        assert!(seen.hashes.is_none());
    }
}
