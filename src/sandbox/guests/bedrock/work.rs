//! What the company calls on Bedrock, and what Amazon charges for it: the one truth behind bill and metrics.

use chrono::{DateTime, Datelike, Utc};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::domain::period::Day;
use crate::sandbox::state::State;
use crate::sandbox::time::{Minute, Span};

/// What is counted, in the order of a workload's figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Count {
    Requests,
    Input,
    Output,
    CacheRead,
    CacheWrite,
}

pub(super) const COUNTS: [Count; 5] =
    [Count::Requests, Count::Input, Count::Output, Count::CacheRead, Count::CacheWrite];

/// How Amazon writes a workload on its bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sold {
    /// Under a service of the model's name, in millions.
    Marketplace { is_global: bool },
    /// The same in the newer words.
    Newer { is_global: bool },
    /// As Amazon's own, in thousands.
    Own(&'static str),
}

pub(super) struct Workload {
    pub(super) region: &'static str,
    /// What the region is called on the bill.
    prefix: &'static str,
    /// What callers ask for.
    pub(super) model_id: &'static str,
    /// What the bill calls it.
    pub(super) model: &'static str,
    pub(super) provider: &'static str,
    sold: Sold,
    /// Called at the newer endpoint, which has metrics of its own and counts no caches.
    pub(super) is_mantle: bool,
    /// Requests in an hour.
    load: u64,
    /// For one request, by [`Count`].
    pub(super) tokens: [u64; 5],
    /// Picodollars a token, by [`Count`].
    prices: [u64; 5],
}

#[rustfmt::skip]
pub(super) static WORKLOADS: [Workload; 5] = [
    Workload { region: "us-east-1", prefix: "USE1", model_id: "us.anthropic.claude-sonnet-4-5-20250929-v1:0", model: "Claude Sonnet 4.5", provider: "Anthropic",
        sold: Sold::Marketplace { is_global: false }, is_mantle: false, load: 40, tokens: [1, 2_500, 400, 4_000, 600], prices: [0, 3_300_000, 16_500_000, 330_000, 4_125_000] },
    Workload { region: "us-east-1", prefix: "USE1", model_id: "global.anthropic.claude-opus-5-5", model: "Claude Opus 5.5", provider: "Anthropic",
        sold: Sold::Newer { is_global: true }, is_mantle: false, load: 12, tokens: [1, 6_000, 1_200, 9_000, 1_000], prices: [0, 4_000_000, 20_000_000, 200_000, 5_000_000] },
    Workload { region: "eu-central-1", prefix: "EUC1", model_id: "eu.anthropic.claude-haiku-4-5-20251001-v1:0", model: "Claude Haiku 4.5", provider: "Anthropic",
        sold: Sold::Marketplace { is_global: false }, is_mantle: false, load: 90, tokens: [1, 900, 120, 1_500, 0], prices: [0, 1_100_000, 5_500_000, 110_000, 0] },
    Workload { region: "us-east-1", prefix: "USE1", model_id: "us.amazon.nova-2-lite-v1:0", model: "Nova 2 Lite", provider: "Amazon",
        sold: Sold::Own("Nova2Lite"), is_mantle: false, load: 60, tokens: [1, 1_800, 250, 500, 0], prices: [0, 330_000, 2_750_000, 82_500, 0] },
    Workload { region: "us-east-1", prefix: "USE1", model_id: "openai.gpt-5.6-sol", model: "OpenAI GPT-5.6 Sol", provider: "OpenAI",
        sold: Sold::Newer { is_global: false }, is_mantle: true, load: 20, tokens: [1, 3_000, 700, 0, 0], prices: [0, 4_400_000, 22_000_000, 0, 0] },
];

impl Workload {
    /// What was used in the hour that begins at `hour`, by [`Count`], as of `until`.
    pub(super) fn used(&self, state: &State, hour: Minute, until: Minute) -> [u64; 5] {
        if hour.day() < state.world.founded {
            return [0; 5];
        }
        let seed = self.model_id.bytes().map(u64::from).sum::<u64>();
        let requests =
            self.load * state.world.noise(&[seed, hour.hours()], 300) / 1_000 * until.since(hour).min(60) / 60;
        self.tokens.map(|tokens| requests * tokens)
    }

