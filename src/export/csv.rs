//! CSV with a heading, quoted as RFC 4180 says.

use std::borrow::Cow;
use std::io::{self, Write};

use super::Rows;
use super::columns::{Cell, NAMES, cells};
use crate::store::reporting::ExportRow;

/// What makes a spreadsheet run a text instead of showing it.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

pub(super) struct Csv<W: Write> {
    out: csv::Writer<W>,
}

impl<W: Write> Csv<W> {
    pub(super) fn start(out: W) -> io::Result<Self> {
        let mut out = csv::Writer::from_writer(out);
        out.write_record(NAMES).map_err(plain)?;
        Ok(Self { out })
    }
}

impl<W: Write> Rows for Csv<W> {
    fn row(&mut self, row: &ExportRow) -> io::Result<()> {
        for cell in cells(row) {
            let field: Cow<'_, str> = match cell {
                Cell::Text(text) | Cell::Object(text) => harmless(text),
                Cell::Plain(text) => text.into(),
                Cell::Flag(flag) => flag.to_string().into(),
                Cell::Nothing => "".into(),
            };
            self.out.write_field(field.as_bytes()).map_err(plain)?;
        }
        self.out.write_record(None::<&[u8]>).map_err(plain)
    }

    fn end(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The library's own conversion hides which kind of failure it was.
fn plain(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// A project may be called `=HYPERLINK(…)`: an apostrophe keeps it a name.
fn harmless(text: &str) -> Cow<'_, str> {
    if text.starts_with(FORMULA) { format!("'{text}").into() } else { text.into() }
}
