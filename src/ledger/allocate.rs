//! Sharing out the lines of a bill over the use that they are about.

use rust_decimal::Decimal;

use super::lines::Line;
use super::matching::{self, Match, Told};
use super::split::{split_money, sum};
use super::uses::Use;

/// A use's part of a line.
#[derive(Debug, Clone)]
pub(crate) struct Share {
    /// The place of the use in the day's list.
    pub used: usize,
    pub amount: Decimal,
}

/// What became of one line.
#[derive(Debug, Clone)]
pub(crate) enum Allocation {
    /// No use explains the line.
    Unexplained,
    /// The shares add up to the line, to the last digit.
    Shared {
        how: Match,
        shares: Vec<Share>,
        /// The price list knows all use that the line is about, so that both can be compared.
        comparable: bool,
    },
}

/// What became of each of `lines`, all of them charges for use.
pub(crate) fn allocate(lines: &[Line], uses: &[Use]) -> Vec<Allocation> {
    let told = Told::by(lines);
    lines.iter().map(|line| allocate_line(line, uses, &told)).collect()
}

fn allocate_line(line: &Line, uses: &[Use], told: &Told<'_>) -> Allocation {
    let covered = uses.iter().enumerate().filter(|(_, used)| used.covered);
    let mut found: Vec<(Match, usize)> =
        covered.filter_map(|(index, used)| Some((matching::find(&line.charge, &used.usage, told)?, index))).collect();
    found.sort_unstable();
    for candidates in found.chunk_by(|a, b| a.0 == b.0) {
        let indices: Vec<usize> = candidates.iter().map(|(_, index)| *index).collect();
        let weights = weights(&indices, uses);
        if let (Some((how, _)), Some(parts)) = (candidates.first(), split_money(line.amount, &weights)) {
            let shares = indices.into_iter().zip(parts).zip(weights);
            // A line of nothing still says which use it is about.
            let shares = shares.filter(|((_, amount), weight)| !amount.is_zero() || *weight > Decimal::ZERO);
            let shares: Vec<Share> = shares.map(|((used, amount), _)| Share { used, amount }).collect();
            let has_price = |index: usize, price: fn(&Use) -> bool| uses.get(index).is_some_and(price);
            let comparable = how.is_like_for_like()
                && !candidates.iter().any(|(_, index)| has_price(*index, Use::is_unpriced))
                && shares.iter().all(|share| has_price(share.used, Use::is_rated));
            return Allocation::Shared { how: *how, shares, comparable };
        }
    }
    Allocation::Unexplained
}

/// Estimated cost. Where the price list does not know all of it, or charges for none, quantity serves as well as long as all of it
/// is counted by one meter.
fn weights(indices: &[usize], uses: &[Use]) -> Vec<Decimal> {
    let chosen = || indices.iter().filter_map(|&index| uses.get(index));
    let one_meter = chosen().zip(chosen().skip(1)).all(|(a, b)| a.usage.meter == b.usage.meter);
    let by_price: Vec<Decimal> = chosen().map(Use::list_price).collect();
    let priced = sum(by_price.iter().copied()) > Decimal::ZERO && !chosen().any(Use::is_unpriced);
    if priced || !one_meter { by_price } else { chosen().map(|used| used.usage.quantity).collect() }
}
