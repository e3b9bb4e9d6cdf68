//! A database that comes late, or goes and comes back.

use std::time::Duration;

use llmtally::sandbox::{Fault, Vendor};
use reqwest::StatusCode;
use sqlx::PgPool;

use crate::support::door::Door;
use crate::support::scene::{Scene, url};
use crate::support::wait::{eventually, so};

/// A way to the test's database.
async fn door(pool: &PgPool, scene: &mut Scene, open: bool) -> Door {
    let options = pool.connect_options();
    let door = Door::new((options.get_host().to_owned(), options.get_port()), open).await;
    let options = options.as_ref().clone().host("127.0.0.1").port(door.address.port());
    scene.set("DATABASE_URL", &url(&options));
    door
}

#[sqlx::test(migrations = false)]
async fn the_daemon_serves_while_it_waits_for_the_database_and_syncs_when_it_comes(pool: PgPool) {
    let mut scene = Scene::empty(5).await;
    scene.add_anthropic();
    let door = door(&pool, &mut scene, false).await;
    let mut daemon = scene.serve().await;
    eventually(async || so(door.refused() >= 2, "nobody has knocked twice")).await;
    let (status, text) = daemon.get("/-/ready").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(text.contains("waiting for the database"), "{text}");
    assert_eq!(daemon.get("/-/healthy").await.0, StatusCode::OK);
    let page = daemon.page().await;
    assert_eq!(page.samples("llmtally_database_up", &[]), [0.0], "{}", page.0);
    assert!(page.samples("llmtally_spend_month_to_date_usd", &[]).is_empty(), "figures from nowhere");

    door.open();
    daemon.until_ready().await;
    scene.until_ledger_is_bill(&daemon, &[Vendor::Anthropic]).await;
    assert!(daemon.stop().await.success());
}

#[sqlx::test(migrations = false)]
async fn a_daemon_that_waits_for_the_database_can_be_stopped(pool: PgPool) {
    let mut scene = Scene::empty(5).await;
    let door = door(&pool, &mut scene, false).await;
    let mut daemon = scene.serve().await;
    eventually(async || so(door.refused() >= 1, "nobody has knocked")).await;
    assert_eq!(daemon.stop().await.code(), Some(0), "{}", daemon.program.words());
}

#[sqlx::test(migrations = false)]
async fn a_database_that_goes_and_comes_back_costs_no_figure(pool: PgPool) {
    let mut scene = Scene::empty(5).await;
    scene.add_anthropic();
    let door = door(&pool, &mut scene, true).await;
    // Bill and use come in, while who used what is still under way.
    scene.sandbox.faults().next(1, Vendor::Anthropic, "api_key_id", Fault::Delay(Duration::from_secs(8)));
    let mut daemon = scene.serve().await;
    let spend = "llmtally_spend_7d_usd";
    eventually(async || so(daemon.page().await.sum(spend, &[]) > 0.0, "no figure on the page")).await;
    eventually(async || so(scene.sandbox.faults().pending() == 0, "nobody asked who used what")).await;

    door.shut();
    eventually(async || {
        let (status, text) = daemon.get("/-/ready").await;
        so(status == StatusCode::SERVICE_UNAVAILABLE && text.contains("database: "), text)
    })
    .await;
    let page = eventually(async || {
        let page = daemon.page().await;
        if page.samples("llmtally_database_up", &[]) == [0.0] { Ok(page) } else { Err("the page does not know") }
    });
    assert!(page.await.sum(spend, &[]) > 0.0, "the last figures are gone");
    assert_eq!(daemon.get("/-/healthy").await.0, StatusCode::OK);

    door.open();
    daemon.until_ready().await;
    eventually(async || so(daemon.page().await.samples("llmtally_database_up", &[]) == [1.0], "still down")).await;
    scene.until_ledger_is_bill(&daemon, &[Vendor::Anthropic]).await;
    assert!(daemon.stop().await.success());
    scene.assert_complete().await;
}
