//! The private server with a real PostgreSQL: everything that a kill, a crash or a mistake leaves behind.

use std::ffi::OsString;
use std::fs;
use std::future::Future;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use llmtally::store::Store;
use llmtally::store::connect::{ConnectOptions, Patience};
use llmtally::store::embedded::{Embedded, EmbeddedError, EmbeddedOptions, effective_uid};
use llmtally::store::roles;
use secrecy::ExposeSecret;
use sqlx::{Connection, Executor, PgConnection};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// A data directory that the server's user can reach, whatever our umask.
struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Self {
        let dir = TempDir::new().expect("a temporary directory");
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o711)).expect("permissions");
        Self { dir }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn start(&self) -> Result<Embedded, EmbeddedError> {
        Embedded::start(&self.path(), &EmbeddedOptions::default())
    }
}

/// Only a failing test waits this long.
const PATIENCE: Duration = Duration::from_secs(60);

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = runtime.expect("a runtime").block_on(async { tokio::time::timeout(PATIENCE, work).await });
    done.expect("an answer of the database in time")
}

fn execute(url: &str, sql: &'static str) -> Result<(), sqlx::Error> {
    run(async {
        let mut connection = PgConnection::connect(url).await?;
        connection.execute(sql).await?;
        connection.close().await
    })
}

fn number(url: &str, sql: &'static str) -> i64 {
    run(async {
        let mut connection = PgConnection::connect(url).await.expect("a connection");
        sqlx::query_scalar(sql).fetch_one(&mut connection).await.expect("a number")
    })
}

fn server_pid(data_dir: &Path) -> u32 {
    let text = fs::read_to_string(data_dir.join("pgdata/postmaster.pid")).expect("a running server");
    text.lines().next().and_then(|line| line.parse().ok()).expect("its process id")
}

/// The server's first process and its children.
fn server_processes(pid: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let children = children.split_whitespace().filter_map(|child| child.parse().ok());
    children.chain([pid]).collect()
}

fn kill_9(pids: &[u32]) {
    let status = Command::new("kill").arg("-9").args(pids.iter().map(u32::to_string)).stderr(Stdio::null()).status();
    status.expect("the kill command");
}

/// A daemon in a process of its own, which can be killed.
struct Daemon {
    child: Child,
    url: String,
}

/// Marks a directory in which the test `daemon` may work: it does nothing when somebody runs all ignored tests.
const MARK: &str = "daemon-lives-here";

impl Daemon {
    /// Starts this test program again, running only the test `daemon` in `place`.
    fn spawn(place: &Place, uid: Option<u32>) -> Child {
        fs::write(place.dir.path().join(MARK), "").expect("a mark");
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["daemon", "--exact", "--ignored", "--nocapture"]).current_dir(place.dir.path());
        if let Some(uid) = uid {
            command.uid(uid);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a child")
    }

    fn start(place: &Place, uid: Option<u32>) -> Self {
        let mut child = Self::spawn(place, uid);
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let (say, said) = mpsc::channel();
        // A server that outlives its daemon holds the pipe open: whoever reads it may wait for ever.
        thread::spawn(move || {
            let url = lines.map_while(Result::ok).find_map(|line| Some(line.split_once("URL=")?.1.to_owned()));
            say.send(url)
        });
        match said.recv_timeout(PATIENCE) {
            Ok(Some(url)) => Self { child, url },
            other => {
                child.kill().expect("a signal");
                panic!("the daemon does not start: {other:?}");
            }
        }
    }

    fn kill(mut self) {
        self.child.kill().expect("a signal");
        self.child.wait().expect("an end");
    }
}

#[test]
#[ignore = "not a test: the daemon that other tests start and kill"]
fn daemon() {
    if !Path::new(MARK).exists() {
        return;
    }
    let embedded = Embedded::start(Path::new("data"), &EmbeddedOptions::default()).unwrap();
    println!("URL={}", embedded.url().expose_secret());
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    embedded.stop().unwrap();
}

#[test]
fn a_restart_keeps_data_port_and_passwords() {
    let place = Place::new();
    let first = place.start().unwrap();
    execute(first.url().expose_secret(), "CREATE TABLE t AS SELECT 7::bigint AS n").unwrap();
    let known = (first.port(), first.reader_url().expose_secret().to_owned(), first.psql_hint());
    first.stop().unwrap();
    assert!(!place.path().join("pgdata/postmaster.pid").exists(), "the server still runs");

    let second = place.start().unwrap();
    assert_eq!(number(second.url().expose_secret(), "SELECT n FROM t"), 7);
    assert_eq!((second.port(), second.reader_url().expose_secret().to_owned(), second.psql_hint()), known);
    for setting in ["SHOW fsync", "SHOW data_checksums", "SHOW full_page_writes"] {
        let value: String = run(async {
            let mut connection = PgConnection::connect(second.url().expose_secret()).await.unwrap();
            sqlx::query_scalar(setting).fetch_one(&mut connection).await.unwrap()
        });
        assert_eq!(value, "on", "{setting}");
    }
}

