//! A real Alertmanager with our configuration: only addresses and waiting times are the test's.

use std::process::Command;

use super::place::{Place, free_port};
use super::program::Program;

pub(crate) struct Alertmanager {
    pub(crate) port: u16,
    _program: Program,
}

impl Alertmanager {
    pub(crate) fn start(place: &Place, webhook: &str) -> Self {
        let config = include_str!("../../../prometheus/alertmanager/alertmanager.yml");
        let lines = config.lines().map(|line| {
            let (indent, rest) = line.split_at(line.len() - line.trim_start().len());
            match rest.split_once(": ") {
                // Releases before 0.26 do not know of an address in a file.
                Some(("- url_file", _)) => format!("{indent}- url: {webhook}"),
                Some((key @ ("group_wait" | "group_interval"), _)) => format!("{indent}{key}: 1s"),
                _ => line.to_owned(),
            }
        });
        let config = lines.collect::<Vec<_>>().join("\n");
        assert!(config.contains(webhook), "our configuration has no webhook any more");
        let file = place.write("alertmanager.yml", &config);
        let port = free_port();
        let mut command = Command::new("prometheus-alertmanager");
        command.arg(format!("--config.file={}", file.display()));
        command.arg(format!("--storage.path={}", place.path("alertmanager").display()));
        command.arg(format!("--web.listen-address=127.0.0.1:{port}")).arg("--cluster.listen-address=");
        Self { port, _program: Program::start(&mut command) }
    }
}
