//! What an import says: to people, and to scripts.

use std::collections::BTreeSet;
use std::io::Write;

use anyhow::Result;
use serde_json::{Value, json};

use crate::cli::import::Csv;
use crate::domain::names::AccountName;
use crate::domain::period::Day;
use crate::import::{Preset, Reading};
use crate::store::imports::Imported;

/// What there is to tell.
pub(super) struct Told<'a> {
    pub(super) given: &'a Csv,
    pub(super) account: &'a AccountName,
    pub(super) reading: &'a Reading,
    pub(super) imported: &'a Imported,
    /// The account has a connection to its provider as well.
    pub(super) synced: bool,
    /// Days of the ledger; `None` after a dry run.
    pub(super) built: Option<usize>,
}

/// Names bad lines on standard error.
pub(super) fn complain(reading: &Reading) {
    let mut out = std::io::stderr().lock();
    for complaint in &reading.complaints {
        let place = if complaint.column.is_empty() { String::new() } else { format!(", {}", complaint.column) };
        let value =
            if complaint.value.is_empty() { String::new() } else { format!(" `{}`", complaint.value.escape_debug()) };
        // Nobody is left to tell where standard error is gone.
        let _ = writeln!(out, "line {}{place}:{value} {}", complaint.line, complaint.message);
    }
    if reading.bad_lines > reading.complaints.len() as u64 {
        let _ = writeln!(out, "… {} lines are bad in all", reading.bad_lines);
    }
}

/// Tells what came of a file.
///
/// # Errors
///
/// When standard output is gone.
pub(super) fn tell(told: &Told<'_>) -> Result<()> {
    let mut out = std::io::stdout().lock();
    if told.given.json.json {
        writeln!(out, "{}", document(told))?;
        return Ok(());
    }
    let (reading, imported) = (told.reading, told.imported);
    let days = reading.days();
    let kind = reading.preset.map(|preset| format!(" of {}", preset.as_str())).unwrap_or_default();
    write!(out, "{}: {}{kind}, {}", told.account, many(reading.lines, "line"), many(days.len() as u64, "day"))?;
    if let (Some(first), Some(last)) = (days.first(), days.last()) {
        write!(out, " from {first} to {last}")?;
    }
    writeln!(out)?;
    for (currency, sum) in reading.sums() {
        writeln!(out, "  {} {currency}", sum.normalize())?;
    }
    let lines = [
        (reading.left_out, "left out by `only`"),
        (reading.blank, "without a charge"),
        (reading.bad_lines, "bad and left out"),
    ];
    for (count, what) in lines.into_iter().filter(|(count, _)| *count > 0) {
        writeln!(out, "  {} {what}", many(count, "line"))?;
    }
    let days = [
        (&imported.new, "new", false),
        (&imported.same, "as stored before", false),
        (&imported.replaced, "replaced by what this file says: ", true),
    ];
    for (days, what, named) in days.into_iter().filter(|(days, ..)| !days.is_empty()) {
        let names = if named { listed(days) } else { String::new() };
        writeln!(out, "  {} {what}{names}", many(days.len() as u64, "day"))?;
    }
    if told.synced {
        writeln!(out, "  synced as well: on days for which the provider names charges itself, those count instead")?;
    }
    match told.built {
        Some(built) => writeln!(out, "stored, {} of the ledger built", many(built as u64, "day"))?,
        None => writeln!(out, "a dry run: nothing is stored")?,
    }
    Ok(())
}

/// A count and what is counted, in plural where that is due.
pub(super) fn many(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Days for a person: the first few, and how many more.
pub(super) fn listed(days: &BTreeSet<Day>) -> String {
    const SHOWN: usize = 10;
    let shown: Vec<String> = days.iter().take(SHOWN).map(Day::to_string).collect();
    let more = days.len().saturating_sub(SHOWN);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

fn document(told: &Told<'_>) -> Value {
    let (reading, imported) = (told.reading, told.imported);
    let complaints = reading.complaints.iter().map(|complaint| {
        json!({
            "line": complaint.line,
            "column": complaint.column,
            "value": complaint.value,
            "message": complaint.message,
        })
    });
    let sums =
        reading.sums().into_iter().map(|(currency, sum)| (currency.to_string(), sum.normalize().to_string().into()));
    json!({
        "provider": told.account.provider,
        "account": told.account.account,
        "source": told.given.source,
        "read_as": reading.preset.map(Preset::as_str),
        "lines": reading.lines,
        "left_out": reading.left_out,
        "blank": reading.blank,
        "bad_lines": reading.bad_lines,
        "complaints": complaints.collect::<Vec<_>>(),
        "sums": sums.collect::<serde_json::Map<_, Value>>(),
        "new_days": imported.new,
        "replaced_days": imported.replaced,
        "same_days": imported.same,
        "stored": told.built.is_some(),
        "ledger_days": told.built,
    })
}
