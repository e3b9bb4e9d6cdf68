//! A real Prometheus with our configuration and our rules: only addresses and intervals are the test's.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use llmtally::providers::http::shared_client;
use serde_json::Value;
use serde_yaml_ng::{Value as Yaml, from_str, to_string};

use super::place::{Place, free_port};
use super::program::Program;
use super::wait::PATIENCE;

const CONFIG: &str = include_str!("../../../prometheus/prometheus.yml");

pub(crate) struct Prometheus {
    port: u16,
    client: reqwest::Client,
    _program: Program,
}

/// What a scrape by TLS and with a token takes.
pub(crate) struct Secure {
    pub(crate) credentials_file: PathBuf,
    pub(crate) ca_file: PathBuf,
}

impl Prometheus {
    pub(crate) fn start(place: &Place, daemon: SocketAddr, alertmanager: u16) -> Self {
        let port = free_port();
        Self::run(place, port, &config(CONFIG, daemon, alertmanager, port))
    }

    /// Scrapes as the comment in our configuration shows.
    pub(crate) fn start_secure(place: &Place, daemon: SocketAddr, alertmanager: u16, secure: Secure) -> Self {
        let port = free_port();
        let mut text = CONFIG.to_owned();
        for key in ["scheme", "authorization", "tls_config"] {
            assert!(text.contains(&format!("    # {key}: ")), "the comment does not show {key}");
            text = text.replace(&format!("    # {key}: "), &format!("    {key}: "));
        }
        let mut config = config(&text, daemon, alertmanager, port);
        let job = &mut config["scrape_configs"][0];
        job["authorization"]["credentials_file"] = secure.credentials_file.display().to_string().into();
        job["tls_config"]["ca_file"] = secure.ca_file.display().to_string().into();
        Self::run(place, port, &config)
    }

    fn run(place: &Place, port: u16, config: &Yaml) -> Self {
        let file = place.write("prometheus.yml", &to_string(config).expect("YAML"));
        let mut command = Command::new("prometheus");
        command.arg(format!("--config.file={}", file.display()));
        command.arg(format!("--storage.tsdb.path={}", place.path("prometheus").display()));
        command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
        Self { port, client: shared_client().expect("a client"), _program: Program::start(&mut command) }
    }

    /// The values of an instant query with the label `by` of each; nothing while Prometheus does not answer.
    pub(crate) async fn query(&self, promql: &str, by: &str) -> Vec<(String, f64)> {
        let result = self.ask("query", &[("query", promql)]).await["result"].take();
        let samples = result.as_array().into_iter().flatten().map(|sample| {
            let value = sample["value"][1].as_str().expect("a value").parse().expect("a number");
            (sample["metric"][by].as_str().unwrap_or_default().to_owned(), value)
        });
        samples.collect()
    }

    /// The data of an answer; null while there is none.
    pub(crate) async fn ask(&self, what: &str, parameters: &[(&str, &str)]) -> Value {
        let url = format!("http://127.0.0.1:{}/api/v1/{what}", self.port);
        let Ok(answer) = self.client.get(url).query(parameters).timeout(PATIENCE).send().await else {
            return Value::Null;
        };
        let mut answer: Value = answer.json().await.unwrap_or_default();
        answer["data"].take()
    }
}

fn config(text: &str, daemon: SocketAddr, alertmanager: u16, own: u16) -> Yaml {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("prometheus");
    let mut config: Yaml = from_str(text).expect("YAML");
    for interval in ["scrape_interval", "evaluation_interval"] {
        config["global"][interval] = "1s".into();
    }
    for file in config["rule_files"].as_sequence_mut().expect("rule files") {
        *file = folder.join(file.as_str().expect("a path")).display().to_string().into();
    }
    let alertmanager = format!("127.0.0.1:{alertmanager}");
    target(&mut config["alerting"]["alertmanagers"][0], &alertmanager);
    for job in config["scrape_configs"].as_sequence_mut().expect("jobs") {
        let address = match job["job_name"].as_str() {
            Some("llmtally") => daemon.to_string(),
            Some("prometheus") => format!("127.0.0.1:{own}"),
            Some("alertmanager") => alertmanager.clone(),
            other => panic!("who is {other:?}?"),
        };
        target(job, &address);
    }
    config
}

fn target(job: &mut Yaml, address: &str) {
    job["static_configs"][0]["targets"][0] = address.into();
}
