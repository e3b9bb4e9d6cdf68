//! The page as scrapes get it: bytes that never change, compressed at most once.

use std::io::Write;
use std::sync::OnceLock;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::encode::{END, classic};
use super::negotiate::Format;

/// Both formats of one moment.
#[derive(Debug, Default)]
pub struct Page {
    classic: Body,
    open_metrics: Body,
    /// How much of OpenMetrics are figures.
    figures: usize,
}

/// A page in OpenMetrics, by who knows what it says.
#[derive(Debug, Clone, Default)]
pub(super) struct Parts {
    /// From the database, shown by the leader alone.
    pub(super) figures: Bytes,
    /// What this daemon has counted since its start, and how it is.
    pub(super) own: Bytes,
}

#[derive(Debug, Default)]
struct Body {
    plain: Bytes,
    gzip: OnceLock<Bytes>,
}

/// A part of a page in both formats.
#[derive(Debug, Default)]
pub(super) struct Texts {
    classic: String,
    open_metrics: String,
}

impl Texts {
    /// From OpenMetrics without the end mark.
    pub(super) fn new(open_metrics: String) -> Self {
        Self { classic: classic(&open_metrics), open_metrics }
    }
}

impl Page {
    /// The figures, then what the daemon says of itself.
    pub(super) fn new(parts: [&Texts; 2]) -> Self {
        let [first, second] = parts;
        Self {
            classic: Body::new([&first.classic, &second.classic, ""]),
            open_metrics: Body::new([&first.open_metrics, &second.open_metrics, END]),
            figures: first.open_metrics.len(),
        }
    }

    pub(super) fn parts(&self) -> Parts {
        let text = &self.open_metrics.plain;
        Parts { figures: text.slice(..self.figures), own: text.slice(self.figures..) }
    }

    #[must_use]
    pub fn plain(&self, format: Format) -> Bytes {
        self.body(format).plain.clone()
    }

    /// Compressed by the first who asks: that takes a while on a large page, and belongs on a thread that may block.
    #[must_use]
    pub fn gzip(&self, format: Format) -> Bytes {
        let body = self.body(format);
        body.gzip.get_or_init(|| compress(&body.plain)).clone()
    }

    /// The compressed page, if somebody asked before.
    #[must_use]
    pub fn ready_gzip(&self, format: Format) -> Option<Bytes> {
        self.body(format).gzip.get().cloned()
    }

    fn body(&self, format: Format) -> &Body {
        match format {
            Format::Classic => &self.classic,
            Format::OpenMetrics => &self.open_metrics,
        }
    }
}

impl Body {
    fn new(parts: [&str; 3]) -> Self {
        Self { plain: parts.concat().into(), gzip: OnceLock::new() }
    }
}

fn compress(plain: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory does not fail; an empty answer would be noticed as a failed scrape.
    let written = encoder.write_all(plain).and_then(|()| encoder.finish());
    written.map(Bytes::from).unwrap_or_default()
}
