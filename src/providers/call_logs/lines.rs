//! The lines of a file, out of large chunks and without copying them.

use std::io::{self, ErrorKind, Read};

use memchr::memchr;

/// Small enough for the cache of one core, large enough that asking the system costs nothing.
const CHUNK_BYTES: usize = 256 * 1024;
/// A line with counts has some kilobytes; what is longer than this is no line of a log.
pub(super) const MAX_LINE_BYTES: usize = 32 * 1024 * 1024;

/// Where lines are put while they are looked at. One for all files of a pass: it is as large as the longest line.
#[derive(Debug, Default)]
pub(super) struct Buffer(Vec<u8>);

/// What comes next in a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// With its end of line.
    Line(&'a [u8]),
    /// So many bytes of a line that is too long to be looked at.
    Endless(u64),
    /// What is behind the last end of line.
    Rest(&'a [u8]),
}

pub(super) struct Lines<'b, R> {
    reader: R,
    buffer: &'b mut Vec<u8>,
    /// What is read and not yet told.
    start: usize,
    end: usize,
}

impl<'b, R: Read> Lines<'b, R> {
    pub(super) fn new(reader: R, buffer: &'b mut Buffer) -> Self {
        let buffer = &mut buffer.0;
        if buffer.is_empty() {
            buffer.resize(CHUNK_BYTES, 0);
        }
        Self { reader, buffer, start: 0, end: 0 }
    }

    /// # Errors
    ///
    /// The file's.
    pub(super) fn next(&mut self) -> io::Result<Piece<'_>> {
        let mut searched = self.start;
        loop {
            if let Some(found) = memchr(b'\n', &self.buffer[searched..self.end]) {
                let line = self.start..searched + found + 1;
                self.start = line.end;
                return Ok(Piece::Line(&self.buffer[line]));
            }
            if self.end - self.start >= MAX_LINE_BYTES {
                return self.skip();
            }
            searched = self.end - self.start;
            self.make_room();
            if self.fill()? == 0 {
                return Ok(Piece::Rest(&self.buffer[self.start..self.end]));
            }
        }
    }

    /// Brings the beginning of a line to the front, so that its rest can come behind it.
    fn make_room(&mut self) {
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        if self.end == self.buffer.len() {
            self.buffer.resize(2 * self.end, 0);
        }
    }

    /// Reads on behind what is there; 0 at the end of the file.
    fn fill(&mut self) -> io::Result<usize> {
        loop {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Ok(read) => {
                    self.end += read;
                    return Ok(read);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Goes on behind the next end of line.
    fn skip(&mut self) -> io::Result<Piece<'_>> {
        let mut skipped = 0;
        loop {
            skipped += (self.end - self.start) as u64;
            (self.start, self.end) = (0, 0);
            if self.fill()? == 0 {
                return Ok(Piece::Endless(skipped));
            }
            if let Some(found) = memchr(b'\n', &self.buffer[..self.end]) {
                self.start = found + 1;
                return Ok(Piece::Endless(skipped + self.start as u64));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives away a few bytes at a time.
    struct Dripping<'a>(&'a [u8], usize);

    impl Read for Dripping<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(self.0.len()).min(buffer.len());
            let (now, later) = self.0.split_at(length);
            buffer[..length].copy_from_slice(now);
            self.0 = later;
            Ok(length)
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_however_it_arrives(text in "[ab\n]{0,60}", drop in 1..9_usize, capacity in 1..9_usize) {
            let mut buffer = Buffer(vec![0; capacity]);
            let mut lines = Lines::new(Dripping(text.as_bytes(), drop), &mut buffer);
            let mut told = Vec::new();
            loop {
                match lines.next().unwrap() {
                    Piece::Line(line) => {
                        prop_assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
                        prop_assert_eq!(line.last(), Some(&b'\n'));
                        told.extend_from_slice(line);
                    }
                    Piece::Rest(rest) => {
                        prop_assert!(!rest.contains(&b'\n'));
                        told.extend_from_slice(rest);
                        break;
                    }
                    Piece::Endless(_) => prop_assert!(false, "no line is long"),
                }
            }
            prop_assert_eq!(told, text.into_bytes());
        }
    }
}
