//! Creating the data, whole or not at all.

use std::fs::{self, DirBuilder, File};
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process::{Output, Stdio};

use nix::sys::signal::Signal;

use super::binaries::Binaries;
use super::error::EmbeddedError;
use super::identity::Identity;
use super::layout::{self, Layout};
use super::{DATABASE, SUPERUSER, process};

const UNFINISHED: &str = "pgdata.new";

/// Makes the data directory beside its final place and moves it there when it is complete: a kill on the way leaves only
/// a leftover, which the next start removes.
pub(super) fn create(layout: &Layout, binaries: &Binaries, identity: &Identity) -> Result<(), EmbeddedError> {
    remove_leftovers(layout.root())?;
    let new = layout.root().join(format!("{UNFINISHED}.{}", std::process::id()));
    DirBuilder::new().mode(0o700).create(&new).map_err(EmbeddedError::at(&new))?;
    identity.own(&new)?;
    initdb(&new, layout, binaries, identity)?;
    create_database(&new, binaries, identity)?;
    sync(&new, binaries, identity)?;
    let data = layout.data();
    fs::rename(&new, &data).map_err(EmbeddedError::at(&data))?;
    // Without this a power cut could undo the move after the server has acknowledged data.
    File::open(layout.root()).and_then(|root| root.sync_all()).map_err(EmbeddedError::at(layout.root()))
}

fn remove_leftovers(root: &Path) -> Result<(), EmbeddedError> {
    for entry in fs::read_dir(root).map_err(EmbeddedError::at(root))?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            tracing::info!(path = %entry.path().display(), "removing an unfinished data directory");
            fs::remove_dir_all(entry.path()).map_err(EmbeddedError::at(entry.path()))?;
        }
    }
    Ok(())
}

fn initdb(new: &Path, layout: &Layout, binaries: &Binaries, identity: &Identity) -> Result<(), EmbeddedError> {
    let password = layout.superuser_password_file();
    layout::secret(&password)?;
    identity.own(&password)?;
    // A locale of the system's can change under the data when the system is updated; the built-in one cannot.
    let locale: &[&str] = match binaries.major {
        ..17 => &["--locale=C.UTF-8"],
        17.. => &["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
    };
    // An orphaned initdb would race the next one, so it dies at once with us.
    let output = process::command(&binaries.dir.join("initdb"), identity, Signal::SIGKILL)
        .args(["--encoding=UTF8", "--wal-segsize=4", "--data-checksums", "--no-sync", "--username", SUPERUSER])
        .args(["--auth-local=trust", "--auth-host=scram-sha-256"])
        .args(locale)
        .args(["--pwfile".as_ref(), password.as_os_str(), "--pgdata".as_ref(), new.as_os_str()])
        .output();
    let output = output.map_err(EmbeddedError::at(binaries.dir.join("initdb")))?;
    if output.status.success() { Ok(()) } else { Err(failed("initdb", &output)) }
}

/// Creates our database with a single-user server, before the directory counts as complete.
fn create_database(new: &Path, binaries: &Binaries, identity: &Identity) -> Result<(), EmbeddedError> {
    let program = binaries.dir.join("postgres");
    let mut child = process::command(&program, identity, Signal::SIGKILL)
        .args(["--single".as_ref(), "-F".as_ref(), "-D".as_ref(), new.as_os_str(), "postgres".as_ref()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(EmbeddedError::at(&program))?;
    if let Some(mut stdin) = child.stdin.take() {
        writeln!(stdin, "CREATE DATABASE {DATABASE}").map_err(EmbeddedError::at(&program))?;
    }
    let output = child.wait_with_output().map_err(EmbeddedError::at(&program))?;
    // A single-user server goes on after an error and ends well.
    let refused = String::from_utf8_lossy(&output.stderr).contains("ERROR:");
    if output.status.success() && !refused { Ok(()) } else { Err(failed("postgres --single", &output)) }
}

/// Puts on the disk what the steps before have only written. One call for the whole file system takes a tenth of a second
/// where a thousand files one by one take several.
#[cfg(target_os = "linux")]
fn sync(new: &Path, _binaries: &Binaries, _identity: &Identity) -> Result<(), EmbeddedError> {
    let dir = File::open(new).map_err(EmbeddedError::at(new))?;
    nix::unistd::syncfs(dir).map_err(|error| EmbeddedError::at(new)(error.into()))
}

#[cfg(not(target_os = "linux"))]
fn sync(new: &Path, binaries: &Binaries, identity: &Identity) -> Result<(), EmbeddedError> {
    let program = binaries.dir.join("initdb");
    let mut command = process::command(&program, identity, Signal::SIGKILL);
    let output = command.args(["--sync-only".as_ref(), "--pgdata".as_ref(), new.as_os_str()]).output();
    let output = output.map_err(EmbeddedError::at(&program))?;
    if output.status.success() { Ok(()) } else { Err(failed("initdb --sync-only", &output)) }
}

fn failed(tool: &'static str, output: &Output) -> EmbeddedError {
    EmbeddedError::Tool { tool, output: process::one_line(&output.stderr) }
}
