//! Which column a field is taken from, or which value it has on every line.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use crate::domain::names::UnknownName;

/// What a column can be mapped to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// When the charge is for, or the start of the period that it is for.
    Date,
    /// The end of the period: a time is the first that is not in it, a date alone is its last day.
    End,
    Amount,
    Currency,
    Project,
    ProjectName,
    ApiKey,
    ApiKeyName,
    User,
    UserName,
    Model,
    ServiceTier,
    LineItem,
    Category,
    Meter,
    Quantity,
    Unit,
}

impl Field {
    pub const ALL: [Self; 17] = [
        Self::Date,
        Self::End,
        Self::Amount,
        Self::Currency,
        Self::Project,
        Self::ProjectName,
        Self::ApiKey,
        Self::ApiKeyName,
        Self::User,
        Self::UserName,
        Self::Model,
        Self::ServiceTier,
        Self::LineItem,
        Self::Category,
        Self::Meter,
        Self::Quantity,
        Self::Unit,
    ];

    /// Without these a line is no charge.
    pub(super) const REQUIRED: [Self; 3] = [Self::Date, Self::Amount, Self::Currency];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::End => "end",
            Self::Amount => "amount",
            Self::Currency => "currency",
            Self::Project => "project",
            Self::ProjectName => "project_name",
            Self::ApiKey => "api_key",
            Self::ApiKeyName => "api_key_name",
            Self::User => "user",
            Self::UserName => "user_name",
            Self::Model => "model",
            Self::ServiceTier => "service_tier",
            Self::LineItem => "line_item",
            Self::Category => "category",
            Self::Meter => "meter",
            Self::Quantity => "quantity",
            Self::Unit => "unit",
        }
    }

    /// All of them, for a person who has written another.
    #[must_use]
    pub fn listed() -> String {
        Self::ALL.map(Self::as_str).join(", ")
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Field {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|field| field.as_str() == name);
        found.ok_or_else(|| UnknownName { kind: "field", name: name.to_owned() })
    }
}

/// What a file's columns mean, in whole or in part.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mapping {
    /// The column of a field; of several, the first that is not blank on a line.
    pub columns: BTreeMap<Field, OneOrMore>,
    /// The value of a field on every line.
    pub fixed: BTreeMap<Field, String>,
    /// Only lines that have one of these values in each of these columns.
    pub only: BTreeMap<String, OneOrMore>,
}

impl Mapping {
    /// `self`, and of `base` what `self` does not say otherwise.
    #[must_use]
    pub fn over(&self, base: Self) -> Self {
        let said = |field: &Field| self.columns.contains_key(field) || self.fixed.contains_key(field);
        let mut both = base;
        both.columns.retain(|field, _| !said(field));
        both.fixed.retain(|field, _| !said(field));
        both.columns.extend(self.columns.clone());
        both.fixed.extend(self.fixed.clone());
        both.only.extend(self.only.clone());
        both
    }
}

/// One text or a list of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Texts")]
pub struct OneOrMore(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Texts {
    One(String),
    More(Vec<String>),
}

impl From<Texts> for OneOrMore {
    fn from(texts: Texts) -> Self {
        match texts {
            Texts::One(text) => Self(vec![text]),
            Texts::More(texts) => Self(texts),
        }
    }
}

/// Why a mapping does not fit a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    #[error(
        "no column is known for: {missing}; say --map FIELD=COLUMN or --fixed FIELD=VALUE; the columns are: {columns}"
    )]
    Missing { missing: String, columns: String },
    #[error("there is no column `{column}`; the columns are: {columns}")]
    NoColumn { column: String, columns: String },
    #[error("there are several columns `{0}`: rename one")]
    Ambiguous(String),
    #[error("`{field}` has both a column and a fixed value")]
    Both { field: Field },
    #[error("`{value}` cannot be the `{field}` of every line: {message}")]
    Fixed { field: Field, value: String, message: String },
}
