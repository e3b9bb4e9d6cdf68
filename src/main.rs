//! Arguments in, exit code out.

use std::process::ExitCode;

use clap::Parser;
use llmtally::app;
use llmtally::cli::Cli;

fn main() -> ExitCode {
    app::run(Cli::parse())
}
