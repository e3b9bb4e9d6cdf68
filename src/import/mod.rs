//! Charges from files that people hold: a heading, lines, and what each column means.
//!
//! A file is read once, as a stream. What stays in memory are its distinct charges of a day, not its lines.

mod file;
mod gather;
mod layout;
mod line;
mod mapping;
mod newlines;
mod period;
mod preset;
#[cfg(test)]
mod tests;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

use rust_decimal::Decimal;

use self::gather::{Gathered, Gatherer};
use self::layout::Layout;
use self::line::Line;
pub use self::mapping::{Field, Mapping, MappingError};
pub use self::preset::Preset;
use crate::domain::cost::CostRecord;
use crate::domain::money::Currency;
use crate::domain::names::DirectoryEntry;
use crate::domain::period::Day;

/// How many complaints are kept; the others are only counted.
const COMPLAINTS: usize = 100;

/// What a file came to.
#[derive(Debug, Default)]
pub struct Reading {
    /// How the heading was recognised; `None` where the mapping alone says what columns mean.
    pub preset: Option<Preset>,
    /// Lines with a charge.
    pub lines: u64,
    /// Lines that `only` leaves out.
    pub left_out: u64,
    /// Lines of an export that stand for an empty bucket.
    pub blank: u64,
    /// Lines that cannot be used.
    pub bad_lines: u64,
    /// What is wrong with them: the first hundred complaints.
    pub complaints: Vec<Complaint>,
    /// The charges, a day and combination each, in the order of days.
    pub records: Vec<CostRecord>,
    /// The names of ids.
    pub names: Vec<DirectoryEntry>,
    /// Days that the file begins or ends in the middle of.
    pub partly: BTreeSet<Day>,
}

impl Reading {
    #[must_use]
    pub fn days(&self) -> BTreeSet<Day> {
        self.records.iter().map(|record| Day::of(record.at)).collect()
    }

    /// What all charges come to, whatever their category.
    #[must_use]
    pub fn sums(&self) -> BTreeMap<Currency, Decimal> {
        let mut sums = BTreeMap::new();
        for record in &self.records {
            let sum: &mut Decimal = sums.entry(record.amount.currency).or_default();
            *sum = sum.saturating_add(record.amount.amount);
        }
        sums
    }
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The line of the file on which the record starts; the heading is line 1.
    pub line: u64,
    /// The column; empty where the line as a whole is wrong.
    pub column: String,
    /// The value, cut short.
    pub value: String,
    /// What is wrong and what is allowed.
    pub message: String,
}

/// Why a file cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Format(&'static str),
    #[error("the heading cannot be read: {0}")]
    Heading(csv::Error),
    #[error(transparent)]
    Mapping(#[from] MappingError),
}

/// Reads charges of days up to `today`. What `given` says of a field goes before what is known of the file's heading.
///
/// # Errors
///
/// A file that is no CSV, or columns that are missing. Lines that cannot be used are no error: [`Reading::bad_lines`] counts them.
pub fn read(input: impl Read + 'static, given: &Mapping, today: Day) -> Result<Reading, Unreadable> {
    let mut reader = file::open(input)?;
    let heading = reader.headers().map_err(Unreadable::Heading)?.clone();
    let columns: Vec<String> = heading.iter().map(|name| name.trim().to_owned()).collect();
    let preset = Preset::of(&columns);
    let layout = Layout::new(columns, preset, given)?;
    let mut reading = Reading { preset, ..Reading::default() };
    let mut gatherer = Gatherer::default();
    let mut record = csv::StringRecord::new();
    loop {
        let read = reader.read_record(&mut record);
        let number = file::line(&reader, &record);
        match read {
            Ok(false) => break,
            Ok(true) => match line::parse(&layout, &record, today) {
                Line::Charge(charge) => {
                    reading.lines += 1;
                    gatherer.add(*charge);
                }
                Line::LeftOut => reading.left_out += 1,
                Line::Blank => reading.blank += 1,
                Line::Bad(faults) => {
                    let complaints = faults.into_iter().map(|fault| fault.on(number));
                    reading.complain(complaints);
                }
            },
            Err(error) => {
                let complaint = file::complaint(error, number)?;
                reading.complain(std::iter::once(complaint));
            }
        }
    }
    let Gathered { records, names, partly } = gatherer.finish();
    Ok(Reading { records, names, partly, ..reading })
}

impl Reading {
    fn complain(&mut self, complaints: impl Iterator<Item = Complaint>) {
        self.bad_lines += 1;
        let room = COMPLAINTS.saturating_sub(self.complaints.len());
        self.complaints.extend(complaints.take(room));
    }
}
