//! The euro reference rates of the European Central Bank
//! (<https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates>).

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use rust_decimal::Decimal;

use crate::domain::money::{Currency, parse_decimal};
use crate::domain::period::Day;

/// The currencies of the bank's files, which are told in units for one euro. A currency leaves when its country takes the euro.
const PUBLISHED: [&str; 29] = [
    "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "GBP", "HKD", "HUF", "IDR", "ILS", "INR", "ISK", "JPY", "KRW",
    "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "RON", "SEK", "SGD", "THB", "TRY", "USD", "ZAR",
];

/// Whether the bank's files tell what the currency is worth, as far as this program knows.
#[must_use]
pub fn is_published(currency: Currency) -> bool {
    currency == Currency::EUR || PUBLISHED.contains(&currency.as_str())
}

/// So many units of the currency were one euro on a working day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixing {
    pub day: Day,
    pub currency: Currency,
    pub per_euro: Decimal,
}

/// Why a file is no table of rates.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    #[error("exchange rates are no XML: {0}")]
    Xml(String),
    #[error("exchange rates have no {what} that can be read, but `{text}`")]
    Value { what: &'static str, text: String },
    #[error("exchange rates hold no rate at all")]
    Empty,
}

/// All fixings of a file, be it of one day or of all since 1999.
///
/// # Errors
///
/// A file that is not whole, or holds what is no rate.
pub fn parse(file: &[u8]) -> Result<Vec<Fixing>, ParseError> {
    let xml = |error: &dyn std::fmt::Display| ParseError::Xml(error.to_string());
    let mut reader = Reader::from_reader(file);
    let mut fixings = Vec::new();
    let mut day = None;
    let mut depth = 0_u32;
    loop {
        let event = reader.read_event().map_err(|error| xml(&error))?;
        match &event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Eof if depth > 0 => return Err(xml(&"it ends in the middle")),
            Event::Eof => break,
            _ => {}
        }
        let (Event::Start(cube) | Event::Empty(cube)) = &event else { continue };
        if cube.local_name().as_ref() != "Cube" {
            continue;
        }
        if let Some(text) = attribute(cube, "time")? {
            day = Some(text.parse::<Day>().map_err(|_| ParseError::Value { what: "day", text })?);
        }
        let (Some(currency), Some(rate), Some(day)) = (attribute(cube, "currency")?, attribute(cube, "rate")?, day)
        else {
            continue;
        };
        let per_euro = parse_decimal(&rate).ok().filter(|rate| *rate > Decimal::ZERO);
        fixings.push(Fixing {
            day,
            per_euro: per_euro.ok_or(ParseError::Value { what: "rate", text: rate })?,
            currency: currency.parse().map_err(|_| ParseError::Value { what: "currency", text: currency })?,
        });
    }
    if fixings.is_empty() { Err(ParseError::Empty) } else { Ok(fixings) }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, ParseError> {
    let found = element.try_get_attribute(name).map_err(|error| ParseError::Xml(error.to_string()))?;
    Ok(found.map(|attribute| attribute.value.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <Cube>
    <Cube time='2026-11-20'>
      <Cube currency='USD' rate='1.1435'/>
      <Cube currency='JPY' rate='171.20'/>
    </Cube>
    <Cube time='2026-11-19'><Cube currency='USD' rate='1.1402'/></Cube>
  </Cube>
</gesmes:Envelope>"#;

    #[test]
    fn every_day_and_currency_is_read() {
        let fixings = parse(FILE.as_bytes()).unwrap();
        let told: Vec<_> = fixings.iter().map(|one| format!("{} {} {}", one.day, one.currency, one.per_euro)).collect();
        assert_eq!(told, ["2026-11-20 USD 1.1435", "2026-11-20 JPY 171.2", "2026-11-19 USD 1.1402"]);
    }

    #[test]
    fn half_a_file_or_another_is_refused() {
        assert!(parse(&FILE.as_bytes()[..FILE.len() / 2]).is_err());
        assert!(parse(b"<html>maintenance</html>").is_err());
        assert!(parse(FILE.replace("1.1435", "-1").as_bytes()).is_err());
        assert!(parse(FILE.replace("JPY", "yen!").as_bytes()).is_err());
        assert!(parse(FILE.replace("2026-11-19", "yesterday").as_bytes()).is_err());
    }
}
