//! The company's traffic: a pure function of the seed, the workload and the hour, cut to the minute.

use chrono::{Datelike, Weekday};

use super::company::SEARCH;
use super::streams::{Lane, Meter, STREAMS, Stream};
use super::time::{Minute, Span};
use crate::domain::period::Day;

/// When the company began, and what was odd since.
#[derive(Debug, Clone, Copy)]
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) founded: Day,
    /// On this day one project had four times its traffic.
    pub(super) anomaly: Day,
}

/// What a workload used in some time, meter by meter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Volume([u64; Meter::ALL.len()]);

impl Volume {
    pub(super) fn of(&self, meter: Meter) -> u64 {
        self.0[meter as usize]
    }

    pub(super) fn is_zero(&self) -> bool {
        self.0.iter().all(|value| *value == 0)
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (sum, value) in self.0.iter_mut().zip(other.0) {
            *sum += value;
        }
    }
}

/// The day's load by UTC hour; the sum is 24 000.
const OFFICE: [u64; 24] = [
    230, 180, 160, 160, 190, 290, 520, 980, 1570, 1900, 1990, 1850, 1610, 1810, 1920, 1860, 1690, 1300, 950, 800, 690,
    570, 440, 340,
];
/// Batches run when nobody waits for them.
const NIGHT: [u64; 24] = [
    3000, 4500, 5000, 4000, 2500, 1000, 400, 200, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 150, 200, 300, 450,
    600, 700,
];

impl World {
    /// The workloads with what they used in the span, without those that used nothing.
    pub(super) fn traffic(
        self,
        wanted: impl Fn(&Stream) -> bool,
        span: Span,
    ) -> impl Iterator<Item = (&'static Stream, Volume)> {
        (0_u64..)
            .zip(&STREAMS)
            .filter(move |(_, stream)| wanted(stream))
            .map(move |(index, stream)| (stream, self.volume(index, stream, span)))
            .filter(|(_, volume)| !volume.is_zero())
    }

    fn volume(self, index: u64, stream: &Stream, span: Span) -> Volume {
        let mut total = Volume::default();
        let mut hour = span.from.snapped(60);
        while hour < span.to {
            let whole = self.hour(index, stream, hour);
            // Each counter is cut by a running sum, so that the minutes of an hour add up to the hour exactly.
            let up_to = |value: u64, minute: Minute| value * minute.since(hour).min(60) / 60;
            for (sum, value) in total.0.iter_mut().zip(whole.0) {
                *sum += up_to(value, span.to) - up_to(value, span.from);
            }
            hour = hour.next_multiple(60);
        }
        total
    }

    fn hour(self, index: u64, stream: &Stream, hour: Minute) -> Volume {
        let mut volume = Volume::default();
        let day = hour.day();
        let Ok(age) = u64::try_from(day.since(self.founded)) else { return volume };
        if stream.ends_after.is_some_and(|days| age >= u64::from(days)) {
            return volume;
        }
        let curve = if stream.lane == Lane::Batch { &NIGHT } else { &OFFICE };
        let factors = [
            season(stream, day),
            1_000 + 4 * age,
            curve[hour.hour_of_day()],
            self.noise(&[index, hour.hours()], 250),
            if day == self.anomaly && stream.site == Some(SEARCH) { 4_000 } else { 1_000 },
        ];
        let load = factors.iter().fold(stream.load * 1_000, |load, factor| load * factor / 1_000);
        // Thrown like a die, so that a workload of a few requests a day does not round to none.
        let requests = (load + self.roll(&[index, hour.hours(), 99]) % 24_000) / 24_000;
        volume.0[Meter::Requests as usize] = requests;
        for (slot, (meter, amount)) in (0_u64..).zip(stream.per_request) {
            volume.0[*meter as usize] = match meter {
                Meter::ToolCalls | Meter::StoredBytes => requests * amount,
                _ => requests * amount * self.noise(&[index, hour.hours(), slot + 1], 150) / 1_000,
            };
        }
        volume
    }

    /// About 1000, give or take `swing`; always the same for the same salt.
    pub(super) fn noise(self, salt: &[u64], swing: u64) -> u64 {
        1_000 - swing + self.roll(salt) % (2 * swing + 1)
    }

    /// A number that looks random, and is always the same for the same salt.
    pub(super) fn roll(self, salt: &[u64]) -> u64 {
        salt.iter().fold(mix(self.seed), |state, value| mix(state ^ mix(*value)))
    }
}

fn season(stream: &Stream, day: Day) -> u64 {
    let weekend = matches!(day.date().weekday(), Weekday::Sat | Weekday::Sun);
    match (weekend, stream.user.is_some()) {
        (false, _) => 1_000,
        (true, false) => 550,
        (true, true) => 120,
    }
}

/// The finalizer of SplitMix64.
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
