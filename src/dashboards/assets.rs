//! The Grafana, Prometheus and Alertmanager files that the binary carries, so that a stack needs no repository beside it.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use include_dir::{Dir, File, include_dir};

use super::naming::rules_in;
use crate::domain::money::Currency;

static GRAFANA: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/grafana");
static PROMETHEUS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/prometheus");

/// What happened to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Relative to the target folder.
    pub path: PathBuf,
    pub change: Change,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Created,
    /// The file was there with other content, which is now beside it with `.bak` at the end of its name.
    Replaced,
    Unchanged,
}

/// Writes `grafana/` and `prometheus/`, for sums that are told in `currency`, into `target`, which is made if it is not there, and tells what became of each file.
///
/// A file that differs is moved aside before it is replaced: an upgrade brings its own dashboards and rules, and nobody loses
/// an edit. What is already right is not touched.
///
/// # Errors
/// The first file or folder that cannot be read or written, with its path.
pub fn export(target: &Path, currency: Currency) -> io::Result<Vec<Exported>> {
    let mut exported = Vec::new();
    for (name, dir) in [("grafana", &GRAFANA), ("prometheus", &PROMETHEUS)] {
        write_dir(target, Path::new(name), dir, currency, &mut exported)?;
    }
    Ok(exported)
}

fn write_dir(
    target: &Path,
    prefix: &Path,
    dir: &Dir<'_>,
    currency: Currency,
    exported: &mut Vec<Exported>,
) -> io::Result<()> {
    for file in dir.files() {
        let path = prefix.join(file.path());
        let change = write_file(&target.join(&path), &contents(file, currency))?;
        exported.push(Exported { path, change });
    }
    dir.dirs().try_for_each(|inner| write_dir(target, prefix, inner, currency, exported))
}

/// What is embedded is for US dollars. For another currency dashboards are built anew, and rules are renamed.
fn contents<'a>(file: &'a File<'_>, currency: Currency) -> Cow<'a, [u8]> {
    let embedded = Cow::Borrowed(file.contents());
    if currency == Currency::USD {
        return embedded;
    }
    let stem = file.path().file_stem();
    match file.path().extension().and_then(OsStr::to_str) {
        Some("json") => match super::all().iter().find(|board| stem == Some(OsStr::new(board.uid()))) {
            Some(board) => Cow::Owned(board.to_file(currency).into_bytes()),
            None => embedded,
        },
        Some("yml") => match file.contents_utf8() {
            Some(text) => Cow::Owned(rules_in(text, currency).into_bytes()),
            None => embedded,
        },
        _ => embedded,
    }
}

fn write_file(path: &Path, contents: &[u8]) -> io::Result<Change> {
    let with_path = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let change = match fs::read(path) {
        Ok(present) if present == contents => return Ok(Change::Unchanged),
        Ok(_) => {
            let mut aside = path.as_os_str().to_owned();
            aside.push(".bak");
            fs::rename(path, aside).map_err(with_path)?;
            Change::Replaced
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            path.parent().map_or(Ok(()), fs::create_dir_all).map_err(with_path)?;
            Change::Created
        }
        Err(error) => return Err(with_path(error)),
    };
    fs::write(path, contents).map_err(with_path)?;
    Ok(change)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(exported: &[Exported], wanted: Change) -> usize {
        exported.iter().filter(|file| file.change == wanted).count()
    }

    #[test]
    fn exports_every_file_once_and_then_leaves_it() {
        let target = tempfile::tempdir().unwrap();
        let folder = target.path().join("not/yet/there");
        let first = export(&folder, Currency::USD).unwrap();
        assert!(!first.is_empty());
        assert_eq!(changes(&first, Change::Created), first.len());
        for file in &first {
            let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(&file.path);
            assert_eq!(
                fs::read(folder.join(&file.path)).unwrap(),
                fs::read(source).unwrap(),
                "{}",
                file.path.display()
            );
        }
        let second = export(&folder, Currency::USD).unwrap();
        assert_eq!(changes(&second, Change::Unchanged), first.len());
    }

    #[test]
    fn moves_a_changed_file_aside() {
        let target = tempfile::tempdir().unwrap();
        export(target.path(), Currency::USD).unwrap();
        let rules = target.path().join("prometheus/rules/llmtally.yml");
        fs::write(&rules, "groups: []\n").unwrap();
        let exported = export(target.path(), Currency::USD).unwrap();
        let replaced: Vec<_> = exported.iter().filter(|file| file.change == Change::Replaced).collect();
        assert_eq!(replaced.len(), 1);
        assert_eq!(replaced[0].path, Path::new("prometheus/rules/llmtally.yml"));
        assert_ne!(fs::read_to_string(&rules).unwrap(), "groups: []\n");
        assert_eq!(fs::read_to_string(rules.with_extension("yml.bak")).unwrap(), "groups: []\n");
    }

    #[test]
    fn another_currency_is_in_every_file_that_tells_money() {
        let (dollars, euros) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        export(dollars.path(), Currency::USD).unwrap();
        let mut changed = Vec::new();
        for file in export(euros.path(), Currency::EUR).unwrap() {
            let [before, after] =
                [&dollars, &euros].map(|folder| fs::read_to_string(folder.path().join(&file.path)).unwrap());
            assert!(!after.to_ascii_lowercase().contains("usd"), "{}", file.path.display());
            assert!(!after.contains("currency:financial:$"), "{}", file.path.display());
            if before != after {
                changed.push(file.path.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
        for wanted in ["llmtally-overview.json", "llmtally-balances.json", "llmtally.yml", "budget.yml"] {
            assert!(changed.iter().any(|name| name == wanted), "{wanted} is not among {changed:?}");
        }
        assert!(!changed.iter().any(|name| name == "prometheus.yml"), "{changed:?}");
    }
}
