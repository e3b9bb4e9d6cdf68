//! Reports that were ordered, until they are deleted.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::domain::period::Window;

#[derive(Clone)]
pub(super) struct Report {
    pub(super) project: String,
    pub(super) window: Window,
    /// How often somebody looked for it, at the report or at the work on it.
    pub(super) looks: u32,
}

impl Report {
    pub(super) fn is_made(&self) -> bool {
        self.looks >= 2
    }
}

/// By id, which is the client's own and so never twice the same by chance.
static REPORTS: Mutex<BTreeMap<String, Report>> = Mutex::new(BTreeMap::new());

/// False where there is one of that id.
pub(super) fn order(id: &str, project: String, window: Window) -> bool {
    with(|reports| {
        let is_new = !reports.contains_key(id);
        reports.entry(id.to_owned()).or_insert(Report { project, window, looks: 0 });
        is_new
    })
}

/// The report, after one more look.
pub(super) fn look(id: &str) -> Option<Report> {
    with(|reports| {
        let report = reports.get_mut(id)?;
        report.looks += 1;
        Some(report.clone())
    })
}

pub(super) fn delete(id: &str) {
    with(|reports| reports.remove(id));
}

fn with<T>(act: impl FnOnce(&mut BTreeMap<String, Report>) -> T) -> T {
    act(&mut REPORTS.lock().unwrap_or_else(PoisonError::into_inner))
}
