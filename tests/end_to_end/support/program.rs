//! A child process with its words caught. It does not outlive the test.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use super::wait::{eventually, so};

pub(crate) struct Program {
    child: Child,
    words: Arc<Mutex<String>>,
    listeners: Vec<JoinHandle<()>>,
}

impl Program {
    /// Starts the command in a process group of its own, as a shell would.
    pub(crate) fn start(command: &mut Command) -> Self {
        let name = command.get_program().to_owned();
        let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = piped.spawn().unwrap_or_else(|error| panic!("{name:?} cannot be started: {error}"));
        let words = Arc::new(Mutex::new(String::new()));
        let out: Box<dyn Read + Send> = Box::new(child.stdout.take().expect("standard output"));
        let err: Box<dyn Read + Send> = Box::new(child.stderr.take().expect("standard error"));
        let listeners = [out, err].map(|stream| listen(stream, Arc::clone(&words)));
        Self { child, words, listeners: listeners.into() }
    }

    /// Everything that was said so far, on standard output and standard error.
    pub(crate) fn words(&self) -> String {
        self.words.lock().expect("words").clone()
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).expect("a process id"))
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).expect("a signal");
    }

    /// As a terminal does on Ctrl-C: to the process and all that it started in its group.
    pub(crate) fn signal_group(&self, signal: Signal) {
        killpg(self.pid(), signal).expect("a signal");
    }

    pub(crate) fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a status")
    }

    /// Waits for the end and the last words.
    pub(crate) async fn end(&mut self) -> ExitStatus {
        let status = eventually(async || self.has_ended().ok_or("still running")).await;
        eventually(async || so(self.listeners.iter().all(JoinHandle::is_finished), "still talking")).await;
        status
    }
}

fn listen(stream: Box<dyn Read + Send>, words: Arc<Mutex<String>>) -> JoinHandle<()> {
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let mut words = words.lock().expect("words");
            words.push_str(&line);
            words.push('\n');
        }
    })
}

impl Drop for Program {
    fn drop(&mut self) {
        if thread::panicking() {
            let words = self.words();
            let lines: Vec<&str> = words.lines().collect();
            eprintln!("--- its last words:\n{}\n---", lines[lines.len().saturating_sub(30)..].join("\n"));
        }
        // It may be gone already.
        let _ = killpg(self.pid(), Signal::SIGKILL);
        let _ = self.child.wait();
    }
}
