use std::io::{Read, Write};
use std::process::{Command, Stdio};

use chrono::DateTime;
use flate2::read::MultiGzDecoder;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::Histogram;

use super::super::catalogue::{self, ALL};
use super::super::family::{Labels, Point};
use super::super::{Format, registry};
use super::*;
use crate::domain::money::Currency;

fn family(spec: &'static catalogue::Spec, series: &[(&[&str], &str)]) -> Family {
    let mut family = Family::new(spec);
    for (labels, value) in series {
        let labels: Labels = labels.iter().map(|label| Arc::from(*label)).collect();
        let value: Decimal = value.parse().unwrap();
        family.add(labels, Point { value, weight: value.abs() });
    }
    family
}

/// One family of each kind, with the worst that vendors and people write into names.
fn summary() -> Summary {
    let families = vec![
        family(
            &catalogue::SPEND_TODAY,
            &[
                (&["openai", "default", "a \"quoted\" \\ name", "gpt-5"], "0.3"),
                (&["openai", "default", "two\nlines", "gpt-5"], "-12.000000000001"),
                (&["openai", "default", "Zürich 東京 🦀", "gpt-5"], "1234567.89"),
                (&["openai", "default", "", "# EOF"], "0"),
            ],
        ),
        family(&catalogue::TOKENS_TODAY, &[(&["openai", "default", "p", "gpt-5", "input"], "9007199254740991")]),
        family(&catalogue::REQUESTS_TODAY, &[]),
        family(&catalogue::PROJECT_INFO, &[(&["openai", "default", "p", "Chat # TYPE x {y=\"z\"} 1"], "1")]),
        family(&catalogue::BUDGET_SPENT_RATIO, &[(&["all"], "0.000000001")]),
        family(&catalogue::SYNC_LAST_SUCCESS, &[(&["openai", "default", "costs"], "1795327200.25")]),
        family(&catalogue::RESTATED, &[(&["openai", "default", "up"], "1.75"), (&["openai", "default", "down"], "2")]),
    ];
    Summary::of(DateTime::UNIX_EPOCH, Currency::USD, families)
}

fn publisher(max_series: usize) -> Publisher {
    let mut registry = registry();
    let duration = Histogram::new([0.5, 5.0]);
    duration.observe(1.25);
    catalogue::SYNC_DURATION.register(&mut registry, duration);
    let runs: Counter = Counter::default();
    runs.inc();
    catalogue::SYNC_RUNS.register(&mut registry, runs);
    let publisher = Publisher::new(registry, max_series).unwrap();
    publisher.set_leader(true).unwrap();
    publisher
}

fn page(publisher: &Publisher, format: Format) -> String {
    let text = String::from_utf8(publisher.page().plain(format).to_vec()).unwrap();
    text.replace(&format!("version=\"{}\"", env!("CARGO_PKG_VERSION")), "version=\"x\"")
}

fn published() -> Publisher {
    let publisher = publisher(100);
    publisher.set_database_up(true);
    publisher.publish(&summary()).unwrap();
    publisher
}

#[test]
fn the_page_in_open_metrics() {
    insta::assert_snapshot!(page(&published(), Format::OpenMetrics));
}

#[test]
fn the_page_in_text() {
    insta::assert_snapshot!(page(&published(), Format::Classic));
}

#[test]
fn another_currency_changes_names_units_and_nothing_else() {
    let dollars = published();
    let euros = published();
    let families = summary().families().to_vec();
    euros.publish(&Summary::of(DateTime::UNIX_EPOCH, Currency::EUR, families)).unwrap();
    for format in [Format::Classic, Format::OpenMetrics] {
        let expected = page(&dollars, format).replace("_usd", "_eur").replace(" usd\n", " eur\n");
        let expected = expected.replace("in US dollars only", "in US dollars or EUR only");
        assert_eq!(page(&euros, format), expected);
    }
    assert!(page(&euros, Format::OpenMetrics).contains("# UNIT llmtally_spend_today_eur eur\n"));
}

#[test]
fn promtool_has_no_complaint() {
    let mut every = summary();
    let missing = ALL.iter().filter(|spec| !spec.labels.is_empty() && spec.kind != catalogue::Kind::Histogram);
    let missing = missing.filter(|spec| !["sync_runs", "build"].contains(&spec.stem));
    let missing: Vec<_> = missing.filter(|spec| every.families().iter().all(|family| family.spec != **spec)).collect();
    let more = missing.into_iter().map(|spec| family(spec, &[(&vec!["x"; spec.labels.len()], "1")]));
    every = Summary::of(every.taken_at(), Currency::USD, every.families().iter().cloned().chain(more).collect());
    let publisher = publisher(100);
    publisher.publish(&every).unwrap();
    let text = page(&publisher, Format::Classic);
    for spec in ALL.iter().filter(|spec| **spec != &catalogue::REQUESTS_TODAY) {
        let heading = format!("# TYPE {} {}\n", spec.name(Currency::USD), spec.kind.as_str());
        assert!(text.contains(&heading), "{heading}\n{text}");
    }

    let mut promtool = Command::new("promtool");
    promtool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = promtool.spawn().expect("promtool is part of the package `prometheus`");
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let complaints = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    assert!(output.status.success() && complaints.is_empty(), "{complaints}");
}

#[test]
fn a_compressed_page_is_the_same_page() {
    let page = published().page();
    for format in [Format::Classic, Format::OpenMetrics] {
        assert_eq!(page.ready_gzip(format), None);
        let mut text = Vec::new();
        MultiGzDecoder::new(&page.gzip(format)[..]).read_to_end(&mut text).unwrap();
        assert_eq!(text, page.plain(format));
        assert!(page.ready_gzip(format).is_some());
    }
}

#[test]
fn the_last_good_values_stay_when_the_database_is_down() {
    let publisher = published();
    let before = page(&publisher, Format::Classic);
    publisher.set_database_up(false);
    assert_eq!(page(&publisher, Format::Classic), before);
    publisher.refresh().unwrap();
    let after = page(&publisher, Format::Classic);
    assert_eq!(after, before.replace("\nllmtally_database_up 1\n", "\nllmtally_database_up 0\n"));
    assert_ne!(after, before);
}

#[test]
fn a_series_that_left_the_ledger_leaves_the_page() {
    let publisher = published();
    publisher.publish(&Summary::of(DateTime::UNIX_EPOCH, Currency::USD, Vec::new())).unwrap();
    assert!(!page(&publisher, Format::Classic).contains("spend_today"));
}

#[test]
fn what_does_not_fit_is_counted() {
    let publisher = publisher(2);
    publisher.publish(&summary()).unwrap();
    let text = page(&publisher, Format::Classic);
    assert!(text.contains("llmtally_series_folded 3.0\n"), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("llmtally_spend_today_usd{")).count(), 2);
}

#[test]
fn who_does_not_lead_any_more_shows_no_figures() {
    let publisher = published();
    let shows = || page(&publisher, Format::Classic).contains("llmtally_spend_today_usd");
    assert!(shows());
    publisher.set_leader(false).unwrap();
    assert!(!shows(), "the figures of a leader stay");
    publisher.publish(&summary()).unwrap();
    assert!(!shows(), "a summary in the making has brought them back");
    publisher.set_leader(true).unwrap();
    assert!(!shows(), "figures of an earlier lead are back");
    publisher.publish(&summary()).unwrap();
    assert!(shows());
}
