//! How much of the daemon one client may take.

use std::time::Duration;

/// Bounds of the listener; the defaults are far beyond what scrapers, people and scripts need.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at a time; who comes later waits in the system's queue until one ends.
    pub connections: usize,
    /// For the TLS handshake.
    pub handshake_time: Duration,
    /// For the first line and the headers of a request, and for the silence between two requests.
    pub header_time: Duration,
    /// Bytes of the first line and the headers together; there may be a hundred headers.
    pub header_bytes: usize,
    /// For a client that takes none of the bytes that wait for it.
    pub unread_time: Duration,
    /// For requests that still run when the daemon stops.
    pub drain_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            handshake_time: Duration::from_secs(10),
            header_time: Duration::from_secs(30),
            header_bytes: 32 * 1024,
            unread_time: Duration::from_secs(30),
            drain_time: Duration::from_secs(10),
        }
    }
}
