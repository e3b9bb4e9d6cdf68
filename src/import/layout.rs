//! A mapping bound to the heading of a file.

use std::collections::BTreeMap;

use csv::StringRecord;

use super::mapping::{Field, Mapping, MappingError};
use super::preset::Preset;
use super::values;

/// Where the fields of a line are found.
pub(super) struct Layout {
    columns: Vec<String>,
    sources: BTreeMap<Field, Source>,
    only: Vec<(usize, Vec<String>)>,
    pub(super) preset: Option<Preset>,
}

enum Source {
    /// The first that is not blank holds.
    Columns(Vec<usize>),
    Fixed(String),
}

/// A value and where it comes from.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub(super) column: &'a str,
    pub(super) text: &'a str,
}

impl Layout {
    pub(super) fn new(columns: Vec<String>, preset: Option<Preset>, given: &Mapping) -> Result<Self, MappingError> {
        if let Some(field) = given.fixed.keys().find(|field| given.columns.contains_key(field)) {
            return Err(MappingError::Both { field: *field });
        }
        let mapping = given.over(preset.map(|preset| preset.mapping(&columns)).unwrap_or_default());
        let mut sources = BTreeMap::new();
        for (field, names) in mapping.columns {
            let places = names.0.iter().map(|name| place(&columns, name)).collect::<Result<_, _>>()?;
            sources.insert(field, Source::Columns(places));
        }
        for (field, value) in mapping.fixed {
            if let Err(message) = values::check(field, &value) {
                return Err(MappingError::Fixed { field, value, message });
            }
            sources.insert(field, Source::Fixed(value));
        }
        let missing: Vec<&str> =
            Field::REQUIRED.into_iter().filter(|field| !sources.contains_key(field)).map(Field::as_str).collect();
        if !missing.is_empty() {
            return Err(MappingError::Missing { missing: missing.join(", "), columns: columns.join(", ") });
        }
        let only = mapping.only.into_iter().map(|(name, values)| Ok((place(&columns, &name)?, values.0)));
        let only = only.collect::<Result<_, MappingError>>()?;
        Ok(Self { columns, sources, only, preset })
    }

    /// Whether the line has one of the values that `only` asks for, in each of its columns.
    pub(super) fn wants(&self, record: &StringRecord) -> bool {
        let value = |place: usize| record.get(place).unwrap_or_default().trim();
        self.only.iter().all(|(place, values)| values.iter().any(|wanted| wanted == value(*place)))
    }

    /// The value of `field`; `None` where it is blank or has no column.
    pub(super) fn find<'a>(&'a self, field: Field, record: &'a StringRecord) -> Option<Found<'a>> {
        match self.sources.get(&field)? {
            Source::Fixed(text) => Some(Found { column: field.as_str(), text }),
            Source::Columns(places) => places.iter().find_map(|&place| {
                let text = record.get(place).unwrap_or_default().trim();
                (!self.is_blank(text)).then(|| Found { column: self.name(place), text })
            }),
        }
    }

    /// The column in which a value is missing.
    pub(super) fn column(&self, field: Field) -> &str {
        match self.sources.get(&field) {
            Some(Source::Columns(places)) => places.first().map_or(field.as_str(), |&place| self.name(place)),
            _ => field.as_str(),
        }
    }

    fn name(&self, place: usize) -> &str {
        self.columns.get(place).map_or("", String::as_str)
    }

    fn is_blank(&self, text: &str) -> bool {
        text.is_empty() || (self.preset.is_some_and(Preset::writes_null) && text.eq_ignore_ascii_case("null"))
    }
}

/// Where the column `name` is: written the same, or else in other letters.
fn place(columns: &[String], name: &str) -> Result<usize, MappingError> {
    let find = |same: &dyn Fn(&str) -> bool| -> Vec<usize> {
        (0..columns.len()).filter(|&place| columns.get(place).is_some_and(|column| same(column))).collect()
    };
    let name = name.trim();
    let mut found = find(&|column| column == name);
    if found.is_empty() {
        found = find(&|column| column.eq_ignore_ascii_case(name));
    }
    match found.as_slice() {
        [place] => Ok(*place),
        [] => Err(MappingError::NoColumn { column: name.to_owned(), columns: columns.join(", ") }),
        _ => Err(MappingError::Ambiguous(name.to_owned())),
    }
}
