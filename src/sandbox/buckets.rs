//! Time buckets and the cursors that page through them.

use super::refusal::Refusal;
use super::time::{Minute, Span};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    Minute,
    Hour,
    Day,
}

impl Width {
    pub(super) fn parse(name: Option<&str>) -> Result<Self, Refusal> {
        match name {
            None | Some("1d") => Ok(Self::Day),
            Some("1h") => Ok(Self::Hour),
            Some("1m") => Ok(Self::Minute),
            Some(other) => Err(Refusal::bad("bucket_width", format!("'{other}' is not one of ['1m', '1h', '1d']"))),
        }
    }

    fn minutes(self) -> u64 {
        match self {
            Self::Minute => 1,
            Self::Hour => 60,
            Self::Day => 24 * 60,
        }
    }

    pub(super) fn default_limit(self) -> usize {
        match self {
            Self::Minute => 60,
            Self::Hour => 24,
            Self::Day => 7,
        }
    }

    /// The most buckets on a page of usage.
    pub(super) fn max_limit(self) -> usize {
        match self {
            Self::Minute => 1_440,
            Self::Hour => 168,
            Self::Day => 31,
        }
    }

    pub(super) fn snap(self, minute: Minute) -> Minute {
        minute.snapped(self.minutes())
    }

    /// The end of the bucket that contains the minute.
    pub(super) fn end_after(self, minute: Minute) -> Minute {
        minute.next_multiple(self.minutes())
    }
}

/// One page of buckets, and the cursor of the next.
pub(super) struct Page {
    pub(super) buckets: Vec<Span>,
    pub(super) next: Option<String>,
}

/// Cuts `range` into buckets that end at multiples of the width, and takes `limit` of them from the cursor on.
///
/// A cursor belongs to its query: with other parameters it is refused.
pub(super) fn page(
    range: Span,
    width: Width,
    limit: usize,
    cursor: Option<&str>,
    query: &str,
) -> Result<Page, Refusal> {
    let mut at = match cursor {
        None => range.from,
        Some(cursor) => decode(cursor, query)
            .filter(|at| range.from <= *at && *at < range.to)
            .ok_or_else(|| Refusal::bad("page", "the page cursor is invalid for this query"))?,
    };
    let mut buckets = Vec::new();
    while at < range.to && buckets.len() < limit {
        let end = width.end_after(at).min(range.to);
        buckets.push(Span { from: at, to: end });
        at = end;
    }
    Ok(Page { buckets, next: (at < range.to).then(|| encode(at, query)) })
}

/// With the characters that a client must escape in a query.
fn encode(at: Minute, query: &str) -> String {
    format!("page_{:x}+{:x}=", at.seconds(), fingerprint(query))
}

fn decode(cursor: &str, query: &str) -> Option<Minute> {
    let (at, print) = cursor.strip_prefix("page_")?.strip_suffix('=')?.split_once('+')?;
    let at = i64::from_str_radix(at, 16).ok()?;
    (u32::from_str_radix(print, 16).ok()? == fingerprint(query)).then(|| Minute::of_seconds(at))
}

/// FNV-1a.
fn fingerprint(query: &str) -> u32 {
    query.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
