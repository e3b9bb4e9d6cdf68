//! Answers that are worked out once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{PoisonError, RwLock};

/// A map that fills itself. Two threads that miss at once both work out the same answer.
pub(super) struct Memo<K, V> {
    known: RwLock<HashMap<K, V>>,
}

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self { known: RwLock::default() }
    }
}

impl<K: Eq + Hash, V: Clone> Memo<K, V> {
    pub(super) fn get(&self, key: K, work_out: impl FnOnce(&K) -> V) -> V {
        if let Some(value) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return value.clone();
        }
        let value = work_out(&key);
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(key, value.clone());
        value
    }
}
