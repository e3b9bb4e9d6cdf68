//! The direction of dependencies: a module names only modules of the floors below its own.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// From the top floor down. Modules of one floor do not know each other.
const FLOORS: &[&[&str]] = &[
    &["main"],
    &["app"],
    &["cli", "config"],
    &["api", "export", "import"],
    &["sync"],
    &["metrics"],
    &["providers", "store", "ledger", "analysis", "currency", "pricing", "dashboards", "sandbox"],
    &["domain", "measures", "shutdown", "telemetry"],
];

fn floor(module: &str) -> usize {
    let found = FLOORS.iter().position(|floor| floor.contains(&module));
    found.unwrap_or_else(|| panic!("src/{module} is on no floor: draw it into the map"))
}

fn sources(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The modules of ours that a source names.
fn named(text: &str) -> BTreeSet<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut named = BTreeSet::new();
    for line in code {
        for prefix in ["crate::", "llmtally::"] {
            for (start, _) in line.match_indices(prefix) {
                let rest = &line[start + prefix.len()..];
                let modules = match rest.strip_prefix('{') {
                    Some(list) => list.split(',').map(|item| item.trim()).collect(),
                    None => vec![rest],
                };
                for module in modules {
                    let end = module.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(module.len());
                    named.insert(module[..end].to_owned());
                }
            }
        }
    }
    named.remove("");
    named
}

#[test]
fn dependencies_only_go_down() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&source, &mut files);
    assert!(files.len() > 50, "the sources were not found");
    let mut wrong = Vec::new();
    for file in files {
        let inside = file.strip_prefix(&source).unwrap();
        let module =
            inside.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned();
        if module == "lib" {
            continue;
        }
        for other in named(&fs::read_to_string(&file).unwrap()) {
            if other != module && floor(&other) <= floor(&module) {
                wrong.push(format!("{} names {other}", inside.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "against the direction:\n{}", wrong.join("\n"));
}

/// A vendor knows itself, the contract and what reads the wire or the disk: what two vendors share belongs to neither.
#[test]
fn providers_do_not_know_each_other() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/providers");
    let vendors: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir() && !path.ends_with("http") && !path.ends_with("call_logs"))
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert!(vendors.len() >= 3, "the vendors were not found");
    for vendor in &vendors {
        let mut files = Vec::new();
        sources(&folder.join(vendor), &mut files);
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            for other in vendors.iter().filter(|other| *other != vendor) {
                assert!(!text.contains(&format!("providers::{other}")), "{} names {other}", file.display());
            }
        }
    }
}
