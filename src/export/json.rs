//! One JSON document: an array with one object a line.

use std::io::{self, BufWriter, Write};

use serde_json::{Map, Value};

use super::Rows;
use super::columns::{Cell, NAMES, cells};
use crate::store::reporting::ExportRow;

pub(super) struct Json<W: Write> {
    out: BufWriter<W>,
    before: &'static [u8],
}

impl<W: Write> Json<W> {
    pub(super) fn start(out: W) -> io::Result<Self> {
        let mut out = BufWriter::new(out);
        out.write_all(b"[")?;
        Ok(Self { out, before: b"\n" })
    }
}

impl<W: Write> Rows for Json<W> {
    fn row(&mut self, row: &ExportRow) -> io::Result<()> {
        self.out.write_all(self.before)?;
        self.before = b",\n";
        let mut object = Map::new();
        for (name, cell) in NAMES.into_iter().zip(cells(row)) {
            let value = match cell {
                Cell::Text(text) => Value::from(text),
                Cell::Plain(text) => Value::from(text),
                Cell::Flag(flag) => Value::from(flag),
                Cell::Object(text) => serde_json::from_str(text)?,
                Cell::Nothing => Value::Null,
            };
            object.insert(name.to_owned(), value);
        }
        serde_json::to_writer(&mut self.out, &object)?;
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        self.out.write_all(b"\n]\n")?;
        self.out.flush()
    }
}
