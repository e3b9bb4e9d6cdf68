//! The Grafana, Prometheus and Alertmanager files that the binary carries, so that a stack needs no repository beside it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

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

/// Writes `grafana/` and `prometheus/` into `target`, which is made if it is not there, and tells what became of each file.
///
/// A file that differs is moved aside before it is replaced: an upgrade brings its own dashboards and rules, and nobody loses
/// an edit. What is already right is not touched.
///
/// # Errors
/// The first file or folder that cannot be read or written, with its path.
pub fn export(target: &Path) -> io::Result<Vec<Exported>> {
    let mut exported = Vec::new();
    for (name, dir) in [("grafana", &GRAFANA), ("prometheus", &PROMETHEUS)] {
        write_dir(target, Path::new(name), dir, &mut exported)?;
    }
    Ok(exported)
}

fn write_dir(target: &Path, prefix: &Path, dir: &Dir<'_>, exported: &mut Vec<Exported>) -> io::Result<()> {
    for file in dir.files() {
        let path = prefix.join(file.path());
        let change = write_file(&target.join(&path), file.contents())?;
        exported.push(Exported { path, change });
    }
    dir.dirs().try_for_each(|inner| write_dir(target, prefix, inner, exported))
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
        let first = export(&folder).unwrap();
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
        let second = export(&folder).unwrap();
        assert_eq!(changes(&second, Change::Unchanged), first.len());
    }

    #[test]
    fn moves_a_changed_file_aside() {
        let target = tempfile::tempdir().unwrap();
        export(target.path()).unwrap();
        let rules = target.path().join("prometheus/rules/llmtally.yml");
        fs::write(&rules, "groups: []\n").unwrap();
        let exported = export(target.path()).unwrap();
        let replaced: Vec<_> = exported.iter().filter(|file| file.change == Change::Replaced).collect();
        assert_eq!(replaced.len(), 1);
        assert_eq!(replaced[0].path, Path::new("prometheus/rules/llmtally.yml"));
        assert_ne!(fs::read_to_string(&rules).unwrap(), "groups: []\n");
        assert_eq!(fs::read_to_string(rules.with_extension("yml.bak")).unwrap(), "groups: []\n");
    }
}
