//! The checked-in JSON, and what every dashboard owes its readers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use llmtally::domain::money::Currency;
use serde_json::Value;

use crate::boards::{all, list, text};

#[test]
fn the_files_are_what_the_code_builds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("grafana/dashboards");
    let present: BTreeMap<String, String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(path).unwrap()))
        .collect();
    let built: BTreeMap<String, String> = llmtally::dashboards::all()
        .into_iter()
        .map(|dashboard| (dashboard.uid().to_owned(), dashboard.to_file(Currency::USD)))
        .collect();
    assert_eq!(present.keys().collect::<Vec<_>>(), built.keys().collect::<Vec<_>>());
    for (uid, file) in &built {
        assert!(present[uid] == *file, "{uid}.json is out of date: cargo run --example dashboards");
    }
}

#[test]
fn uids_and_titles_are_unique() {
    let boards = all();
    for key in ["uid", "title"] {
        let values: BTreeSet<&str> = boards.iter().map(|board| text(board, key)).collect();
        assert_eq!(values.len(), boards.len());
    }
}

#[test]
fn panels_fill_the_grid_without_overlap_and_have_ids_of_their_own() {
    for board in all() {
        let mut cells = BTreeSet::new();
        let mut bottom = 0;
        let mut ids = BTreeSet::new();
        for panel in list(&board, "panels") {
            assert!(ids.insert(panel["id"].as_u64().unwrap()), "id of {}", text(panel, "title"));
            let place = |key: &str| panel["gridPos"][key].as_u64().unwrap();
            for x in place("x")..place("x") + place("w") {
                for y in place("y")..place("y") + place("h") {
                    assert!(x < 24, "{} is too wide", text(panel, "title"));
                    assert!(cells.insert((x, y)), "{} overlaps", text(panel, "title"));
                    bottom = bottom.max(y + 1);
                }
            }
        }
        assert_eq!(cells.len() as u64, 24 * bottom, "{} has holes", text(&board, "uid"));
    }
}

#[test]
fn every_panel_says_what_it_shows_and_what_no_data_means() {
    for board in all() {
        for panel in list(&board, "panels") {
            let title = text(panel, "title");
            assert!(text(panel, "description").len() > 30, "{title} has no definition");
            assert!(!text(&panel["fieldConfig"]["defaults"], "noValue").is_empty(), "{title} has no text for no data");
            assert!(!list(panel, "targets").is_empty(), "{title} asks nothing");
        }
    }
}

#[test]
fn no_data_is_no_alarm() {
    for board in all() {
        for panel in list(&board, "panels").iter().filter(|panel| text(panel, "type") == "stat") {
            let nothing: Vec<&Value> = list(&panel["fieldConfig"]["defaults"], "mappings")
                .iter()
                .filter(|mapping| mapping["type"] == "special")
                .map(|mapping| &mapping["options"]["result"])
                .collect();
            assert_eq!(nothing.len(), 1, "{}", text(panel, "title"));
            assert_eq!(nothing[0]["color"], "text", "{}", text(panel, "title"));
            assert_eq!(nothing[0]["text"], panel["fieldConfig"]["defaults"]["noValue"]);
        }
    }
}

#[test]
fn no_sum_of_money_is_an_alarm_by_itself() {
    let mut sums = 0;
    for board in all() {
        for panel in list(&board, "panels") {
            let config = &panel["fieldConfig"];
            let columns = list(config, "overrides").iter().map(|change| {
                list(change, "properties").iter().map(|property| (text(property, "id"), &property["value"])).collect()
            });
            let defaults: BTreeMap<&str, &Value> =
                config["defaults"].as_object().unwrap().iter().map(|(id, value)| (id.as_str(), value)).collect();
            for looks in columns.chain([defaults]) {
                let is_money = looks.get("unit").and_then(|unit| unit.as_str());
                if is_money.is_some_and(|unit| unit.starts_with("currency:")) {
                    sums += 1;
                    let title = text(panel, "title");
                    assert!(!looks.contains_key("thresholds"), "{title}: a yen is no dollar");
                }
            }
        }
    }
    assert!(sums > 10, "{sums}");
}

#[test]
fn the_sql_reads_reporting_views_only() {
    for board in all() {
        let panels = crate::boards::sql_panels(&board).into_iter().map(|panel| (panel.title, panel.sql));
        for (title, sql) in panels.chain(crate::boards::other_sql(&board)) {
            assert!(sql.contains("FROM reporting."), "{title}");
            let tables =
                ["FROM spend", "JOIN accounts", "FROM accounts", "feed_status", "cost_records", "usage_records"];
            assert!(!tables.iter().any(|table| sql.contains(table)), "{title} reads a table");
        }
    }
}

#[test]
fn every_variable_that_is_used_is_defined_and_the_reverse() {
    // The last two are groups of a pattern in PromQL.
    const BUILT_IN: [&str; 6] = ["__data", "__url_time_range", "__range", "__rate_interval", "1", "2"];
    for board in all() {
        let defined: BTreeSet<&str> =
            list(&board["templating"], "list").iter().map(|variable| text(variable, "name")).collect();
        let mut used = BTreeSet::new();
        visit_texts(&board, &mut |text| used.extend(variables(text)));
        let unknown: Vec<_> = used
            .iter()
            .filter(|name| !defined.contains(name.as_str()) && !BUILT_IN.contains(&name.as_str()))
            .filter(|name| !["__timeFilter", "__timeFrom", "__timeTo", "__all"].contains(&name.as_str()))
            .collect();
        assert!(unknown.is_empty(), "{}: {unknown:?}", text(&board, "uid"));
        let idle: Vec<_> = defined.iter().filter(|name| !used.contains(**name)).collect();
        assert!(idle.is_empty(), "{}: {idle:?}", text(&board, "uid"));
    }
}

#[test]
fn links_lead_to_dashboards_that_are_shipped() {
    let boards = all();
    let uids: BTreeSet<&str> = boards.iter().map(|board| text(board, "uid")).collect();
    let mut links = 0;
    for board in &boards {
        visit_texts(board, &mut |text| {
            if let Some(uid) = text.strip_prefix("/d/") {
                links += 1;
                assert!(uids.contains(uid.split(['?', '/']).next().unwrap()), "{text}");
            }
        });
    }
    assert!(links > 0);
}

fn visit_texts(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(values) => values.iter().for_each(|value| visit_texts(value, visit)),
        Value::Object(values) => values.values().for_each(|value| visit_texts(value, visit)),
        _ => {}
    }
}

/// The names after `$` and in `${…}`.
fn variables(text: &str) -> Vec<String> {
    let name = |rest: &str| -> String {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        rest.chars().take_while(|next| next.is_ascii_alphanumeric() || *next == '_').collect()
    };
    text.split('$').skip(1).map(name).filter(|name| !name.is_empty()).collect()
}
