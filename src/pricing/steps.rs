//! A rate that depends on how long a request's prompt is.

use rust_decimal::Decimal;

/// Rates by prompt size; a request pays one rate for all of its tokens.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Steps {
    /// "Prompts of more tokens than this cost that", in ascending order, the first from 0.
    steps: Vec<(u32, Option<Decimal>)>,
}

impl Steps {
    pub(super) fn flat(rate: Option<Decimal>) -> Self {
        Self { steps: vec![(0, rate)] }
    }

    /// Finds the steps of `rate_of`, a function of the prompt's size, by bisection.
    ///
    /// A rate that leaves a value and comes back to it for longer prompts would be missed: no vendor has one.
    pub(super) fn find(rate_of: impl Fn(u32) -> Option<Decimal>) -> Self {
        let last = rate_of(u32::MAX);
        let (mut start, mut rate) = (0, rate_of(1));
        let mut steps = vec![(start, rate)];
        while rate != last {
            let (mut same, mut other) = (start + 1, u32::MAX);
            while other - same > 1 {
                let middle = same + (other - same) / 2;
                if rate_of(middle) == rate {
                    same = middle;
                } else {
                    other = middle;
                }
            }
            (start, rate) = (same, rate_of(other));
            steps.push((start, rate));
        }
        Self { steps }
    }

    /// The rate of requests whose prompts are all larger than `prompt_over` tokens.
    pub(super) fn rate(&self, prompt_over: u32) -> Option<Decimal> {
        let reached = self.steps.iter().take_while(|(start, _)| *start <= prompt_over);
        reached.last().and_then(|(_, rate)| *rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_is_found_to_the_token() {
        let tiers = [(0, 1), (32_000, 2), (128_000, 5), (1_000_000, 3)];
        let rate_of = |prompt: u32| {
            let tier = tiers.iter().rev().find(|(start, _)| prompt > *start);
            tier.map(|(_, rate)| Decimal::from(*rate))
        };
        let steps = Steps::find(rate_of);
        for (start, _) in tiers {
            for over in [start.saturating_sub(1), start, start + 1] {
                assert_eq!(steps.rate(over), rate_of(over + 1), "prompts over {over}");
            }
        }
    }
}
