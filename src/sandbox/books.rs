//! Whom the company owes how much, and in which currency.

use rust_decimal::Decimal;

use super::company::Vendor;
use super::faults::Target;
use super::state::State;
use super::{bill, ecb, guests};
use crate::domain::money::Currency;
use crate::domain::period::Day;

/// Whose bills the company gets, day by day.
pub(super) fn billed_by(state: &State) -> Vec<Target> {
    let vendors = Vendor::ALL.into_iter().map(Target::from).chain(state.guests.iter().map(|guest| (*guest).into()));
    vendors.filter(|target| owed(state, *target, state.world.founded).is_some()).collect()
}

/// What the vendor charges for the day as of now, in its currency; `None` where it does not tell by days.
pub(super) fn owed(state: &State, target: Target, day: Day) -> Option<Decimal> {
    match target {
        Target::Vendor(vendor) => bill::total(state.world, &state.weather, vendor, day, state.now()),
        Target::Guest(guest) => guests::room(guest).bill(state, day),
    }
}

/// The same in US dollars, at the rate of the day.
pub(super) fn dollars(state: &State, target: Target, day: Day) -> Option<Decimal> {
    owed(state, target, day)?.checked_mul(ecb::dollars(state.world, currency(target), day)?)
}

pub(super) fn currency(target: Target) -> Currency {
    match target {
        Target::Vendor(_) => Currency::USD,
        Target::Guest(guest) => guests::room(guest).currency(),
    }
}
