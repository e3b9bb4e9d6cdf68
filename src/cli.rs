//! The command line.

pub mod import;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use self::import::Import;
use crate::domain::names::Provider;
use crate::domain::period::Day;
use crate::export::Format;

/// What your teams spend on LLMs, in numbers that agree with the bill.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
pub struct Cli {
    /// A TOML file over the built-in defaults; config/example.toml shows what can be set
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where the private database lives when DATABASE_URL is not set
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sync by schedule and serve /metrics and the API (what happens without a command)
    Serve,
    /// Serve a made-up company: no keys, no network, 90 days of data
    Demo(Demo),
    /// Bring every feed up to date once, then stop
    Sync(Sync),
    /// Fetch days again, whatever is stored
    Backfill(Backfill),
    /// Bring in what no feed fetches: an agent's logs, files of charges, a balance
    #[command(subcommand)]
    Import(Import),
    /// Write the ledger's rows to standard output
    Export(Export),
    /// Name every problem of the configuration, or show what is in effect
    CheckConfig,
    /// Say how the database is doing and how to connect to it
    Doctor(Json),
    /// Write the Grafana, Prometheus and Alertmanager files into a folder
    ExportAssets { dir: PathBuf },
    /// Ask a running daemon whether it is healthy; exit code 0 means yes
    Healthcheck,
}

#[derive(Debug, Args)]
pub struct Demo {
    /// Where to listen, instead of where the environment or the defaults say
    #[arg(long)]
    pub listen: Option<std::net::SocketAddr>,
    /// The loopback port of the made-up vendors, whose own bill stands at /bill; 0 for any that is free
    #[arg(long, default_value_t = 0)]
    pub sandbox_port: u16,
}

#[derive(Debug, Args)]
pub struct Sync {
    /// Stop after one run, which happens anyway: it is the daemon that syncs by schedule
    #[arg(long)]
    pub once: bool,
    /// Only this provider
    #[arg(long)]
    pub provider: Option<Provider>,
    #[command(flatten)]
    pub json: Json,
}

#[derive(Debug, Args)]
pub struct Backfill {
    /// The first day (UTC), as in 2026-01-31
    #[arg(long)]
    pub from: Day,
    /// The last day (UTC)
    #[arg(long)]
    pub to: Day,
    /// Only this provider
    #[arg(long)]
    pub provider: Option<Provider>,
    #[command(flatten)]
    pub json: Json,
}

#[derive(Debug, Args)]
pub struct Export {
    /// csv or json
    #[arg(long, default_value = "csv")]
    pub format: Format,
    /// The first day (UTC), as in 2026-01-31
    #[arg(long)]
    pub from: Day,
    /// The last day (UTC)
    #[arg(long)]
    pub to: Day,
}

#[derive(Debug, Args)]
pub struct Json {
    /// Write JSON, for scripts
    #[arg(long)]
    pub json: bool,
}
