//! However the daemon ends, the next start goes on from what is whole.

use std::fs;
use std::path::{Path, PathBuf};

use llmtally::config::Environment;
use llmtally::sandbox::Vendor;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::PgPool;

use crate::support::bill::half_stored;
use crate::support::daemon::Daemon;
use crate::support::place::Place;
use crate::support::program::Program;
use crate::support::scene::Scene;
use crate::support::wait::{eventually, so};

/// How often the daemon is killed; a patient person may ask for more.
fn rounds() -> u32 {
    let rounds = Environment::of_process().get("LLMTALLY_TEST_KILLS").map(|text| text.parse().expect("a number"));
    rounds.unwrap_or(8)
}

async fn until_synced(daemon: &Daemon, feeds: usize) {
    eventually(async || {
        let synced = daemon.synced_feeds().await;
        so(synced >= feeds, format!("{synced} feeds are synced"))
    })
    .await;
}

#[sqlx::test(migrations = false)]
async fn a_stop_in_the_middle_of_a_back_fill_leaves_whole_days_and_the_next_start_completes(pool: PgPool) {
    let scene = Scene::new(10).await.in_database_of(&pool);
    let mut daemon = scene.serve().await;
    until_synced(&daemon, 2).await;
    let status = daemon.stop().await;
    assert_eq!(status.code(), Some(0), "{}", daemon.program.words());
    assert!(daemon.program.words().contains("stopped between windows"), "everything was synced already");
    assert_eq!(half_stored(&pool).await, 0);

    let mut daemon = scene.serve().await;
    scene.until_ledger_is_bill(&daemon, &Vendor::ALL).await;
    assert!(daemon.stop().await.success());
    scene.assert_complete().await;
    assert_eq!(half_stored(&pool).await, 0);
}

#[tokio::test]
async fn kills_in_the_middle_of_a_back_fill_lose_and_double_nothing() {
    let rounds = rounds();
    // Enough that the last round still finds something to do.
    let scene = Scene::new(10 + 2 * rounds).await.in_private();
    let asked = || scene.sandbox.visits().values().sum::<u32>();
    for round in 0..rounds {
        let daemon = scene.serve().await;
        // At once, or after ever more questions, as long as there is anything to ask.
        let enough = asked() + round % 7 * 3;
        eventually(async || {
            let feeds = daemon.page().await.samples("llmtally_sync_runs_total", &[]).len();
            let done = feeds > 0 && daemon.synced_feeds().await == feeds;
            so(done || asked() >= enough, "nobody is asked any more")
        })
        .await;
        daemon.kill().await;
    }
    let visits = scene.sandbox.visits();
    let again = visits.values().filter(|times| **times > 1).count();
    println!("{rounds} kills: {} questions, {} different, {again} of them asked again", asked(), visits.len());
    let mut daemon = scene.serve().await;
    scene.until_ledger_is_bill(&daemon, &Vendor::ALL).await;
    assert!(daemon.stop().await.success());
    scene.assert_complete().await;
}

#[tokio::test]
async fn ctrl_c_ends_the_demo_with_its_database() {
    let (place, scene) = (Place::new(), Scene::empty(1).await);
    let mut command = scene.command(&["demo", "--listen", "127.0.0.1:0"]);
    command.env("TMPDIR", place.root());
    let mut daemon = Daemon::start(&mut command).await;
    daemon.until_ready().await;
    assert!(!servers(place.root()).is_empty(), "no private database below {}", place.root().display());
    daemon.program.signal_group(Signal::SIGINT);
    let status = daemon.program.end().await;
    assert_eq!(status.code(), Some(0), "{}", daemon.program.words());
    assert_eq!(servers(place.root()), Vec::<PathBuf>::new());
    assert_eq!(fs::read_dir(place.root()).unwrap().count(), 0, "it left files behind");
}

#[tokio::test]
async fn ctrl_c_before_the_demo_is_ready_leaves_nothing_behind() {
    let (place, scene) = (Place::new(), Scene::empty(1).await);
    let mut command = scene.command(&["demo", "--listen", "127.0.0.1:0"]);
    command.env("TMPDIR", place.root());
    let mut program = Program::start(&mut command);
    eventually(async || so(program.words().contains("the made-up company's own bill"), "it has not begun")).await;
    assert!(!program.words().contains("serving on"), "it serves already");
    program.signal_group(Signal::SIGINT);
    let status = program.end().await;
    assert_eq!(status.code(), Some(0), "{}", program.words());
    assert_eq!(servers(place.root()), Vec::<PathBuf>::new());
    assert_eq!(fs::read_dir(place.root()).unwrap().count(), 0, "it left files behind");
}

/// The processes whose command line or working directory names the folder.
fn servers(folder: &Path) -> Vec<PathBuf> {
    let folder = folder.to_str().expect("a path");
    let processes = fs::read_dir("/proc").expect("processes").map_while(Result::ok).map(|entry| entry.path());
    let named = processes.filter(|process| {
        let words = fs::read(process.join("cmdline")).unwrap_or_default();
        let home = fs::read_link(process.join("cwd")).unwrap_or_default();
        let is_postgres = fs::read_to_string(process.join("comm")).is_ok_and(|name| name.trim() == "postgres");
        is_postgres && (String::from_utf8_lossy(&words).contains(folder) || home.starts_with(folder))
    });
    named.collect()
}

#[tokio::test]
async fn a_daemon_ends_with_its_private_database_and_the_next_start_goes_on() {
    let scene = Scene::new(10).await.in_private();
    let mut daemon = scene.serve().await;
    daemon.until_ready().await;
    let server = fs::read_to_string(scene.place.path("data/pgdata/postmaster.pid")).expect("the server's process");
    let server = server.lines().next().and_then(|line| line.parse().ok()).expect("a number");
    kill(Pid::from_raw(server), Signal::SIGKILL).expect("a process");
    let status = daemon.program.end().await;
    let words = daemon.program.words();
    assert_eq!(status.code(), Some(1), "{words}");
    assert!(words.contains("llmtally: the private database has ended, see "), "{words}");

    let mut daemon = scene.serve().await;
    scene.until_ledger_is_bill(&daemon, &Vendor::ALL).await;
    assert!(daemon.stop().await.success());
    scene.assert_complete().await;
}

#[tokio::test]
async fn a_hangup_ends_no_service_and_says_what_to_do() {
    let scene = Scene::new(2).await.in_private();
    let mut daemon = scene.serve().await;
    daemon.until_ready().await;
    for times in 1..=2 {
        daemon.program.signal(Signal::SIGHUP);
        eventually(async || {
            let said = daemon.program.words().matches("restart to apply changes").count();
            so(said == times, format!("it is said {said} times"))
        })
        .await;
    }
    assert!(daemon.get("/-/ready").await.0.is_success());
    assert!(daemon.stop().await.success(), "a stop is still a stop");
}

#[tokio::test]
async fn a_second_ctrl_c_does_not_wait_for_a_vendor() {
    let scene = Scene::new(3).await.in_private();
    let fault = llmtally::sandbox::Fault::Delay(std::time::Duration::from_secs(600));
    for vendor in Vendor::ALL {
        scene.sandbox.faults().next(100, vendor, "", fault);
    }
    let mut program = Program::start(&mut scene.command(&["sync", "--once"]));
    eventually(async || so(scene.sandbox.faults().pending() < 200, "nobody has asked the vendors")).await;
    program.signal_group(Signal::SIGINT);
    eventually(async || so(program.words().contains("stopping once"), "the signal was not heard")).await;
    program.signal_group(Signal::SIGINT);
    let status = program.end().await;
    assert!(status.code().is_some(), "{status}");
}
