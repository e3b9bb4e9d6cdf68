//! What the vendors charge: the one truth behind both cost reports, and what the sandbox itself says is owed.

use chrono::{DateTime, Datelike, Utc};
use rust_decimal::{Decimal, RoundingStrategy};

use super::company::Vendor;
use super::rates;
use super::streams::{Lane, Meter, Stream, Work};
use super::time::Span;
use super::weather::{Pace, Weather, billed_until};
use super::world::World;
use crate::domain::period::Day;

/// One line of the bill at its finest grain.
pub(super) struct Charge {
    /// `None` is a credit to the organization as a whole.
    pub(super) stream: Option<(&'static Stream, Meter)>,
    pub(super) quantity: u64,
    /// US dollars, rounded as the vendor rounds.
    pub(super) amount: Decimal,
}

/// Every charge for `day` that is written by `now`.
pub(super) fn charges(world: World, weather: &Weather, vendor: Vendor, day: Day, now: DateTime<Utc>) -> Vec<Charge> {
    let restated = if weather.is_restated(vendor, day, now) { restated_permille(vendor) } else { 1_000 };
    let mut lines = Vec::new();
    for pace in [Pace::Metered, Pace::Late] {
        let span = Span::of_day(day).until(billed_until(vendor, pace, now));
        let wanted = |stream: &Stream| stream.vendor == vendor && pace_of(stream) == pace && !is_prepaid(stream);
        for (stream, volume) in world.traffic(wanted, span) {
            for meter in Meter::ALL {
                let quantity = billed_quantity(stream, volume.of(meter));
                let Some(price) = rates::list_price(stream, meter, day).filter(|_| quantity > 0) else { continue };
                let permille = rates::negotiated(stream, meter, day, world.founded) * restated;
                let amount = rounded(vendor, u128::from(quantity) * u128::from(price) * u128::from(permille));
                lines.push(Charge { stream: Some((stream, meter)), quantity, amount });
            }
        }
    }
    lines.extend(credit(world, vendor, day, now));
    lines
}

/// US dollars for `day` as of `now`; `None` for a day before the founding or after today.
pub(super) fn total(world: World, weather: &Weather, vendor: Vendor, day: Day, now: DateTime<Utc>) -> Option<Decimal> {
    let known = world.founded <= day && day <= Day::of(now);
    known.then(|| charges(world, weather, vendor, day, now).iter().map(|charge| charge.amount).sum())
}

/// `units` are picodollars times a million, from the two factors in permille.
fn rounded(vendor: Vendor, units: u128) -> Decimal {
    let exact = i128::try_from(units).ok().and_then(|units| Decimal::try_from_i128_with_scale(units, 18).ok());
    match vendor {
        Vendor::OpenAi => exact.unwrap_or_default().round_dp_with_strategy(10, RoundingStrategy::MidpointNearestEven),
        // Hundred-thousandths of a cent.
        Vendor::Anthropic => {
            exact.unwrap_or_default().round_dp_with_strategy(7, RoundingStrategy::MidpointAwayFromZero)
        }
    }
}

fn pace_of(stream: &Stream) -> Pace {
    match stream.work {
        Work::Completion | Work::Embedding | Work::Moderation | Work::Speech | Work::Transcription => Pace::Metered,
        Work::Image
        | Work::VectorStore
        | Work::CodeInterpreter
        | Work::FileSearch
        | Work::WebSearch
        | Work::CodeExecution => Pace::Late,
    }
}

/// Anthropic sells its priority tier by contract, and no report of cost knows of it.
fn is_prepaid(stream: &Stream) -> bool {
    stream.vendor == Vendor::Anthropic && stream.lane == Lane::Priority
}

/// Refused requests of one model are in the usage but not on the bill.
fn billed_quantity(stream: &Stream, quantity: u64) -> u64 {
    match stream.model {
        Some("claude-haiku-4-5-20251001") => quantity - quantity * 15 / 1_000,
        _ => quantity,
    }
}

fn restated_permille(vendor: Vendor) -> u64 {
    match vendor {
        Vendor::OpenAi => 1_036,
        Vendor::Anthropic => 962,
    }
}

/// OpenAI refunds some of last month on the first of each month but the company's first.
fn credit(world: World, vendor: Vendor, day: Day, now: DateTime<Utc>) -> Option<Charge> {
    let due = vendor == Vendor::OpenAi
        && day.date().day() == 1
        && world.founded < day.month_start()
        && Span::of_day(day).from < billed_until(vendor, Pace::Late, now);
    due.then(|| Charge { stream: None, quantity: 0, amount: Decimal::new(-25, 0) })
}
