//! How long the first reading of a tree of transcripts takes, and the next after one more line, against `ccusage` on the
//! same tree in the same run: `cargo bench --bench transcripts -- <url of an empty database> [path of ccusage]`.

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta};
use llmtally::domain::call_log::LogBatch;
use llmtally::domain::names::{AccountName, Billing, Provider};
use llmtally::providers::call_logs::LogConfig;
use llmtally::providers::claude_code::feeds;
use llmtally::providers::feed::{CallLog, FeedKind};
use llmtally::store::Store;
use sqlx::PgPool;

const FILES: u64 = 650;
const CALLS: u64 = 100;
/// What people and tools said: most of a transcript.
const TALK: usize = 1_200;

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let Some(url) = arguments.next() else {
        println!("needs the URL of an empty database: cargo bench --bench transcripts -- postgres://…");
        return Ok(());
    };
    let ccusage = arguments.next().unwrap_or_else(|| "ccusage".to_owned());
    let home = tempfile::tempdir()?;
    let (bytes, truth) = generate(home.path())?;
    println!("{} MiB in {FILES} files, {} calls", bytes >> 20, FILES * CALLS);

    let pool = PgPool::connect(&url).await?;
    sqlx::migrate!().run(&pool).await?;
    let reader = Reader::new(Store::new(pool.clone()), home.path()).await?;
    let first = reader.pass().await?;
    let output: i64 = sqlx::query_scalar("SELECT coalesce(sum((meters ->> 'output')::bigint), 0)::bigint FROM calls")
        .fetch_one(&pool)
        .await?;
    println!(
        "llmtally, first reading into the database: {first:?}, {} MiB at most; {}",
        peak("self"),
        verdict(output, truth)
    );

    let mut file = File::options().append(true).open(transcript(home.path(), 0))?;
    writeln!(file, "{}", call(FILES, 0, 1))?;
    let next = reader.pass().await?;
    println!("llmtally, the next pass after one more line: {next:?}");
    println!("llmtally, a pass with nothing new: {:?}", reader.pass().await?);

    match report(&ccusage, home.path()) {
        Ok((took, peak, output)) => {
            println!("ccusage: {took:?}, {peak} MiB at most; {}", verdict(output, truth + 1));
            let over = |ours: Duration| ours.as_secs_f64() / took.as_secs_f64();
            println!("first reading over ccusage: {:.2}; next pass over ccusage: {:.2}", over(first), over(next));
        }
        Err(error) => println!("no comparison: `{ccusage}`: {error}"),
    }
    Ok(())
}

struct Reader {
    store: Store,
    account: llmtally::domain::names::AccountId,
    log: Box<dyn CallLog>,
}

impl Reader {
    async fn new(store: Store, home: &Path) -> Outcome<Self> {
        let name = AccountName { provider: Provider::ClaudeCode, account: "default".to_owned() };
        let account = store.register_accounts(&[name]).await?[0];
        let config = LogConfig { paths: vec![home.to_owned()], ..LogConfig::default() };
        match feeds(&config, Billing::Subscription).remove(0).kind {
            FeedKind::Calls(_, log) => Ok(Self { store, account, log }),
            _ => Err("this is no log".into()),
        }
    }

    async fn pass(&self) -> Outcome<Duration> {
        let began = Instant::now();
        let mut batches = self.log.read(self.store.log_positions(self.account).await?);
        while let Some(batch) = batches.recv().await {
            let batch: LogBatch = batch?;
            self.store.add_log(self.account, Billing::Subscription, &batch).await?;
        }
        Ok(began.elapsed())
    }
}

/// Writes the tree; returns its bytes and the output tokens that it truly holds.
fn generate(home: &Path) -> Outcome<(u64, i64)> {
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

/// Time, peak memory in MiB and output tokens of a report.
fn report(ccusage: &str, home: &Path) -> Outcome<(Duration, u64, i64)> {
    let began = Instant::now();
    let mut child = Command::new(ccusage)
        .args(["daily", "--json", "--offline"])
        .env("CLAUDE_CONFIG_DIR", home)
        .stdout(File::create(home.join("report.json"))?)
        .stderr(Stdio::null())
        .spawn()?;
    let mut most = 0;
    while child.try_wait()?.is_none() {
        most = most.max(peak(&child.id().to_string()));
        std::thread::sleep(Duration::from_millis(5));
    }
    let took = began.elapsed();
    let report: serde_json::Value = serde_json::from_str(&fs::read_to_string(home.join("report.json"))?)?;
    let output = report.pointer("/totals/outputTokens").and_then(serde_json::Value::as_i64);
    Ok((took, most, output.ok_or("the report has no totals")?))
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
