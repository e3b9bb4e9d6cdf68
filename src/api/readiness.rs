//! Why the daemon is not ready yet: named reasons that come and go.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Ready as long as nobody holds a reason against it.
#[derive(Debug, Clone, Default)]
pub struct Readiness {
    reasons: Arc<Mutex<BTreeMap<&'static str, String>>>,
}

/// Holds readiness back until it is dropped, such as until the first sync is done.
#[derive(Debug)]
#[must_use = "a latch that is dropped holds nothing back"]
pub struct Latch {
    readiness: Readiness,
    name: &'static str,
}

impl Readiness {
    /// Not ready, for a reason that may be told to everybody; a later one of the same name replaces it.
    pub fn hold(&self, name: &'static str, reason: impl Into<String>) {
        self.locked(|reasons| reasons.insert(name, reason.into()));
    }

    /// The reason of this name is gone.
    pub fn release(&self, name: &'static str) {
        self.locked(|reasons| reasons.remove(name));
    }

    pub fn latch(&self, name: &'static str, reason: impl Into<String>) -> Latch {
        self.hold(name, reason);
        Latch { readiness: self.clone(), name }
    }

    /// What is in the way, by name.
    #[must_use]
    pub fn reasons(&self) -> BTreeMap<&'static str, String> {
        self.locked(|reasons| reasons.clone())
    }

    fn locked<T>(&self, act: impl FnOnce(&mut BTreeMap<&'static str, String>) -> T) -> T {
        act(&mut self.reasons.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Latch {
    fn drop(&mut self) {
        self.readiness.release(self.name);
    }
}
