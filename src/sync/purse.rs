//! The bill of a purse: what falls of its stored readings becomes the charges of the days that are not over yet.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::plan::Marks;
use crate::analysis::purse::spent;
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::money::Money;
use crate::domain::period::{Day, Grain, Window};
use crate::domain::snapshot::Held;
use crate::domain::usage::Dimensions;
use crate::store::Store;
use crate::store::facts::{Answer, Falls, Stored};
use crate::store::lease::{Fence, WriteError};

const LINE_ITEM: &str = "balance difference";

/// Writes the charges of the days from the first that was not over when it was last written, to today. Days that people have
/// imported charges for are left to these.
///
/// # Errors
///
/// The database's, or somebody else has taken the feed over; nothing is stored then.
pub(super) async fn settle(
    store: &Store,
    fence: &Fence,
    marks: &Marks,
    now: DateTime<Utc>,
) -> Result<Stored, WriteError> {
    let Some(window) = open(marks, Day::of(now)) else { return Ok(Stored::default()) };
    let readings = store.purse(fence, window.first(), now).await?;
    let imported = store.imported_days(fence.account(), window).await?;
    let records = charges(&readings, window, &imported);
    let answer = Answer {
        fence,
        grain: Grain::Day,
        window,
        records: &records,
        settles_after_days: 0,
        // The readings are our own: there is no provider who may have lost some for an hour.
        falls: Falls::BELIEVED,
        now,
    };
    store.replace(&answer).await
}

/// The days whose charges may still change; those after a pause have their marks made up.
fn open(marks: &Marks, today: Day) -> Option<Window> {
    let first = marks.iter().find(|(_, mark)| !mark.settled).map_or(today, |(day, _)| *day);
    Window::new(first.min(today), today.next())
}

fn charges(readings: &[Held], window: Window, imported: &BTreeSet<Day>) -> Vec<CostRecord> {
    let of_days = spent(readings).into_iter().filter(|((day, _), _)| window.contains(*day) && !imported.contains(day));
    let records = of_days.map(|((day, currency), amount)| CostRecord {
        at: day.start(),
        dims: Dimensions::default(),
        meter: None,
        line_item: Some(LINE_ITEM.to_owned()),
        category: ChargeCategory::Usage,
        amount: Money::new(amount, currency),
        quantity: None,
        unit: None,
    });
    records.collect()
}
