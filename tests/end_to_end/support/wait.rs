//! Waiting for what will be: often asked, with a deadline far beyond what it takes.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Only a failing test waits this long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(150);
const PAUSE: Duration = Duration::from_millis(50);

/// What `attempt` says once it succeeds. Panics with its last complaint when that takes too long.
pub(crate) async fn eventually<T, E: std::fmt::Debug>(mut attempt: impl AsyncFnMut() -> Result<T, E>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match attempt().await {
            Ok(value) => return value,
            Err(complaint) => assert!(Instant::now() < deadline, "it never came: {complaint:?}"),
        }
        sleep(PAUSE).await;
    }
}

/// `Ok` where the condition holds, else the complaint.
pub(crate) fn so<E>(condition: bool, complaint: E) -> Result<(), E> {
    if condition { Ok(()) } else { Err(complaint) }
}