#[test]
fn loopback_asks_for_the_password_that_the_hint_names_only_by_its_file() {
    let place = Place::new();
    let embedded = place.start().unwrap();
    let hint = embedded.psql_hint();
    let file = place.path().join("password").canonicalize().unwrap();
    let password = fs::read_to_string(&file).unwrap();
    assert!(hint.contains(file.to_str().unwrap()) && !hint.contains(&password), "{hint}");
    let url = hint.split('"').nth(1).unwrap();
    execute(url, "SELECT 1").expect_err("let in without a password");
    let with_password = url.replacen("llmtally@", &format!("llmtally:{password}@"), 1);
    execute(&with_password, "SELECT 1").unwrap();
}

#[test]
fn the_whole_store_works_on_it_and_dashboards_only_read() {
    let place = Place::new();
    let embedded = place.start().unwrap();
    run(async {
        let options = ConnectOptions::default();
        let store = Store::open(&embedded.url(), &options).unwrap();
        store.prepare(&embedded.url(), &options, Patience::Endless, &CancellationToken::new()).await.unwrap();
        let reader = store.ensure_reader(roles::LOGIN, embedded.reader_password()).await.unwrap();
        assert_eq!(reader, roles::Reader::Ready);
        let mut grafana = PgConnection::connect(embedded.reader_url().expose_secret()).await.unwrap();
        grafana.execute("SELECT * FROM reporting.spend_daily").await.unwrap();
        grafana.execute("SELECT * FROM spend").await.unwrap_err();
        store.pool().close().await;
    });
    embedded.stop().unwrap();
}

#[test]
fn a_directory_has_one_daemon() {
    let place = Place::new();
    let _first = place.start().unwrap();
    let error = place.start().unwrap_err();
    assert!(matches!(error, EmbeddedError::InUse(_)), "{error}");
}

#[test]
fn the_server_shares_neither_our_terminal_group_nor_our_environment() {
    let place = Place::new();
    let _embedded = place.start().unwrap();
    let pid = server_pid(&place.path());
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let group: u32 = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(2).unwrap().parse().unwrap();
    assert_eq!(group, pid);
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap();
    let environment = String::from_utf8_lossy(&environment).into_owned();
    let inherited: Vec<&str> = environment.split('\0').filter(|entry| entry.starts_with("CARGO")).collect();
    assert!(inherited.is_empty(), "{inherited:?}");
}

#[test]
fn dropping_it_stops_the_server() {
    let place = Place::new();
    let embedded = place.start().unwrap();
    let pid = server_pid(&place.path());
    drop(embedded);
    assert!(!Path::new(&format!("/proc/{pid}")).exists());
}

