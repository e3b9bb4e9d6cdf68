//! What every answer is made from.

use chrono::{DateTime, Utc};

use super::faults::Faults;
use super::guest::Guest;
use super::visits::Visits;
use super::weather::Weather;
use super::world::World;
use crate::domain::clock::Clock;
use crate::domain::period::Day;

#[derive(Debug)]
pub(super) struct State {
    pub(super) world: World,
    pub(super) weather: Weather,
    /// Whom the company uses beside the two main vendors.
    pub(super) guests: Vec<Guest>,
    pub(super) clock: Clock,
    pub(super) faults: Faults,
    pub(super) visits: Visits,
}

impl State {
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Whether there is something to tell of the day: none before the founding, none after today.
    pub(super) fn has_seen(&self, day: Day) -> bool {
        self.world.founded <= day && day <= Day::of(self.now())
    }

    /// Midnight `days` after the founding.
    pub(super) fn founded_at(&self, days: u32) -> DateTime<Utc> {
        self.world.founded.plus(days).start()
    }
}
