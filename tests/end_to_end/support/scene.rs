//! Vendors, a configuration and a database: what a daemon is started with.

use std::process::{Command, Output, Stdio};

use chrono::{DateTime, Utc};
use llmtally::domain::clock::Clock;
use llmtally::domain::period::Day;
use llmtally::sandbox::{Options, Sandbox};
use reqwest::Client;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgPool};

use super::daemon::Daemon;
use super::place::Place;
use super::wait::PATIENCE;

pub(crate) struct Scene {
    pub(crate) sandbox: Sandbox,
    pub(crate) place: Place,
    pub(crate) days: u32,
    clock: Clock,
    config: String,
    variables: Vec<(String, String)>,
}

/// The feeds of the OpenAI account and of the Anthropic account.
pub(crate) const OPENAI: &str = "[accounts.openai.shop]";
pub(crate) const ANTHROPIC: &str = "[accounts.anthropic.lab]";

impl Scene {
    /// One account at each vendor, and `days` days of history.
    pub(crate) async fn new(days: u32) -> Self {
        let mut scene = Self::empty(days).await;
        scene.add_openai();
        scene.add_anthropic();
        scene
    }

    pub(crate) async fn empty(days: u32) -> Self {
        Self::at(Clock::system(), days).await
    }

    /// No account yet, and vendors with a clock of their own.
    pub(crate) async fn at(clock: Clock, days: u32) -> Self {
        let sandbox = Sandbox::start(Options::new(clock.clone())).await.expect("a sandbox");
        let config = format!(
            "[http]\nlisten = '127.0.0.1:0'\n[storage]\nmax_connections = 5\n[sync]\nschedule = 'every 1h'\n\
             backfill_days = {days}\n[prices]\nrefresh = 'off'\n[log]\nformat = 'json'\n"
        );
        Self { sandbox, place: Place::new(), days, clock, config, variables: Vec::new() }
    }

    pub(crate) fn add_openai(&mut self) {
        let (key, address) = (self.sandbox.openai_key(), self.sandbox.address());
        self.add(&format!("{OPENAI}\napi_key = '{key}'\nbase_url = 'http://{address}'"));
    }

    pub(crate) fn add_anthropic(&mut self) {
        let (key, address) = (self.sandbox.anthropic_key(), self.sandbox.address());
        self.add(&format!("{ANTHROPIC}\napi_key = '{key}'\nbase_url = 'http://{address}'"));
    }

    /// More configuration.
    pub(crate) fn add(&mut self, text: &str) {
        self.config.push_str(text);
        self.config.push('\n');
    }

    /// One more variable of the environment.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Keeps its facts in the test's own database.
    pub(crate) fn in_database_of(mut self, pool: &PgPool) -> Self {
        self.set("DATABASE_URL", &url(&pool.connect_options()));
        self
    }

    /// Keeps its facts in a private database.
    pub(crate) fn in_private(mut self) -> Self {
        let folder = self.place.path("data").display().to_string();
        self.set("LLMTALLY__STORAGE__DATA_DIR", &folder);
        self
    }

    /// The binary with the configuration, and nothing else of our environment than where programs are.
    #[expect(clippy::disallowed_methods, reason = "the child needs the path of programs")]
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let config = self.place.write("llmtally.toml", &self.config);
        let mut command = Command::new(env!("CARGO_BIN_EXE_llmtally"));
        command.arg("--config").arg(config).args(arguments).current_dir(self.place.root());
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", self.place.root());
        command.env("TMPDIR", self.place.root()).envs(self.variables.iter().cloned());
        command
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = tokio::process::Command::from(self.command(arguments));
        let output = tokio::time::timeout(PATIENCE, command.stdin(Stdio::null()).kill_on_drop(true).output()).await;
        output.unwrap_or_else(|_| panic!("{arguments:?} does not end")).expect("a program")
    }

    /// What the command says on standard output. Panics where it fails.
    pub(crate) async fn told(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    pub(crate) async fn serve(&self) -> Daemon {
        Daemon::start(&mut self.command(&[])).await
    }

    /// The same, for a client that knows the daemon's certificate.
    pub(crate) async fn serve_to(&self, client: Client) -> Daemon {
        Daemon::start_for(client, &mut self.command(&[])).await
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(crate) fn today(&self) -> Day {
        self.clock.today()
    }
}

pub(crate) fn url(options: &PgConnectOptions) -> String {
    options.to_url_lossy().to_string()
}
