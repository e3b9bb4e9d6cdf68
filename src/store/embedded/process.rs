//! Children that do not outlive us, and signals.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;

use super::identity::Identity;

/// A server's program that gets `last_wish` when the thread that started it ends, however that ends.
///
/// It inherits nothing of our environment: keys of vendors are no business of the database.
pub(super) fn command(program: &Path, identity: &Identity, last_wish: Signal) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("LC_ALL", "C").env("TZ", "UTC").current_dir("/").stdin(Stdio::null());
    if let Some((uid, gid)) = identity.switch() {
        command.uid(uid).gid(gid);
    }
    die_with_parent(&mut command, last_wish);
    command
}

#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "a parent-death signal can only be asked for between fork and exec")]
fn die_with_parent(command: &mut Command, last_wish: Signal) {
    let parent = Pid::this();
    let ask = move || {
        nix::sys::prctl::set_pdeathsig(last_wish)?;
        // We may have died before the call above; then nobody would ever tell the child.
        if Pid::parent() == parent { Ok(()) } else { Err(std::io::ErrorKind::BrokenPipe.into()) }
    };
    // SAFETY: the closure makes two system calls and neither allocates nor takes a lock.
    unsafe { command.pre_exec(ask) };
}

#[cfg(not(target_os = "linux"))]
fn die_with_parent(_command: &mut Command, _last_wish: Signal) {}

/// Sends `signal`; a process that is gone already is what the sender wanted.
pub(super) fn send(pid: i32, signal: Signal) {
    if let Err(error) = signal::kill(Pid::from_raw(pid), signal) {
        tracing::debug!(pid, %signal, %error, "no signal sent");
    }
}

/// What a tool said, in one line.
pub(super) fn one_line(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("; ")
}

/// Joins a setting's name and value for `postgres -c`.
pub(super) fn setting(name: &str, value: impl AsRef<OsStr>) -> OsString {
    let mut setting = OsString::from(name);
    setting.push("=");
    setting.push(value);
    setting
}