    fn service(&self) -> String {
        match self.sold {
            Sold::Own(_) => "Amazon Bedrock".to_owned(),
            _ => format!("{} (Amazon Bedrock Edition)", self.model),
        }
    }

    fn usage_type(&self, count: Count) -> String {
        let prefix = self.prefix;
        match self.sold {
            Sold::Marketplace { is_global } => {
                let global = if is_global { "_Global" } else { "" };
                let what = match count {
                    Count::Output => "OutputTokenCount",
                    Count::CacheRead => "CacheReadInputTokenCount",
                    Count::CacheWrite => "CacheWriteInputTokenCount",
                    _ => "InputTokenCount",
                };
                format!("{prefix}-MP:{prefix}_{what}{global}-Units")
            }
            Sold::Newer { is_global } => {
                let global = if is_global { "_global" } else { "" };
                let what = match count {
                    Count::Output => "output_tokens",
                    Count::CacheRead => "cache_read_tokens",
                    Count::CacheWrite => "cache_write_tokens",
                    _ => "input_tokens",
                };
                format!("{prefix}-MP:{prefix}_{what}{global}_standard-Units")
            }
            Sold::Own(name) => {
                let what = match count {
                    Count::Output => "output-tokens",
                    Count::CacheRead => "cache-read-input-token-count",
                    _ => "input-tokens",
                };
                format!("{prefix}-{name}-{what}")
            }
        }
    }
}

/// A line of the bill of a day.
pub(super) struct Line {
    pub(super) service: String,
    pub(super) usage_type: String,
    pub(super) record_type: &'static str,
    /// Empty where no model is meant.
    pub(super) model: &'static str,
    pub(super) provider: &'static str,
    pub(super) amount: Decimal,
    pub(super) quantity: Decimal,
}

/// The bill is a day behind, in whole hours.
fn billed_until(now: DateTime<Utc>) -> Minute {
    Minute::of(now).back(24 * 60).snapped(60)
}

/// What is on the bill for `day` as of now, Bedrock and everything else.
pub(super) fn lines(state: &State, day: Day) -> Vec<Line> {
    let mut lines = Vec::new();
    let span = Span::of_day(day).until(billed_until(state.now()));
    for workload in &WORKLOADS {
        let mut sums = [0; 5];
        let mut hour = span.from;
        while hour < span.to {
            let used = workload.used(state, hour, span.to);
            sums.iter_mut().zip(used).for_each(|(sum, used)| *sum += used);
            hour = hour.next_multiple(60);
        }
        for ((count, sum), price) in COUNTS.into_iter().zip(sums).zip(workload.prices) {
            if sum == 0 || price == 0 {
                continue;
            }
            let exact = Decimal::from(sum) * Decimal::from_i128_with_scale(i128::from(price), 12);
            let unit = if matches!(workload.sold, Sold::Own(_)) { 1_000 } else { 1_000_000 };
            lines.push(Line {
                service: workload.service(),
                usage_type: workload.usage_type(count),
                record_type: "Usage",
                model: workload.model,
                provider: workload.provider,
                amount: exact.round_dp_with_strategy(10, RoundingStrategy::MidpointAwayFromZero),
                quantity: Decimal::from(sum) / Decimal::from(unit),
            });
        }
    }
    if span.from < span.to && state.world.founded <= day {
        lines.extend(beside_tokens(day));
    }
    lines
}

/// Guardrails, other services, and on the first of each month a credit for each.
fn beside_tokens(day: Day) -> Vec<Line> {
    let line = |service: &str, usage_type: &str, record_type, millis: i64| Line {
        service: service.to_owned(),
        usage_type: usage_type.to_owned(),
        record_type,
        model: "",
        provider: "",
        amount: Decimal::new(millis, 3),
        quantity: Decimal::new(millis, 1),
    };
    let mut lines = vec![
        line("Amazon Bedrock", "USE1-Guardrail-ContentPolicyUnitsConsumed", "Usage", 150),
        line("Amazon Simple Storage Service", "USE1-TimedStorage-ByteHrs", "Usage", 2_310),
    ];
    if day.date().day() == 1 {
        lines.push(line("Claude Sonnet 4.5 (Amazon Bedrock Edition)", "", "Credit", -12_500));
        lines.push(line("Amazon Simple Storage Service", "", "Credit", -1_000));
        lines.push(line("Tax", "", "Tax", 4_000));
    }
    lines
}
