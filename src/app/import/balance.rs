//! Prepaid credit that a person read somewhere.

use std::io::Write;

use anyhow::{Result, bail};

use crate::app::database::{BRIEF, Database};
use crate::app::house::House;
use crate::cli::import::Balance;
use crate::domain::money::Money;
use crate::domain::snapshot::{Reading, Snapshot};

/// Writes a balance down.
///
/// # Errors
///
/// A time to come, and the database's.
pub(super) async fn store(house: &House, database: &Database, given: &Balance) -> Result<()> {
    let now = house.clock.now();
    let at = given.at.unwrap_or(now);
    if at > now {
        bail!("--at {at}: has not come yet");
    }
    database.prepare(&house.store, BRIEF, house.shutdown.soft()).await?;
    let name = given.target.name();
    let reading = Reading::Balance(Money::new(given.amount, given.currency));
    let snapshot = Snapshot { scope: String::new(), reading };
    house.store.import_reading(&name, snapshot, at).await?;
    let at = at.format("%Y-%m-%d %H:%M:%S UTC");
    writeln!(std::io::stdout(), "{name}: {} {} left at {at}", given.amount, given.currency)?;
    Ok(())
}
