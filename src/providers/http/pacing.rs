//! How fast one account may ask: so many at once, and a gap between starts.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// Shared by all feeds of an account, for vendors count per account.
pub(super) struct Pacing {
    slots: Semaphore,
    gap: Duration,
    /// No request starts before.
    next: Mutex<Instant>,
}

impl Pacing {
    pub(super) fn new(gap: Duration, max_concurrent: usize) -> Self {
        Self { slots: Semaphore::new(max_concurrent.max(1)), gap, next: Mutex::new(Instant::now()) }
    }

    /// Waits until a request may start; others wait while the permit lives.
    pub(super) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        let permit = self.slots.acquire().await.ok();
        while let Some(at) = self.claim() {
            tokio::time::sleep_until(at).await;
        }
        permit
    }

    /// No request of the account starts for `pause`.
    pub(super) fn hold(&self, pause: Duration) {
        let mut next = self.next();
        *next = (*next).max(Instant::now() + pause);
    }

    /// Takes the turn, or tells when to try again: whoever held the account meanwhile is respected.
    fn claim(&self) -> Option<Instant> {
        let now = Instant::now();
        let mut next = self.next();
        if *next > now {
            return Some(*next);
        }
        *next = now + self.gap;
        None
    }

    fn next(&self) -> MutexGuard<'_, Instant> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn starts_keep_their_distance_and_a_hold_holds_everyone() {
        let pacing = Pacing::new(Duration::from_secs(1), 8);
        let start = Instant::now();
        let passed = || start.elapsed().as_secs();
        let _first = pacing.turn().await;
        assert_eq!(passed(), 0);
        let _second = pacing.turn().await;
        assert_eq!(passed(), 1);
        pacing.hold(Duration::from_secs(10));
        let _third = pacing.turn().await;
        assert_eq!(passed(), 11);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_allowed_run_at_once() {
        let pacing = Pacing::new(Duration::ZERO, 2);
        let (first, _second) = (pacing.turn().await, pacing.turn().await);
        let mut third = std::pin::pin!(pacing.turn());
        assert!(third.as_mut().now_or_never().is_none());
        drop(first);
        assert!(third.await.is_some());
    }
}
