//! The rows of the billing export: hours late, with credits, corrections and a tax.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use rust_decimal::{Decimal, RoundingStrategy};

use super::workloads::{LAB, WORKLOADS, Workload, hours};
use crate::domain::period::Day;
use crate::sandbox::state::State;

pub(super) struct Exported {
    pub(super) project: Option<&'static str>,
    pub(super) service_id: &'static str,
    pub(super) service: &'static str,
    pub(super) sku: &'static str,
    pub(super) location: Option<&'static str>,
    pub(super) cost_type: &'static str,
    /// Tokens.
    pub(super) quantity: u64,
    /// Euros, before the credit.
    pub(super) cost: Decimal,
    /// Euros; zero or less.
    pub(super) credit: Decimal,
}

/// Every row for use of `day` that is exported by now.
pub(super) fn lines(state: &State, day: Day) -> Vec<Exported> {
    let mut lines: Vec<Exported> = charges(state, day).map(|(_, line)| line).collect();
    if state.world.founded <= day && day.start() + TimeDelta::hours(30) <= state.now() {
        lines.extend(extras(day));
    }
    lines
}

/// What use of `day` is charged for by now, each with the start of its hour.
pub(super) fn charges(state: &State, day: Day) -> impl Iterator<Item = (DateTime<Utc>, Exported)> {
    WORKLOADS.iter().flat_map(move |workload| {
        let known = day.end().min(state.now() - TimeDelta::hours(workload.lag + 1));
        let begun = day.start().max(state.world.founded.start());
        hours(begun, known).flat_map(move |at| of_hour(state, workload, at).map(move |line| (at, line)))
    })
}

fn of_hour(state: &State, workload: &'static Workload, at: DateTime<Utc>) -> impl Iterator<Item = Exported> {
    workload.lines.iter().map(move |line| {
        let quantity = workload.tokens(line, state, at);
        // Billions of a euro a token.
        let cost = rounded(Decimal::from(quantity) * Decimal::new(line.price, 9));
        Exported {
            project: Some(workload.project),
            service_id: workload.service_id,
            service: workload.service,
            sku: line.sku,
            location: Some(workload.location),
            cost_type: "regular",
            quantity,
            cost,
            credit: rounded(cost * Decimal::new(-workload.credit, 2)),
        }
    })
}

/// What is on the bill and not of any hour: twice a month something is corrected, and once something is taxed.
fn extras(day: Day) -> Option<Exported> {
    let vertex = |project, sku, cost_type, cents| Exported {
        project,
        service_id: "C7E2-9256-1C43",
        service: "Vertex AI",
        sku,
        location: None,
        cost_type,
        quantity: 0,
        cost: Decimal::new(cents, 2),
        credit: Decimal::ZERO,
    };
    match day.date().day() {
        1 => Some(vertex(None, "Vertex AI billing adjustment", "adjustment", -1_250)),
        2 => Some(vertex(None, "Rounding error", "rounding_error", 1)),
        3 => Some(vertex(None, "Tax", "tax", 321)),
        15 => Some(vertex(Some(LAB), "Gemini 3.8 Flash Global Text Output - Predictions", "regular", -175)),
        _ => None,
    }
}

/// NUMERIC has nine digits.
fn rounded(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(9, RoundingStrategy::MidpointAwayFromZero)
}
