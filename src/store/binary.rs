//! Rows in PostgreSQL's binary COPY format: of all ways in, the one that costs the server least.

use chrono::{DateTime, Utc};
use serde::Serialize;

/// The signature; no flags, no extension.
const HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// In place of a number of columns: the end.
const END: i16 = -1;
/// In place of a length: no value.
const NULL: i32 = -1;
/// The only version of binary JSON: one byte, then the text.
const JSONB: u8 = 1;
/// What PostgreSQL counts microseconds from, in seconds from the Unix epoch: the beginning of 2000.
const EPOCH: i64 = 946_684_800;
const MICROS: i64 = 1_000_000;

/// A COPY that is put together value by value, each of exactly the type of its column.
#[derive(Debug)]
pub(super) struct Binary(Vec<u8>);

impl Default for Binary {
    fn default() -> Self {
        Self(HEAD.to_owned())
    }
}

impl Binary {
    /// What has been put together since the last time.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn end(&mut self) {
        self.0.extend_from_slice(&END.to_be_bytes());
    }

    /// Begins a row of so many columns.
    pub(super) fn row(&mut self, columns: i16) -> &mut Self {
        self.0.extend_from_slice(&columns.to_be_bytes());
        self
    }

    pub(super) fn integer(&mut self, value: i32) -> &mut Self {
        self.value(&value.to_be_bytes())
    }

    pub(super) fn bigint(&mut self, value: i64) -> &mut Self {
        self.value(&value.to_be_bytes())
    }

    /// As finely as the database keeps it; `None` is before all times.
    pub(super) fn time(&mut self, at: Option<DateTime<Utc>>) -> &mut Self {
        self.bigint(at.map_or(i64::MIN, |at| at.timestamp_micros().saturating_sub(EPOCH * MICROS)))
    }

    /// A zero byte, which PostgreSQL's text cannot hold, is left out.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        if text.contains('\0') { self.value(text.replace('\0', "").as_bytes()) } else { self.value(text.as_bytes()) }
    }

    pub(super) fn optional(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.text(text),
            None => self.length(NULL),
        }
    }

    pub(super) fn json(&mut self, value: &impl Serialize) -> serde_json::Result<&mut Self> {
        self.length(0);
        let start = self.0.len();
        self.0.push(JSONB);
        serde_json::to_writer(&mut self.0, value)?;
        let length = length(self.0.len() - start);
        self.0[start - size_of_val(&length)..start].copy_from_slice(&length.to_be_bytes());
        Ok(self)
    }

    fn value(&mut self, bytes: &[u8]) -> &mut Self {
        self.length(length(bytes.len())).0.extend_from_slice(bytes);
        self
    }

    fn length(&mut self, length: i32) -> &mut Self {
        self.0.extend_from_slice(&length.to_be_bytes());
        self
    }
}

/// The server refuses what is longer than a gigabyte.
fn length(bytes: usize) -> i32 {
    i32::try_from(bytes).unwrap_or(i32::MAX)
}
