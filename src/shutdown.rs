//! Stopping: softly (finish what has begun), then hard (drop it; nothing is lost, it is fetched again).

use tokio_util::sync::CancellationToken;

/// Two tokens: the first asks, the second insists.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    soft: CancellationToken,
    hard: CancellationToken,
}

impl Shutdown {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Nothing new is begun after this.
    pub fn ask(&self) {
        self.soft.cancel();
    }

    /// What is still running is dropped.
    pub fn insist(&self) {
        self.soft.cancel();
        self.hard.cancel();
    }

    #[must_use]
    pub fn asked(&self) -> bool {
        self.soft.is_cancelled()
    }

    #[must_use]
    pub fn soft(&self) -> &CancellationToken {
        &self.soft
    }

    #[must_use]
    pub fn hard(&self) -> &CancellationToken {
        &self.hard
    }
}
