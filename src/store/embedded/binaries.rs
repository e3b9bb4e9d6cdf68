//! Where this machine keeps its PostgreSQL server.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::EmbeddedError;
use crate::store::OLDEST_POSTGRES;

/// Directories in which distributions put one directory a version, and how those begin.
const DISTRIBUTIONS: [(&str, &str); 6] = [
    ("/usr/lib/postgresql", ""),
    ("/usr", "pgsql-"),
    ("/usr/local", "pgsql"),
    ("/opt/homebrew/opt", "postgresql"),
    ("/usr/local/opt", "postgresql"),
    ("/Applications/Postgres.app/Contents/Versions", ""),
];

/// A directory that holds `postgres` and `initdb`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    pub(super) dir: PathBuf,
    pub(super) major: u32,
}

impl Binaries {
    /// The server of `dir` alone where one is given, else the first of the directories of `path`, else the newest of a
    /// distribution. Data that exist insist on the major version that made them.
    pub(super) fn find(dir: Option<&Path>, path: &OsStr, data: Option<(&Path, u32)>) -> Result<Self, EmbeddedError> {
        let mut found: Vec<Self> = match dir {
            Some(dir) => Self::inspect(dir).into_iter().collect(),
            None => std::env::split_paths(path).filter_map(|dir| Self::inspect(&dir)).collect(),
        };
        if dir.is_none() {
            let mut shipped: Vec<Self> = distribution_dirs().iter().filter_map(|dir| Self::inspect(dir)).collect();
            shipped.sort_by_key(|binaries| std::cmp::Reverse(binaries.major));
            found.extend(shipped);
        }
        choose(found, data.map(|(_, major)| major)).ok_or_else(|| match (dir, data) {
            (_, Some((data, major))) => EmbeddedError::OtherMajor { data: data.to_owned(), major },
            (Some(dir), None) => EmbeddedError::NoBinariesIn(dir.to_owned()),
            (None, None) => EmbeddedError::NoBinaries,
        })
    }

    fn inspect(dir: &Path) -> Option<Self> {
        let complete = dir.join("postgres").is_file() && dir.join("initdb").is_file();
        let output = complete.then(|| Command::new(dir.join("postgres")).arg("--version").output().ok())??;
        let major = major(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self { dir: dir.to_owned(), major })
    }
}

fn choose(found: Vec<Binaries>, wanted: Option<u32>) -> Option<Binaries> {
    found.into_iter().find(|binaries| match wanted {
        Some(major) => binaries.major == major,
        None => binaries.major >= OLDEST_POSTGRES,
    })
}

fn distribution_dirs() -> Vec<PathBuf> {
    let mut dirs = Vec::new();
    for (parent, prefix) in DISTRIBUTIONS {
        let entries = fs::read_dir(parent).into_iter().flatten().flatten();
        let versions = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
        dirs.extend(versions.map(|entry| entry.path().join("bin")));
    }
    dirs
}

/// The major version in the answer to `postgres --version`, such as `postgres (PostgreSQL) 18.1 (Debian 18.1-1)`.
fn major(answer: &str) -> Option<u32> {
    let version = answer.split_whitespace().nth(2)?;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(dir: &str, major: u32) -> Binaries {
        Binaries { dir: dir.into(), major }
    }

    #[test]
    fn reads_the_version_of_releases_and_previews() {
        assert_eq!(major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 19beta1\n"), Some(19));
        assert_eq!(major("command not found\n"), None);
    }

    #[test]
    fn new_data_take_the_first_server_that_is_new_enough() {
        let found = vec![server("/old", 13), server("/path", 16), server("/newest", 18)];
        assert_eq!(choose(found, None), Some(server("/path", 16)));
        assert_eq!(choose(vec![server("/old", 14)], None), None);
    }

    #[test]
    fn existing_data_insist_on_their_own_version() {
        let found = vec![server("/path", 16), server("/newest", 18)];
        assert_eq!(choose(found.clone(), Some(18)), Some(server("/newest", 18)));
        assert_eq!(choose(found, Some(15)), None);
    }

    #[test]
    fn says_what_to_install_when_there_is_nothing() {
        let empty = tempfile::tempdir().unwrap();
        let error = Binaries::find(Some(empty.path()), OsStr::new(""), None).unwrap_err();
        assert!(matches!(error, EmbeddedError::NoBinariesIn(dir) if dir == empty.path()));
        let advice = EmbeddedError::NoBinaries.to_string();
        assert!(advice.contains("apt-get install postgresql") && advice.contains("DATABASE_URL"), "{advice}");
        assert_eq!(advice.lines().count(), 1);
    }
}
