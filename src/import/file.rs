//! From bytes to records: compressed or not, with whatever stands between fields.

use std::io::{BufRead, BufReader, Read};

use csv::{ErrorKind, Reader, ReaderBuilder};
use flate2::read::MultiGzDecoder;

use super::{Complaint, Unreadable};

/// Longer headings are no headings.
const HEAD: usize = 64 * 1024;
const DELIMITERS: [u8; 3] = *b",;\t";

/// A reader behind the right decoder, for the delimiter that the heading uses most.
pub(super) fn open(input: impl Read + 'static) -> Result<Reader<Box<dyn BufRead>>, Unreadable> {
    let mut input: Box<dyn BufRead> = Box::new(BufReader::with_capacity(HEAD, input));
    if input.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        input = Box::new(BufReader::with_capacity(HEAD, MultiGzDecoder::new(input)));
    }
    let head = input.fill_buf()?;
    match head {
        [] => return Err(Unreadable::Format("is empty")),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Err(Unreadable::Format("is UTF-16: save it as CSV in UTF-8")),
        [b'P', b'K', 3, 4, ..] => {
            return Err(Unreadable::Format("is a spreadsheet or an archive: save the sheet as CSV in UTF-8"));
        }
        _ => {}
    }
    let heading = head.split(|byte| *byte == b'\n').next().unwrap_or(head);
    let uses = |delimiter: u8| heading.iter().filter(|byte| **byte == delimiter).count();
    // The first of equals: a heading of one column has none of them.
    let delimiter = DELIMITERS.into_iter().rev().max_by_key(|delimiter| uses(*delimiter)).unwrap_or(b',');
    Ok(ReaderBuilder::new().delimiter(delimiter).from_reader(input))
}

/// What is wrong with the line that could not be read.
///
/// # Errors
///
/// When it is the file and not the line.
pub(super) fn complaint(error: csv::Error) -> Result<Complaint, Unreadable> {
    let line = error.position().map_or(0, csv::Position::line);
    let message = match error.into_kind() {
        ErrorKind::Io(error) => return Err(error.into()),
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("has {len} fields, and the heading has {expected_len}")
        }
        ErrorKind::Utf8 { .. } => "is not UTF-8".to_owned(),
        other => format!("{other:?}"),
    };
    Ok(Complaint { line, column: String::new(), value: String::new(), message })
}
