//! How long the first reading of a tree of transcripts takes, and the next after one more line: against a raw COPY of the
//! calls, and against `ccusage` on the same tree where it is there (`cargo bench --bench transcripts -- <its path>`).

mod cpu;
#[expect(dead_code, reason = "a job takes its own lease")]
mod database;
mod table;

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta};
use database::{Result, Scratch, timed};
use llmtally::domain::clock::Clock;
use llmtally::domain::names::{AccountId, AccountName, Billing, Provider};
use llmtally::providers::call_logs::LogConfig;
use llmtally::providers::claude_code::feeds;
use llmtally::shutdown::Shutdown;
use llmtally::store::facts::Falls;
use llmtally::sync::leases::{Leases, Role};
use llmtally::sync::plan::Reach;
use llmtally::sync::run::{Job, Wanted, Watch};
use rust_decimal::Decimal;
use table::{head, line};
use tokio_util::sync::CancellationToken;

const FILES: u64 = 2_600;
const CALLS: u64 = 100;
/// What people and tools said: most of a transcript.
const TALK: usize = 1_200;

#[tokio::main]
async fn main() -> Result<()> {
    let ccusage = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    Scratch::lend(async |scratch| measure(scratch, ccusage.as_deref().unwrap_or("ccusage")).await).await
}

async fn measure(scratch: &Scratch, ccusage: &str) -> Result<()> {
    let home = tempfile::tempdir()?;
    let (bytes, truth) = generate(home.path())?;
    println!("\n{} MiB of transcripts in {FILES} files", bytes >> 20);
    let account = scratch.account().await?;
    let job = job(scratch, account, home.path())?;
    let (leases, keeper) = Leases::new(scratch.store.clone());
    tokio::spawn(keeper.keep(Role::Command, CancellationToken::new(), drop));
    let lease = leases.take(job.id, job.name()).await;
    let pass = async || timed(async { Ok(job.run(&lease, Wanted::Due, &Unwatched).await?) }).await;

    let before = Spent::so_far(scratch).await?;
    let (first, _) = pass().await?;
    let Spent { ours, database, log } = Spent::so_far(scratch).await?;
    let (ours, database, log) = (ours - before.ours, database - before.database, log - before.log);
    let memory = peak("self");
    let output: i64 = sqlx::query_scalar("SELECT coalesce(sum(output), 0)::bigint FROM calls")
        .fetch_one(scratch.store.pool())
        .await?;
    println!("llmtally: {memory} MiB at most; {}", verdict(output, truth));
    println!(
        "first reading: {ours:.2} s of a core, and {database:.2} s in the database, which logged {} MiB",
        log >> 20
    );
    let mut file = File::options().append(true).open(transcript(home.path(), 0))?;
    writeln!(file, "{}", call(FILES, 0, 1))?;
    let (next, _) = pass().await?;
    let (nothing, _) = pass().await?;
    let raw = scratch.raw_copy("calls").await?;
    let calls = usize::try_from(FILES * CALLS)?;
    head("raw COPY of the calls");
    line("reading and storing transcripts", calls, first, raw);
    line("the same after one more line", calls, next, raw);
    line("the same with nothing new", calls, nothing, raw);

    match report(ccusage, home.path()) {
        Ok(Reported { took, cpu, peak, output }) => {
            println!("ccusage: {took:?}, {cpu:.2} s of a core, {peak} MiB at most; {}", verdict(output, truth + 1));
            let over = |ours: Duration| ours.as_secs_f64() / took.as_secs_f64();
            println!("first reading over ccusage: {:.2}; next pass over ccusage: {:.2}", over(first), over(next));
        }
        Err(error) => println!("no comparison with `{ccusage}`: {error}"),
    }
    Ok(())
}

/// Reads the tree as the daemon does.
fn job(scratch: &Scratch, account: AccountId, home: &Path) -> Result<Job> {
    let config = LogConfig { paths: vec![home.to_owned()], ..LogConfig::default() };
    Ok(Job {
        account: AccountName { provider: Provider::ClaudeCode, account: "default".to_owned() },
        id: account,
        standing: Arc::default(),
        feed: feeds(&config, Billing::Subscription).into_iter().next().ok_or("this is no log")?,
        store: scratch.store.clone(),
        clock: Clock::system(),
        reach: Reach { backfill_days: 30, recheck_days: 7, recheck_every: TimeDelta::days(7) },
        falls: Falls { keep_ratio: Decimal::ZERO, min_amount: Decimal::ZERO, confirm_after: TimeDelta::zero() },
        shutdown: Shutdown::new(),
    })
}

