//! `docs/failure-modes.md` against the code: every entry has tests, and what it names exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use llmtally::domain::money::Currency;
use llmtally::metrics::catalogue;

const DOCUMENT: &str = include_str!("../docs/failure-modes.md");
const RULES: &str = include_str!("../prometheus/rules/llmtally.yml");
/// What every entry tells, in this order.
const PARTS: [&str; 6] = ["Happens", "Metric", "Log", "Alert", "Do", "Test"];

struct Entry {
    title: &'static str,
    /// By [`PARTS`], line breaks taken out.
    parts: Vec<String>,
}

impl Entry {
    fn part(&self, name: &str) -> &str {
        &self.parts[PARTS.iter().position(|part| *part == name).expect("a part")]
    }

    /// What stands between backticks in a part.
    fn code(&self, part: &str) -> Vec<&str> {
        self.part(part).split('`').skip(1).step_by(2).collect()
    }
}

fn entries() -> Vec<Entry> {
    let sections = DOCUMENT.split("\n### ").skip(1);
    sections
        .map(|section| {
            let section = section.split("\n## ").next().unwrap_or_default();
            let (title, body) = section.split_once('\n').expect("a title");
            let items = body.split("\n- ").skip(1).map(|item| item.split_whitespace().collect::<Vec<_>>().join(" "));
            let items: Vec<String> = items.collect();
            let names: Vec<&str> = items.iter().filter_map(|item| Some(item.split_once(": ")?.0)).collect();
            assert_eq!(names, PARTS, "{title}");
            let parts = items.iter().filter_map(|item| Some(item.split_once(": ")?.1.to_owned())).collect();
            Entry { title, parts }
        })
        .collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Names of alerts that the rules have.
fn alerts() -> BTreeSet<&'static str> {
    RULES.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect()
}

#[test]
fn every_entry_names_a_test_that_exists() {
    let entries = entries();
    assert!(entries.len() > 20, "the entries were not found");
    for entry in entries {
        let tests = entry.code("Test");
        assert!(!tests.is_empty(), "{} has no test", entry.title);
        for test in tests {
            let (file, name) = test.split_once("::").unwrap_or_else(|| panic!("{}: {test}", entry.title));
            let source = fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            let (before, _) = source.split_once(&format!("fn {name}(")).unwrap_or_else(|| panic!("no {test}"));
            // Within `proptest!` the attribute stands there as well.
            let head = &before[before.trim_end().rfind("\n\n").unwrap_or_default()..];
            assert!(head.contains("#[test]") || head.contains("::test"), "{test} is no test");
        }
    }
}

#[test]
fn every_metric_and_alert_is_one() {
    let families: BTreeSet<String> = catalogue::ALL.iter().map(|spec| spec.name(Currency::USD)).collect();
    for entry in entries() {
        for family in entry.code("Metric").into_iter().filter(|code| code.starts_with("llmtally_")) {
            assert!(families.contains(family), "{}: {family}", entry.title);
        }
        for alert in entry.code("Alert") {
            assert!(alerts().contains(alert), "{}: {alert}", entry.title);
        }
    }
}

#[test]
fn every_label_is_of_a_family_of_its_entry() {
    for entry in entries() {
        let named = entry.code("Metric");
        for label in named.iter().filter_map(|code| Some(code.split_once('=')?.0)) {
            let mut specs = catalogue::ALL.iter().filter(|spec| named.contains(&spec.name(Currency::USD).as_str()));
            assert!(specs.any(|spec| spec.labels.contains(&label)), "{}: {label}", entry.title);
        }
    }
}

#[test]
fn every_alert_has_an_entry() {
    let entries = entries();
    let named: BTreeSet<&str> = entries.iter().flat_map(|entry| entry.code("Alert")).collect();
    let missing: Vec<_> = alerts().into_iter().filter(|alert| !named.contains(alert)).collect();
    assert!(missing.is_empty(), "no failure mode leads to {missing:?}");
}

#[test]
fn every_log_line_stands_in_the_code() {
    let mut sources = String::new();
    read(&root().join("src"), &mut sources);
    for entry in entries() {
        for line in entry.code("Log") {
            for words in line.split('…').map(|words| words.trim_matches([' ', ':', ','])) {
                assert!(sources.contains(words), "{}: nobody logs `{words}`", entry.title);
            }
        }
    }
}

/// All sources, each text as one line, however it was broken.
fn read(folder: &Path, sources: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path: PathBuf = entry.expect("an entry").path();
        if path.is_dir() {
            read(&path, sources);
        } else {
            let text = fs::read_to_string(&path).expect("a source");
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            sources.push_str(code);
        }
    }
}
