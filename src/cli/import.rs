//! What can be imported.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use rust_decimal::Decimal;

use super::{Json, values};
use crate::domain::money::{Currency, parse_decimal};
use crate::domain::names::{AccountName, Provider};
use crate::domain::period::Day;
use crate::import::Field;

#[derive(Debug, Subcommand)]
pub enum Import {
    /// Read the calls that Claude Code's transcripts hold, once
    ClaudeCode(Logs),
    /// Read the calls that Codex CLI's rollouts hold, once
    Codex(Logs),
    /// Read the calls that Gemini CLI's chats hold, once
    GeminiCli(Logs),
    /// Store the charges of a CSV file: a console's export, an invoice, or FOCUS 1.0 to 1.2
    Csv(Csv),
    /// Write down what is left of prepaid credit
    Balance(Balance),
    /// Take back what was imported for some days
    Forget(Forget),
}

#[derive(Debug, Args)]
pub struct Logs {
    /// The folder that they are in, or below
    pub path: PathBuf,
    /// The account that the calls go to; configured or new
    #[arg(long, default_value = "default")]
    pub account: String,
    #[command(flatten)]
    pub json: Json,
}

/// Whose charges they are.
#[derive(Debug, Args)]
pub struct Target {
    /// The provider that charges
    #[arg(long, value_parser = values::provider())]
    pub provider: Provider,
    /// The account that the charges go to; configured or new
    #[arg(long, default_value = "default", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub account: String,
}

impl Target {
    #[must_use]
    pub fn name(&self) -> AccountName {
        AccountName { provider: self.provider, account: self.account.clone() }
    }
}

#[derive(Debug, Args)]
pub struct Csv {
    /// The file, plain or gzipped; - is standard input
    pub file: PathBuf,
    #[command(flatten)]
    pub target: Target,
    /// A name for files of which several add up on the same days, such as invoices beside usage
    #[arg(long, value_parser = name)]
    pub source: Option<String>,
    /// Which column a field is taken from, as in date=Date,amount=Cost; once more for a second choice where that is blank
    #[arg(long, value_name = "FIELD=COLUMN", value_delimiter = ',', value_parser = field)]
    pub map: Vec<(Field, String)>,
    /// The value of a field on every line, as in currency=EUR
    #[arg(long, value_name = "FIELD=VALUE", value_delimiter = ',', value_parser = field)]
    pub fixed: Vec<(Field, String)>,
    /// Only lines with this value; once more for another value or column
    #[arg(long, value_name = "COLUMN=VALUE", value_parser = pair)]
    pub only: Vec<(String, String)>,
    /// A TOML file with the tables columns, fixed and only
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
    /// Say what would happen, and store nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Store what is good although some lines are bad
    #[arg(long)]
    pub skip_bad: bool,
    #[command(flatten)]
    pub json: Json,
}

#[derive(Debug, Args)]
pub struct Balance {
    /// What is left, as in 42.50
    #[arg(allow_negative_numbers = true, value_parser = parse_decimal)]
    pub amount: Decimal,
    /// Three letters such as USD
    pub currency: Currency,
    #[command(flatten)]
    pub target: Target,
    /// When it was read, as in 2026-11-30T12:00:00Z; now, if you do not say
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    pub at: Option<DateTime<Utc>>,
}

#[derive(Debug, Args)]
pub struct Forget {
    #[command(flatten)]
    pub target: Target,
    /// The name that the files were given with --source
    #[arg(long, value_parser = name)]
    pub source: Option<String>,
    /// The first day (UTC), as in 2026-01-31
    #[arg(long, value_parser = values::day)]
    pub from: Day,
    /// The last day (UTC)
    #[arg(long, value_parser = values::day)]
    pub to: Day,
}

fn name(text: &str) -> Result<String, String> {
    let good =
        !text.is_empty() && text.len() <= 60 && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if good { Ok(text.to_owned()) } else { Err("write up to 60 letters, digits, - and _".to_owned()) }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("there is no = in it")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn field(text: &str) -> Result<(Field, String), String> {
    let (name, value) = pair(text)?;
    let field = name.parse().map_err(|error| format!("{error}; the fields are: {}", Field::listed()))?;
    Ok((field, value))
}
