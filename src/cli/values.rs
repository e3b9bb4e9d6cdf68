//! What values of options may be, and what is said of others.

use std::net::SocketAddr;

use chrono::{DateTime, Utc};
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::domain::names::Provider;
use crate::domain::period::Day;
use crate::export::Format;

pub(super) fn provider() -> impl TypedValueParser<Value = Provider> {
    let known = Provider::ALL.iter().map(|provider| provider.as_str());
    PossibleValuesParser::new(known).try_map(|name| name.parse::<Provider>())
}

pub(super) fn format() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(["csv", "json"]).try_map(|name| name.parse::<Format>())
}

pub(super) fn day(text: &str) -> Result<Day, &'static str> {
    text.parse().map_err(|_| "write a day as in 2026-01-31")
}

pub(super) fn time(text: &str) -> Result<DateTime<Utc>, &'static str> {
    text.parse().map_err(|_| "write a time as in 2026-11-30T12:00:00Z")
}

pub(super) fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "write an address and port as in 127.0.0.1:9847")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::cli::Cli;

    #[test]
    fn what_cannot_be_meant_is_answered_with_what_can() {
        let said = |line: &str| {
            let refused = Cli::try_parse_from(std::iter::once("llmtally").chain(line.split(' ')));
            refused.expect_err("this is no good command line").to_string()
        };
        for (line, wanted) in [
            ("sync --provider opneai", "a similar value exists: 'openai'"),
            ("import csv file --provider cohere", "[possible values: openai, anthropic, "),
            ("export --from 2026-01-01 --to 2026-01-02 --format xml", "[possible values: csv, json]"),
            ("export --from 2026-13-01 --to 2026-01-02", "write a day as in 2026-01-31"),
            ("backfill --from 2026-01-01 --to tomorrow", "write a day as in 2026-01-31"),
            ("import forget --provider xai --from 1 --to 2026-01-02", "write a day as in 2026-01-31"),
            ("import balance 1 USD --provider xai --at now", "write a time as in 2026-11-30T12:00:00Z"),
            ("demo --listen localhost:9847", "write an address and port as in 127.0.0.1:9847"),
        ] {
            assert!(said(line).contains(wanted), "{line}: {}", said(line));
        }
    }
}
