//! Reads a log of calls into the store, batch by batch.

use std::collections::BTreeSet;

use tokio::sync::mpsc;

use super::error::RunError;
use super::ran::{Ran, Watch};
use crate::domain::call_log::LogBatch;
use crate::domain::names::Billing;
use crate::providers::feed::{CallLog, FetchError};
use crate::shutdown::Shutdown;
use crate::store::Store;
use crate::store::call_log::Sorted;
use crate::store::lease::Fence;

/// Stores what the log has beyond what is stored already. Stops between batches when asked to.
///
/// # Errors
///
/// The log's and the database's; batches before stay stored.
pub(super) async fn read(
    store: &Store,
    fence: &Fence,
    billing: Billing,
    log: &dyn CallLog,
    shutdown: &Shutdown,
    watch: &dyn Watch,
) -> Result<Ran, RunError> {
    let mut reading = store.reading(fence, billing).await?;
    let mut batches = log.read(store.log_positions(fence.account()).await?);
    let (mut ran, mut days) = (Ran::default(), BTreeSet::new());
    let mut next = sorted(&mut batches).await?;
    while let Some(part) = next {
        // The next part is sorted out while the database is busy with this one.
        let (added, following) = tokio::join!(reading.add(&part), sorted(&mut batches));
        let added = added?;
        let (done, total) = part.progress();
        ran.windows += 1;
        ran.rows += added.calls;
        ran.news |= added.calls > 0;
        watch.window(mebibytes(done), mebibytes(total), added.calls > 0);
        days.extend(added.days);
        ran.changed_days = days.len();
        if shutdown.asked() {
            return Err(FetchError::Stopped.into());
        }
        next = following?;
    }
    Ok(ran)
}

/// The next part of a log; `None` behind the last.
async fn sorted(batches: &mut mpsc::Receiver<Result<LogBatch, FetchError>>) -> Result<Option<Sorted>, FetchError> {
    let Some(batch) = batches.recv().await.transpose()? else { return Ok(None) };
    let sorted = tokio::task::spawn_blocking(|| Sorted::from(batch)).await;
    // It does not fail, but for a runtime that is going away.
    sorted.map(Some).map_err(|_| FetchError::Stopped)
}

/// At least one, so that a short log shows progress, too.
fn mebibytes(bytes: u64) -> usize {
    usize::try_from(bytes.div_ceil(1024 * 1024)).unwrap_or(usize::MAX).max(1)
}
