//! How much of the daemon one client may take.

use std::time::Duration;

/// Of the body of a request. No route takes more; most take nothing.
pub(super) const BODY_BYTES: u64 = 64 * 1024;

/// Bounds of the listener; the defaults are far beyond what scrapers, people and scripts need.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at a time; who comes later waits in the system's queue until one ends.
    pub connections: usize,
    /// Of these, for one address; further ones are closed. Behind a proxy everybody has the proxy's.
    pub connections_per_address: usize,
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
            connections_per_address: 64,
            handshake_time: Duration::from_secs(10),
            header_time: Duration::from_secs(30),
            header_bytes: 32 * 1024,
            unread_time: Duration::from_secs(30),
            drain_time: Duration::from_secs(10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_tells_every_limit() {
        let document = include_str!("../../docs/listener.md");
        let Limits {
            connections,
            connections_per_address,
            handshake_time,
            header_time,
            header_bytes,
            unread_time,
            drain_time,
        } = Limits::default();
        for row in [
            format!("| connections at a time | {connections} |"),
            format!("| of these, for one address | {connections_per_address} |"),
            format!("| TLS handshake | {} s |", handshake_time.as_secs()),
            format!("| first line and headers of a request | {} s, also between two requests |", header_time.as_secs()),
            format!("| | {} KiB, 100 headers |", header_bytes / 1024),
            format!("| body of a request | {} KiB |", BODY_BYTES / 1024),
            format!("| a client that takes nothing of its answer | {} s |", unread_time.as_secs()),
            format!("| requests that run when the daemon stops | {} s |", drain_time.as_secs()),
        ] {
            assert!(document.contains(&row), "{row}");
        }
    }
}
