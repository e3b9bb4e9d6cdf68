//! Days in TOML, as dates or as texts.

use serde::Deserialize;
use serde::de::{Deserializer, Error};

use crate::domain::period::Day;

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a day such as 2026-01-31")]
enum Date {
    Date(toml::value::Datetime),
    Text(String),
}

pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Day>, D::Error> {
    let text = match Date::deserialize(deserializer)? {
        Date::Date(date) => date.to_string(),
        Date::Text(text) => text,
    };
    let day = text.parse().map_err(|_| D::Error::custom(format!("`{text}` is no day such as 2026-01-31")))?;
    Ok(Some(day))
}
