//! From bytes to records: compressed or not, with whatever stands between fields.

use std::io::{BufRead, BufReader, Read};

use csv::{ErrorKind, Reader, ReaderBuilder, StringRecord};
use flate2::read::MultiGzDecoder;

use super::newlines::Newlines;
use super::{Complaint, Unreadable};

/// Longer headings are no headings.
const HEAD: usize = 64 * 1024;
const DELIMITERS: [u8; 3] = *b",;\t";

/// The bytes of a file behind its decoder.
pub(super) type File = Newlines<Box<dyn BufRead>>;

/// A reader behind the right decoder, for the delimiter that the heading uses most.
pub(super) fn open(input: impl Read + 'static) -> Result<Reader<File>, Unreadable> {
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
    let heading = head.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or(head);
    let uses = |delimiter: u8| heading.iter().filter(|byte| **byte == delimiter).count();
    // The first of equals: a heading of one column has none of them.
    let delimiter = DELIMITERS.into_iter().rev().max_by_key(|delimiter| uses(*delimiter)).unwrap_or(b',');
    Ok(ReaderBuilder::new().delimiter(delimiter).from_reader(Newlines::new(input)))
}

/// The line on which the record that was read last begins. The library's own position is where it looked for it: before blank
/// lines.
pub(super) fn line(reader: &Reader<File>, record: &StringRecord) -> u64 {
    let inside = record.iter().map(|field| field.matches('\n').count() as u64).sum::<u64>();
    reader.position().line().saturating_sub(1 + inside)
}

/// What is wrong with the line that could not be read.
///
/// # Errors
///
/// When it is the file and not the line.
pub(super) fn complaint(error: csv::Error, line: u64) -> Result<Complaint, Unreadable> {
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
