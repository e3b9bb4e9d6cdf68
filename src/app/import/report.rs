//! What an import says: to people, and to scripts.

use std::io::Write;

use anyhow::Result;
use serde_json::{Value, json};

use super::csv::{Told, listed};
use crate::domain::period::Day;
use crate::import::{Preset, Reading};

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
    let (first, last) = (days.first().map(Day::to_string), days.last().map(Day::to_string));
    writeln!(
        out,
        "{}: {} lines{}, {} days from {} to {}",
        told.account,
        reading.lines,
        reading.preset.map(|preset| format!(" of {}", preset.as_str())).unwrap_or_default(),
        days.len(),
        first.unwrap_or_default(),
        last.unwrap_or_default(),
    )?;
    for (currency, sum) in reading.sums() {
        writeln!(out, "  {:>20} {currency}", sum.normalize())?;
    }
    for (count, what) in [
        (reading.left_out, "left out by `only`"),
        (reading.blank, "without a charge"),
        (reading.bad_lines, "bad, skipped"),
    ] {
        if count > 0 {
            writeln!(out, "  {count:>20} lines {what}")?;
        }
    }
    for (days, what) in [(&imported.new, "new"), (&imported.same, "as stored before")] {
        if !days.is_empty() {
            writeln!(out, "  {:>20} days {what}", days.len())?;
        }
    }
    if !imported.replaced.is_empty() {
        let listed = listed(&imported.replaced);
        writeln!(
            out,
            "  {:>20} days replaced, this file's charges for earlier ones: {listed}",
            imported.replaced.len()
        )?;
    }
    if told.synced {
        writeln!(
            out,
            "this account is synced as well: on days for which its provider names charges, those count instead"
        )?;
    }
    match told.built {
        Some(built) => writeln!(out, "stored, {built} days of the ledger built")?,
        None => writeln!(out, "a dry run: nothing is stored")?,
    }
    Ok(())
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
