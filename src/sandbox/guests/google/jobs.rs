//! Queries that were asked for, until their answers were fetched.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::domain::period::Window;

/// What a query means.
#[derive(Clone)]
pub(super) enum Asked {
    Costs { window: Window, services: Vec<String>, claude: bool },
    Projects,
}

/// By id, which is the client's own and so never twice the same by chance.
static JOBS: Mutex<BTreeMap<String, Job>> = Mutex::new(BTreeMap::new());

#[derive(Clone)]
pub(super) struct Job {
    pub(super) asked: Asked,
    /// How often it was asked whether the query has ended.
    pub(super) polls: u32,
}

/// The same request starts the same job.
pub(super) fn start(id: &str, asked: Asked) {
    with(|jobs| {
        jobs.entry(id.to_owned()).or_insert(Job { asked, polls: 0 });
    });
}

/// The job, and one more poll of it if this is one.
pub(super) fn find(id: &str, is_poll: bool) -> Option<Job> {
    with(|jobs| {
        let job = jobs.get_mut(id)?;
        job.polls += u32::from(is_poll);
        Some(job.clone())
    })
}

fn with<T>(act: impl FnOnce(&mut BTreeMap<String, Job>) -> T) -> T {
    act(&mut JOBS.lock().unwrap_or_else(PoisonError::into_inner))
}