/// Waits for what must happen sooner or later.
fn eventually(what: &str, mut happened: impl FnMut() -> bool) {
    let start = Instant::now();
    while !happened() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Writes until the connection breaks; returns how many rows the server has acknowledged.
fn write_until_killed(url: String) -> thread::JoinHandle<i64> {
    thread::spawn(move || {
        run(async {
            let mut connection = PgConnection::connect(&url).await.expect("a connection");
            let mut acknowledged = 0;
            while connection.execute("INSERT INTO t DEFAULT VALUES").await.is_ok() {
                acknowledged += 1;
            }
            acknowledged
        })
    })
}

#[test]
fn nothing_acknowledged_is_lost_when_daemon_or_server_is_killed() {
    let place = Place::new();
    let first = Daemon::start(&place, None);
    execute(&first.url, "CREATE TABLE t (n bigint GENERATED ALWAYS AS IDENTITY)").unwrap();
    first.kill();
    let mut acknowledged = 0;
    for round in 0..6 {
        let daemon = Daemon::start(&place, None);
        let writer = write_until_killed(daemon.url.clone());
        let enough = || number(&daemon.url, "SELECT count(*) FROM t") >= acknowledged + 50;
        eventually("nothing is written", enough);
        let server = server_processes(server_pid(&place.path()));
        if round % 2 == 1 {
            kill_9(&server);
        }
        daemon.kill();
        eventually("the writer writes on without a server", || writer.is_finished());
        acknowledged += writer.join().unwrap();
        let next = Daemon::start(&place, None);
        let stored = number(&next.url, "SELECT count(*) FROM t");
        // The last row may have been written without the answer getting through.
        assert!((acknowledged..=acknowledged + 1).contains(&stored), "{acknowledged} acknowledged, {stored} stored");
        acknowledged = stored;
        next.kill();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_daemon_takes_its_server_along() {
    let place = Place::new();
    let daemon = Daemon::start(&place, None);
    let stat = format!("/proc/{}/stat", server_pid(&place.path()));
    daemon.kill();
    // Where nobody reaps it, a zombie remains.
    let lives = || fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z "));
    eventually("the server goes on without its daemon", || !lives());
    assert!(!place.path().join("pgdata/postmaster.pid").exists(), "it has not ended cleanly");
}

#[test]
fn a_daemon_killed_while_it_creates_the_data_leaves_nothing_half() {
    let place = Place::new();
    let unfinished = || {
        let entries = fs::read_dir(place.path()).into_iter().flatten().flatten();
        entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("pgdata.new")).count()
    };
    for _ in 0..3 {
        let mut child = Daemon::spawn(&place, None);
        eventually("no data are created", || unfinished() == 1);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!place.path().join("pgdata").exists());
    }
    let embedded = place.start().unwrap();
    assert_eq!(number(embedded.url().expose_secret(), "SELECT 7::bigint"), 7);
    assert_eq!(unfinished(), 0);
}

#[test]
fn an_orphaned_server_is_stopped_first() {
    let place = Place::new();
    let embedded = place.start().unwrap();
    execute(embedded.url().expose_secret(), "CREATE TABLE t AS SELECT 7::bigint AS n").unwrap();
    let pid = server_pid(&place.path());
    let program = fs::read_link(format!("/proc/{pid}/exe")).unwrap();
    let arguments = String::from_utf8(fs::read(format!("/proc/{pid}/cmdline")).unwrap()).unwrap();
    let owner = fs::metadata(place.path().join("pgdata")).unwrap();
    embedded.stop().unwrap();

    // The same server again, of which no daemon knows.
    let mut command = Command::new(program);
    command.args(arguments.trim_end_matches('\0').split('\0').skip(1)).stderr(Stdio::null());
    if effective_uid() == 0 {
        command.uid(owner.uid()).gid(owner.gid());
    }
    let mut orphan = command.spawn().unwrap();
    let lock_file = place.path().join("pgdata/postmaster.pid");
    eventually("the orphan is never ready", || {
        assert!(orphan.try_wait().unwrap().is_none(), "the orphan did not start");
        fs::read_to_string(&lock_file).unwrap_or_default().contains("ready")
    });
    let embedded = place.start().unwrap();
    eventually("the orphan goes on", || orphan.try_wait().unwrap().is_some());
    assert!(orphan.wait().unwrap().success(), "it was not asked politely");
    assert_eq!(number(embedded.url().expose_secret(), "SELECT n FROM t"), 7);
}

#[test]
fn lock_files_of_zombies_and_of_strangers_do_not_block() {
    let place = Place::new();
    let port = place.start().unwrap().port();
    let owner = fs::metadata(place.path().join("pgdata")).unwrap();
    // PostgreSQL only fears processes of its own user.
    let spawn = |program: &str| {
        let mut command = Command::new(program);
        command.arg("600").stdout(Stdio::null()).stderr(Stdio::null());
        if effective_uid() == 0 {
            command.uid(owner.uid()).gid(owner.gid());
        }
        command.spawn().unwrap()
    };
    let mut zombie = spawn("true");
    let mut stranger = spawn("sleep");
    let stat = format!("/proc/{}/stat", zombie.id());
    eventually("`true` goes on", || fs::read_to_string(&stat).unwrap().contains(") Z "));
    for pid in [zombie.id(), stranger.id()] {
        for file in ["pgdata/postmaster.pid".to_owned(), format!("run/.s.PGSQL.{port}.lock")] {
            let path = place.path().join(file);
            fs::write(&path, format!("{pid}\n{}\n1\n{port}\n", place.path().join("pgdata").display())).unwrap();
            chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
        }
        place.start().unwrap().stop().unwrap();
    }
    assert!(stranger.try_wait().unwrap().is_none(), "a stranger was killed");
    stranger.kill().unwrap();
    stranger.wait().unwrap();
    zombie.wait().unwrap();
}

#[test]
fn an_unfinished_directory_is_not_taken_for_data() {
    let place = Place::new();
    let unfinished = place.path().join("pgdata.new.4711");
    fs::create_dir_all(&unfinished).unwrap();
    fs::write(unfinished.join("PG_VERSION"), "15\n").unwrap();
    let embedded = place.start().unwrap();
    assert!(!unfinished.exists());
    execute(embedded.url().expose_secret(), "SELECT 1").unwrap();
}

#[test]
fn data_of_a_version_that_is_not_here_name_what_to_install() {
    let place = Place::new();
    let data = place.path().join("pgdata");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("PG_VERSION"), "9\n").unwrap();
    let error = place.start().unwrap_err().to_string();
    assert!(error.contains("apt-get install postgresql-9") && error.contains("pgdata"), "{error}");
}

