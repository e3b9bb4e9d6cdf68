//! How long a scrape takes, against a static file of the same bytes from the same server in the same run.
//!
//! `cargo bench --bench scrape`

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::routing::get;
use chrono::DateTime;
use llmtally::api::{ApiState, Door, Keys, Limits, Readiness, router, serve};
use llmtally::domain::clock::Clock;
use llmtally::domain::money::Currency;
use llmtally::metrics::family::{Family, Point};
use llmtally::metrics::{Format, Publisher, Summary, catalogue, registry};
use llmtally::store::Store;
use llmtally::sync::handle::Handle;
use llmtally::sync::leases::Leases;
use rust_decimal::Decimal;
use tokio_util::sync::CancellationToken;

const SERIES: [usize; 2] = [10_000, 100_000];
const ROUNDS: usize = 60;
const FAMILIES: [&catalogue::Spec; 5] = [
    &catalogue::SPEND_TODAY,
    &catalogue::SPEND_YESTERDAY,
    &catalogue::SPEND_7D,
    &catalogue::SPEND_30D,
    &catalogue::SPEND_MONTH_TO_DATE,
];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    println!("median of {ROUNDS} scrapes over one connection; the file is read and sent by the same server\n");
    println!("| series | encoding | bytes | scrape ms | file ms | ratio |");
    println!("|---:|---|---:|---:|---:|---:|");
    for series in SERIES {
        run(&runtime, series)?;
    }
    Ok(())
}

fn run(runtime: &tokio::runtime::Runtime, series: usize) -> Result<()> {
    let publisher = Arc::new(Publisher::new(registry(), series)?);
    publisher.set_leader(true)?;
    let summary = summary(series);
    let start = Instant::now();
    publisher.publish(&summary)?;
    let published = start.elapsed();
    let start = Instant::now();
    let page = publisher.page();
    let gzip = page.gzip(Format::Classic);
    let compressed = start.elapsed();

    let folder = tempfile::tempdir()?;
    let files = [("identity", folder.path().join("plain")), ("gzip", folder.path().join("gzip"))];
    std::fs::write(&files[0].1, page.plain(Format::Classic))?;
    std::fs::write(&files[1].1, gzip)?;
    let stop = CancellationToken::new();
    let address = runtime.block_on(start_server(publisher, &files, stop.clone()))?;
    let mut client = Client::connect(address)?;
    for (encoding, file) in &files {
        let (mut scrapes, mut reads) = (Vec::new(), Vec::new());
        let mut bytes = 0;
        for _ in 0..ROUNDS {
            let (time, size) = client.get("/metrics", encoding)?;
            scrapes.push(time);
            let (time, same_size) = client.get(&static_path(file), encoding)?;
            reads.push(time);
            assert_eq!(size, same_size, "the file and the page differ");
            bytes = size;
        }
        let [scrape, read] = [scrapes, reads].map(median);
        let ratio = scrape.as_secs_f64() / read.as_secs_f64();
        let [scrape, read] = [scrape, read].map(|time| time.as_secs_f64() * 1e3);
        println!("| {series} | {encoding} | {bytes} | {scrape:.2} | {read:.2} | {ratio:.2} |");
    }
    println!(
        "| {series} | made once: {published:.0?} to encode both formats, {compressed:.0?} to compress one | | | | |"
    );
    stop.cancel();
    Ok(())
}

/// The wanted number of series, spread over families as on a real page.
fn summary(series: usize) -> Summary {
    let mut families = FAMILIES.map(Family::new);
    for index in 0..series / FAMILIES.len() {
        let (project, model) = (format!("proj_{:06}", index / 20), format!("gpt-5.{}-mini-2026-08-07", index % 20));
        let labels = ["openai", "default", &project, &model].map(Arc::<str>::from);
        let value = Decimal::new(i64::try_from(index).unwrap_or_default() * 7919 % 10_000_019, 6);
        for family in &mut families {
            family.add(labels.to_vec(), Point { value, weight: value });
        }
    }
    Summary::of(DateTime::UNIX_EPOCH, Currency::USD, families.into())
}

async fn start_server(
    publisher: Arc<Publisher>,
    files: &[(&'static str, PathBuf)],
    stop: CancellationToken,
) -> Result<SocketAddr> {
    // Never connected: a scrape does without the database.
    let store = Store::new(sqlx::PgPool::connect_lazy("postgres://nobody@127.0.0.1:1/none")?);
    let state = ApiState {
        publisher,
        readiness: Readiness::default(),
        sync: Handle::new(Vec::new(), Leases::new(store.clone()).0),
        store,
        clock: Clock::system(),
        keys: Keys::default(),
        tls: false,
        timeout: Duration::from_secs(30),
    };
    let mut app = router(state);
    for (encoding, file) in files.iter().cloned() {
        let path = static_path(&file);
        let handler = async move || {
            let body = tokio::fs::read(&file).await.unwrap_or_default();
            ([(CONTENT_TYPE, Format::Classic.content_type()), (CONTENT_ENCODING, encoding)], body)
        };
        app = app.merge(Router::new().route(&path, get(handler)));
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(serve(Door { listener, tls: None, limits: Limits::default() }, app, stop));
    Ok(address)
}

fn static_path(file: &Path) -> String {
    format!("/static/{}", file.file_name().unwrap_or_default().display())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// One connection that stays open, as a scraper's does.
struct Client {
    stream: BufReader<TcpStream>,
    body: Vec<u8>,
}

impl Client {
    fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::with_capacity(1 << 20, stream), body: Vec::new() })
    }

    fn get(&mut self, path: &str, encoding: &str) -> Result<(Duration, usize)> {
        let start = Instant::now();
        let request = format!("GET {path} HTTP/1.1\r\nhost: bench\r\naccept-encoding: {encoding}\r\n\r\n");
        self.stream.get_mut().write_all(request.as_bytes())?;
        let mut length = 0;
        let mut line = String::new();
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse()?;
            }
        }
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body)?;
        Ok((start.elapsed(), length))
    }
}
