//! Days that pass in no time: the clock of a daemon's process and that of the vendors are moved together.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

use chrono::{DateTime, TimeDelta, Utc};
use llmtally::domain::clock::Clock;

use super::place::Place;
use super::scene::Scene;

/// So far the daemon is behind the vendors, whose clock it must not overtake while that stands still.
const BEHIND: TimeDelta = TimeDelta::minutes(5);

/// The time in which a scene plays.
pub(crate) struct Time {
    /// The vendors' clock, which stands still between two moves.
    pub(crate) vendors: Clock,
    place: Place,
    library: PathBuf,
}

impl Time {
    pub(crate) fn starting(now: DateTime<Utc>) -> Self {
        let place = Place::new();
        let source = place.write("clock.c", include_str!("clock.c"));
        let library = place.path("clock.so");
        let compiled = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).status();
        assert!(compiled.expect("a C compiler").success());
        let time = Self { vendors: Clock::fixed(now), place, library };
        time.tell();
        time
    }

    /// Has the daemon of the scene live in this time.
    pub(crate) fn rule(&self, scene: &mut Scene) {
        scene.set("LD_PRELOAD", &self.library.display().to_string());
        scene.set("CLOCK_FILE", &self.place.path("ahead").display().to_string());
    }

    pub(crate) fn pass(&self, time: TimeDelta) {
        self.vendors.set(self.vendors.now() + time);
        self.tell();
    }

    /// Writes over what is there: the daemon looks at this very file, which must never be shorter.
    fn tell(&self) {
        let ahead = (self.vendors.now() - BEHIND - Clock::system().now()).num_seconds();
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(self.place.path("ahead"));
        file.expect("a file").write_all(&ahead.to_ne_bytes()).expect("eight bytes");
    }
}
