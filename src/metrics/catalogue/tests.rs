use std::collections::BTreeSet;

use super::{ALL, RESTATED, Shown, Unit};
use crate::domain::money::Currency;

#[test]
fn the_document_is_the_catalogue() {
    let document = include_str!("../../../docs/metrics.md");
    let rows: BTreeSet<&str> = document.lines().filter(|line| line.starts_with("| `llmtally_")).collect();
    let expected: BTreeSet<String> = ALL
        .iter()
        .map(|spec| {
            let labels: Vec<String> = spec.labels.iter().map(|label| format!("`{label}`")).collect();
            let labels = if labels.is_empty() { "–".to_owned() } else { labels.join(", ") };
            let shown = if spec.shown == Shown::ByEach { " (on each daemon)" } else { "" };
            format!(
                "| `{}` | {} | {labels} | {}{shown} |",
                spec.name(Currency::USD),
                spec.kind.as_str(),
                spec.help(Currency::USD)
            )
        })
        .collect();
    let expected_rows: BTreeSet<&str> = expected.iter().map(String::as_str).collect();
    assert_eq!(rows, expected_rows, "\n{}\n", expected.iter().cloned().collect::<Vec<_>>().join("\n"));
}

#[test]
fn names_are_unique_and_help_needs_no_escapes() {
    let names: BTreeSet<String> = ALL.iter().map(|spec| spec.name(Currency::USD)).collect();
    assert_eq!(names.len(), ALL.len());
    for spec in ALL {
        assert!(!spec.help.contains(['"', '\\', '\n']) && !spec.help.ends_with('.'), "{}", spec.stem);
    }
}

#[test]
fn money_has_the_suffix_of_its_currency_and_nothing_else_changes() {
    for spec in ALL {
        let (dollars, francs) = (spec.name(Currency::USD), spec.name("CHF".parse().unwrap()));
        let expected = if spec.unit == Unit::Currency { dollars.replace("_usd", "_chf") } else { dollars.clone() };
        assert_eq!((francs, dollars.contains("_usd")), (expected, spec.unit == Unit::Currency), "{}", spec.stem);
    }
    assert_eq!(RESTATED.name(Currency::EUR), "llmtally_restated_eur_total");
    assert!(RESTATED.help(Currency::EUR).ends_with("charges in US dollars or EUR only"));
}
