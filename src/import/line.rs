//! One line: a charge, nothing, or everything that is wrong with it.

use chrono::{DateTime, Utc};
use csv::StringRecord;

use super::Complaint;
use super::layout::Layout;
use super::mapping::Field;
use super::preset::Preset;
use super::{period, values};
use crate::domain::cost::{ChargeCategory, CostRecord};
use crate::domain::money::Money;
use crate::domain::names::{DirectoryEntry, DirectoryKind};
use crate::domain::period::Day;
use crate::domain::usage::Dimensions;

/// Characters of a value that a complaint shows.
const SHOWN: usize = 60;
/// Bytes of a value. What is longer is no name, and no index of the database would take it.
const LONGEST: usize = 1000;

pub(super) enum Line {
    Charge(Box<Charge>),
    /// `only` does not want it.
    LeftOut,
    /// An empty bucket.
    Blank,
    Bad(Vec<Fault>),
}

/// What a line charges for the time from `record.at` up to `end`.
pub(super) struct Charge {
    pub(super) record: CostRecord,
    pub(super) end: DateTime<Utc>,
    pub(super) names: Vec<DirectoryEntry>,
}

/// What is wrong with a value of a line.
pub(super) struct Fault {
    column: String,
    value: String,
    message: String,
}

impl Fault {
    pub(super) fn on(self, line: u64) -> Complaint {
        let Self { column, value, message } = self;
        Complaint { line, column, value, message }
    }
}

pub(super) fn parse(layout: &Layout, record: &StringRecord, today: Day) -> Line {
    if !layout.wants(record) {
        return Line::LeftOut;
    }
    let no_amount = layout.find(Field::Amount, record).is_none();
    if no_amount && layout.preset.is_some_and(Preset::has_empty_buckets) {
        return Line::Blank;
    }
    let mut fields = Fields { layout, record, faults: Vec::new() };
    let charge = charge(&mut fields, today);
    match charge {
        Some(charge) if fields.faults.is_empty() => Line::Charge(Box::new(charge)),
        _ => Line::Bad(fields.faults),
    }
}

/// Reads all fields before it gives up, so that all faults are told at once.
fn charge(fields: &mut Fields<'_>, today: Day) -> Option<Charge> {
    let start = fields.required(Field::Date, values::time);
    let end = fields.optional(Field::End, values::time);
    let amount = fields.required(Field::Amount, values::amount);
    let currency = fields.required(Field::Currency, values::currency);
    let category = fields.optional(Field::Category, values::category);
    let meter = fields.optional(Field::Meter, values::meter);
    let quantity = fields.optional(Field::Quantity, values::amount);
    let key = fields.optional(Field::ApiKey, values::api_key);
    let key_name = fields.optional(Field::ApiKeyName, values::api_key);
    let (project, project_name) = named(fields.text(Field::Project), fields.text(Field::ProjectName));
    let (api_key, api_key_name) = named(key, key_name);
    let (user, user_name) = named(fields.text(Field::User), fields.text(Field::UserName));
    let dims = Dimensions {
        project,
        api_key,
        user,
        model: fields.text(Field::Model),
        service_tier: fields.text(Field::ServiceTier).as_deref().and_then(values::service_tier),
        ..Dimensions::default()
    };
    let names = [
        (DirectoryKind::Project, &dims.project, project_name),
        (DirectoryKind::ApiKey, &dims.api_key, api_key_name),
        (DirectoryKind::User, &dims.user, user_name),
    ];
    let names =
        names.into_iter().filter_map(|(kind, id, name)| Some(DirectoryEntry { kind, id: id.clone()?, name: name? }));
    let names = names.collect();
    let end = if fields.layout.preset == Some(Preset::Focus) { end.map(values::Time::exclusive) } else { end };
    let (at, end) = fields.period(start?, end, today)?;
    let mut record = CostRecord {
        at,
        dims,
        meter,
        line_item: fields.text(Field::LineItem),
        category: category.unwrap_or(ChargeCategory::Usage),
        amount: Money::new(amount?, currency?),
        quantity,
        unit: fields.text(Field::Unit),
    };
    if let Some(preset) = fields.layout.preset {
        preset.complete(&mut record);
    }
    Some(Charge { record, end, names })
}

/// An id and its name. A name alone is the best id there is.
fn named(id: Option<String>, name: Option<String>) -> (Option<String>, Option<String>) {
    match (id, name) {
        (None, name) => (name, None),
        (id, name) => (id, name),
    }
}

struct Fields<'a> {
    layout: &'a Layout,
    record: &'a StringRecord,
    faults: Vec<Fault>,
}

impl Fields<'_> {
    fn text(&mut self, field: Field) -> Option<String> {
        self.optional(field, |text| Ok(text.to_owned()))
    }

    fn optional<T>(&mut self, field: Field, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let found = self.layout.find(field, self.record)?;
        let short =
            if found.text.len() > LONGEST { Err(format!("is longer than {LONGEST} bytes")) } else { Ok(found.text) };
        match short.and_then(parse) {
            Ok(value) => Some(value),
            Err(message) => {
                // What may be a key is not repeated.
                let secret = matches!(field, Field::ApiKey | Field::ApiKeyName);
                let value = if secret { "…".to_owned() } else { found.text.chars().take(SHOWN).collect() };
                self.faults.push(Fault { column: found.column.to_owned(), value, message });
                None
            }
        }
    }

    fn required<T>(&mut self, field: Field, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        if self.layout.find(field, self.record).is_none() {
            self.blame(field, format!("is blank, and every charge needs its `{field}`"));
            return None;
        }
        self.optional(field, parse)
    }

    /// The time that the charge is for; what it may be, `period` knows.
    fn period(
        &mut self,
        start: values::Time,
        end: Option<values::Time>,
        today: Day,
    ) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        match period::check(start, end, today) {
            Ok(period) => Some(period),
            Err((field, message)) => {
                self.blame(field, message);
                None
            }
        }
    }

    fn blame(&mut self, field: Field, message: String) {
        let found = self.layout.find(field, self.record);
        let value = found.map(|found| found.text.chars().take(SHOWN).collect()).unwrap_or_default();
        self.faults.push(Fault { column: self.layout.column(field).to_owned(), value, message });
    }
}