struct Unwatched;

impl Watch for Unwatched {
    fn window(&self, _: usize, _: usize, _: bool) {}
    fn ended(&self) {}
}

/// Writes the tree; returns its bytes and the output tokens that it truly holds.
fn generate(home: &Path) -> Result<(u64, i64)> {
    let (mut bytes, mut truth) = (0, 0);
    let talk = "what people say ".repeat(TALK / 16);
    for file in 0..FILES {
        let path = transcript(home, file);
        fs::create_dir_all(path.parent().ok_or("no folder")?)?;
        let mut out = BufWriter::new(File::create(&path)?);
        for number in 0..CALLS {
            let output = 100 + (file * 7 + number * 13) % 900;
            truth += i64::try_from(output)?;
            let said = format!(r#"{{"type":"user","message":{{"role":"user","content":"{talk}"}}}}"#);
            writeln!(out, "{said}\n{}\n{said}\n{}", call(file, number, 1), call(file, number, output))?;
            // A resumed session repeats what the one before held.
            if file > 0 && number % 10 == 0 {
                writeln!(out, "{}", call(file - 1, number, 1))?;
            }
        }
        out.flush()?;
        bytes += fs::metadata(&path)?.len();
    }
    Ok((bytes, truth))
}

fn transcript(home: &Path, file: u64) -> PathBuf {
    home.join(format!("projects/-home-dev-shop-{}/session-{file:04}.jsonl", file % 20))
}

fn call(file: u64, number: u64, output: u64) -> String {
    let minutes = TimeDelta::minutes(i64::try_from(file * CALLS + number).unwrap_or_default());
    let at = (DateTime::UNIX_EPOCH + TimeDelta::days(20_600) + minutes).to_rfc3339();
    let answer = "what the model answers ".repeat(15);
    format!(
        r#"{{"type":"assistant","timestamp":"{at}","sessionId":"session-{file:04}","version":"2.1.300","cwd":"/home/dev/shop","requestId":"req_{file}_{number}","message":{{"id":"msg_{file}_{number}","type":"message","role":"assistant","model":"claude-opus-4-5","content":[{{"type":"text","text":"{answer}"}}],"usage":{{"input_tokens":4,"cache_creation_input_tokens":468,"cache_read_input_tokens":27450,"output_tokens":{output}}}}}}}"#
    )
}

/// What has been spent so far: seconds of a core by this process and by the whole server, and bytes of the database's log.
struct Spent {
    ours: f64,
    database: f64,
    log: i64,
}

impl Spent {
    async fn so_far(scratch: &Scratch) -> Result<Self> {
        let pool = scratch.store.pool();
        let log = "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint";
        let servers: Vec<i32> = sqlx::query_scalar("SELECT pid FROM pg_stat_activity").fetch_all(pool).await?;
        Ok(Self {
            ours: cpu::seconds("self"),
            database: servers.iter().map(|server| cpu::seconds(&server.to_string())).sum(),
            log: sqlx::query_scalar(log).fetch_one(pool).await?,
        })
    }
}

/// What another's report of the same tree took: time, seconds of a core and MiB of memory; and its output tokens.
struct Reported {
    took: Duration,
    cpu: f64,
    peak: u64,
    output: i64,
}

fn report(ccusage: &str, home: &Path) -> Result<Reported> {
    let began = Instant::now();
    let mut child = Command::new(ccusage)
        .args(["daily", "--json", "--offline"])
        .env("CLAUDE_CONFIG_DIR", home)
        .stdout(File::create(home.join("report.json"))?)
        .stderr(Stdio::null())
        .spawn()?;
    let (id, mut most, mut cpu) = (child.id().to_string(), 0, 0.0_f64);
    while child.try_wait()?.is_none() {
        most = most.max(peak(&id));
        cpu = cpu.max(cpu::seconds(&id));
        std::thread::sleep(Duration::from_millis(5));
    }
    let took = began.elapsed();
    let report: serde_json::Value = serde_json::from_str(&fs::read_to_string(home.join("report.json"))?)?;
    let output = report.pointer("/totals/outputTokens").and_then(serde_json::Value::as_i64);
    Ok(Reported { took, cpu, peak: most, output: output.ok_or("the report has no totals")? })
}

/// The most memory that a process has had, in MiB; of another than this one as long as it runs.
fn peak(process: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or_default() / 1024
}

fn verdict(found: i64, truth: i64) -> String {
    if found == truth {
        format!("{found} output tokens, which is right")
    } else {
        format!("{found} output tokens, but {truth} are right")
    }
}
