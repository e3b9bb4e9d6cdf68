//! Every alert can be understood: a runbook, a test, words, and metrics that exist.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use llmtally::dashboards::assets;
use llmtally::domain::money::Currency;
use serde::Deserialize;

#[derive(Deserialize)]
struct RuleFile {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
struct Rule {
    alert: String,
    expr: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct TestFile {
    tests: Vec<RuleTest>,
}

#[derive(Deserialize)]
struct RuleTest {
    alert_rule_test: Vec<AlertTest>,
}

#[derive(Deserialize)]
struct AlertTest {
    alertname: String,
    exp_alerts: Vec<serde_yaml_ng::Value>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn yaml_files(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap();
    let files = entries.map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "yml")).collect()
}

fn rules() -> Vec<Rule> {
    let files = yaml_files("prometheus/rules").into_iter();
    let parsed =
        files.map(|path| serde_yaml_ng::from_str::<RuleFile>(&std::fs::read_to_string(path).unwrap()).unwrap());
    parsed.flat_map(|file| file.groups).flat_map(|group| group.rules).collect()
}

#[test]
fn every_alert_has_a_runbook_and_every_runbook_an_alert() {
    let alerts: BTreeSet<String> = rules().into_iter().map(|rule| rule.alert).collect();
    let entries = std::fs::read_dir(root().join("docs/runbooks")).unwrap();
    let pages: BTreeMap<String, PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), path))
        .collect();
    assert_eq!(alerts, pages.keys().cloned().collect());
    for (alert, path) in pages {
        let page = std::fs::read_to_string(path).unwrap();
        let headings: Vec<&str> = page.lines().filter(|line| line.starts_with('#')).collect();
        let title = format!("# {alert}");
        assert_eq!(headings, [title.as_str(), "## Meaning", "## Impact", "## Diagnosis", "## Mitigation"]);
    }
}

#[test]
fn every_alert_says_what_is_wrong_and_how_bad_and_where_to_look() {
    let boards = crate::boards::all();
    let titles: BTreeSet<&str> = boards.iter().map(|board| crate::boards::text(board, "title")).collect();
    for rule in rules() {
        for annotation in ["summary", "description"] {
            assert!(rule.annotations.contains_key(annotation), "{} has no {annotation}", rule.alert);
        }
        assert_eq!(rule.annotations["runbook"], format!("docs/runbooks/{}.md", rule.alert));
        let shown = rule.annotations.get("dashboard").map(String::as_str);
        let watches_itself = rule.expr == "vector(1)";
        assert!(watches_itself || shown.is_some_and(|title| titles.contains(title)), "{}: {shown:?}", rule.alert);
        let severity = rule.labels.get("severity").map(String::as_str);
        // The threshold that was crossed brings the severity of a budget's alert.
        let expected: &[_] = if rule.expr.contains("llmtally_budget_threshold_ratio") {
            &[None]
        } else {
            &[Some("info"), Some("warning"), Some("critical"), Some("none")]
        };
        assert!(expected.contains(&severity), "{}: {severity:?}", rule.alert);
        assert!(!rule.labels.values().any(|value| value.contains("$value")), "{} has a number in a label", rule.alert);
    }
}

#[test]
fn every_alert_asks_for_what_is_exposed() {
    for rule in rules() {
        crate::promql::check(&rule.alert, &rule.expr, Currency::USD);
    }
}

#[test]
fn every_alert_is_tested_firing_and_silent() {
    let files = yaml_files("prometheus/tests").into_iter();
    let parsed =
        files.map(|path| serde_yaml_ng::from_str::<TestFile>(&std::fs::read_to_string(path).unwrap()).unwrap());
    let tests: Vec<AlertTest> = parsed.flat_map(|file| file.tests).flat_map(|test| test.alert_rule_test).collect();
    for rule in rules() {
        let of_rule = || tests.iter().filter(|test| test.alertname == rule.alert);
        assert!(of_rule().any(|test| !test.exp_alerts.is_empty()), "{} is never seen firing", rule.alert);
        let always_fires = rule.expr == "vector(1)";
        assert!(
            always_fires || of_rule().any(|test| test.exp_alerts.is_empty()),
            "{} is never seen silent",
            rule.alert
        );
    }
}

fn promtool(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("promtool").args(arguments).current_dir(folder).output();
    let output = output.expect("promtool is part of the package `prometheus`");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    assert!(output.status.success(), "promtool {arguments:?}: {said}");
    said
}

#[test]
fn rules_for_another_currency_watch_its_families_and_pass_their_tests() {
    let target = tempfile::tempdir().unwrap();
    assets::export(target.path(), Currency::EUR).unwrap();
    let folder = target.path().join("prometheus");
    promtool(&folder, &["check", "rules", "--lint=all", "rules/llmtally.yml"]);
    let tests = ["tests/budget.yml", "tests/figures.yml", "tests/sync.yml", "tests/daemon.yml"];
    assert_eq!(tests.len(), yaml_files("prometheus/tests").len());
    let said = promtool(&folder, &[["test", "rules"].as_slice(), tests.as_slice()].concat());
    assert_eq!(said.matches("SUCCESS").count(), tests.len(), "{said}");

    let rules = std::fs::read_to_string(folder.join("rules/llmtally.yml")).unwrap();
    let rules: RuleFile = serde_yaml_ng::from_str(&rules).unwrap();
    for rule in rules.groups.iter().flat_map(|group| &group.rules) {
        crate::promql::check(&rule.alert, &rule.expr, Currency::EUR);
    }
}
