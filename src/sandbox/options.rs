//! What kind of company to make up.

use chrono::TimeDelta;

use super::company::Vendor;
use super::guest::Guest;
use super::weather::Restatement;
use crate::domain::clock::Clock;
use crate::domain::period::Day;

/// What kind of company to make up.
#[derive(Debug, Clone)]
pub struct Options {
    pub seed: u64,
    pub clock: Clock,
    /// The first day with traffic.
    pub founded: Day,
    /// The day on which one project had four times its traffic.
    pub anomaly: Day,
    /// Days that are billed anew, and when.
    pub restatements: Vec<Restatement>,
    /// The vendors that the company uses beside OpenAI and Anthropic. All of them answer; the statement is about these.
    pub guests: Vec<Guest>,
    /// The loopback port; 0 for any that is free.
    pub port: u16,
}

impl Options {
    /// A company that was founded 120 days ago and had an odd day 10 days ago.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        let today = clock.today();
        Self {
            seed: 1,
            founded: today.minus(120),
            anomaly: today.minus(10),
            restatements: Vec::new(),
            guests: Vec::new(),
            port: 0,
            clock,
        }
    }

    /// The same, and ten minutes from now OpenAI bills the latest settled day anew, so that a restatement can be watched.
    #[must_use]
    pub fn demo(clock: Clock) -> Self {
        let at = clock.now() + TimeDelta::minutes(10);
        let restatement = Restatement { vendor: Vendor::OpenAi, day: clock.today().minus(3), at };
        Self { restatements: vec![restatement], ..Self::new(clock) }
    }
}