#[test]
fn a_directory_without_binaries_is_named() {
    let place = Place::new();
    let empty = place.dir.path().join("bin");
    fs::create_dir(&empty).unwrap();
    let options = EmbeddedOptions { bin_dir: Some(empty.clone()), path: OsString::new() };
    let error = Embedded::start(&place.path(), &options).unwrap_err().to_string();
    assert!(error.contains(empty.to_str().unwrap()), "{error}");
    assert!(!place.path().join("pgdata").exists());
}

#[test]
fn a_server_that_does_not_start_is_quoted() {
    let place = Place::new();
    place.start().unwrap().stop().unwrap();
    let settings = place.path().join("pgdata/postgresql.conf");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, format!("{text}\nno_such_setting = 1\n")).unwrap();
    let error = place.start().unwrap_err().to_string();
    assert!(error.contains("no_such_setting") && error.contains("postgres.log"), "{error}");
}

#[test]
fn a_server_that_talks_a_lot_fills_no_disk_and_its_last_words_are_there() {
    const MEGABYTE: u64 = 1 << 20;
    let place = Place::new();
    fs::create_dir(place.path()).unwrap();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o711)).unwrap();
    let log = place.path().join("postgres.log");
    let of_last_year = "old news\n".repeat(1_000_000);
    fs::write(&log, &of_last_year).unwrap();
    let embedded = place.start().unwrap();
    let url = embedded.url().expose_secret().to_owned();
    let sizes = || {
        let files = fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap());
        let logs = files.filter(|entry| entry.file_name().to_string_lossy().starts_with("postgres.log"));
        logs.map(|entry| entry.metadata().unwrap().len()).sum::<u64>()
    };
    assert!(sizes() < 5 * MEGABYTE, "what was there at the start is still there: {} bytes", sizes());

    let talk = "DO $$ BEGIN FOR i IN 1..3000 LOOP RAISE LOG '%', repeat('x', 4000); END LOOP; END $$";
    execute(&url, talk).unwrap();
    let start = Instant::now();
    while sizes() > 9 * MEGABYTE {
        assert!(start.elapsed() < PATIENCE, "{} bytes of logs", sizes());
        thread::sleep(Duration::from_millis(100));
    }
    assert!(execute(&url, "SELECT 1 / 0").is_err());
    let words = fs::read_to_string(&log).unwrap();
    assert!(words.contains("division by zero") && !words.contains("old news"), "{} bytes", words.len());
    embedded.stop().unwrap();
}

#[test]
fn root_hands_the_server_to_somebody_who_can_reach_it() {
    if effective_uid() != 0 {
        return;
    }
    let place = Place::new();
    let embedded = place.start().unwrap();
    let server = fs::metadata(format!("/proc/{}", server_pid(&place.path()))).unwrap();
    assert_ne!(server.uid(), 0);
    drop(embedded);

    fs::set_permissions(place.dir.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let error = place.start().unwrap_err();
    assert!(matches!(&error, EmbeddedError::Unreachable { dir, .. } if dir == place.dir.path()), "{error}");
}

#[test]
fn an_ordinary_user_runs_it_as_themselves() {
    if effective_uid() != 0 {
        // Then every other test here says so.
        return;
    }
    let output = Command::new("id").args(["-u", "nobody"]).output().unwrap();
    let nobody: u32 = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
    let place = Place::new();
    chown(place.dir.path(), Some(nobody), None).unwrap();
    let daemon = Daemon::start(&place, Some(nobody));
    assert_eq!(number(&daemon.url, "SELECT 7::bigint"), 7);
    let server = fs::metadata(format!("/proc/{}", server_pid(&place.path()))).unwrap();
    assert_eq!(server.uid(), nobody);
    daemon.kill();
}
