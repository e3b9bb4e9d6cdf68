//! Rows in PostgreSQL's binary COPY format: what the server need not parse, for tables that many rows go into at once.

use chrono::{DateTime, SubsecRound, Utc};

const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// Stands where the number of columns of another row would.
const TRAILER: [u8; 2] = [0xff; 2];
/// 2000-01-01, from which the server counts, in microseconds after 1970.
const SERVER_EPOCH: i64 = 946_684_800_000_000;

/// Columns one after the other, each with its length before it.
#[derive(Debug, Default)]
pub(super) struct Columns(Vec<u8>);

impl Columns {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// A zero byte, which PostgreSQL's text cannot hold, is left out.
    pub(super) fn text(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            None => self.0.extend_from_slice(&(-1_i32).to_be_bytes()),
            Some(text) if text.contains('\0') => self.value(text.replace('\0', "").as_bytes()),
            Some(text) => self.value(text.as_bytes()),
        }
        self
    }

    pub(super) fn integer(&mut self, value: i32) -> &mut Self {
        self.value(&value.to_be_bytes());
        self
    }

    pub(super) fn bigint(&mut self, value: i64) -> &mut Self {
        self.value(&value.to_be_bytes());
        self
    }

    pub(super) fn time(&mut self, at: DateTime<Utc>) -> &mut Self {
        self.bigint(at.trunc_subsecs(6).timestamp_micros().saturating_sub(SERVER_EPOCH))
    }

    /// `write` writes the JSON.
    pub(super) fn jsonb(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> &mut Self {
        let start = self.0.len();
        self.0.extend_from_slice(&[0; 4]);
        // The version of the format.
        self.0.push(1);
        write(&mut self.0);
        let length = length(self.0.len() - start - 4);
        self.0[start..start + 4].copy_from_slice(&length);
        self
    }

    fn value(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(&length(bytes.len()));
        self.0.extend_from_slice(bytes);
    }
}

/// The server refuses what is longer than it can count, as it should.
fn length(bytes: usize) -> [u8; 4] {
    i32::try_from(bytes).unwrap_or(i32::MAX).to_be_bytes()
}

/// Rows as `COPY … FROM STDIN (FORMAT binary)` takes them.
#[derive(Debug)]
pub(super) struct Rows {
    bytes: Vec<u8>,
    columns: i16,
}

impl Rows {
    /// Rows of so many `columns`.
    pub(super) fn of(columns: i16) -> Self {
        Self { bytes: HEADER.to_vec(), columns }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.len() == HEADER.len()
    }

    /// The columns of a row, in one or more parts.
    pub(super) fn row(&mut self, parts: &[&Columns]) {
        self.bytes.extend_from_slice(&self.columns.to_be_bytes());
        for part in parts {
            self.bytes.extend_from_slice(part.bytes());
        }
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(&TRAILER);
        self.bytes
    }
}
