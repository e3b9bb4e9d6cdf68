//! What was used and charged: a pure function of the day.

use chrono::Datelike;
use rust_decimal::Decimal;

use crate::domain::period::Day;
use crate::sandbox::state::State;
use crate::sandbox::world::World;

pub(super) struct Route {
    pub(super) model: &'static str,
    pub(super) exact: &'static str,
    pub(super) endpoint: &'static str,
    pub(super) provider: &'static str,
    pub(super) key: usize,
    /// Requests on a weekday.
    load: u64,
    /// Tokens of one request: prompt, of these cached, completion.
    tokens: [u64; 3],
    /// Picodollars for a token of each kind: fresh prompt, cached, completion.
    rates: [u64; 3],
    /// The company's own key at the provider pays for inference.
    byok: bool,
}

/// The fee for inference with a key of one's own is a twentieth.
const BYOK_FEE: u64 = 20;

#[rustfmt::skip]
pub(super) const ROUTES: [Route; 5] = [
    Route { model: "anthropic/claude-sonnet-4.6", exact: "anthropic/claude-4.6-sonnet-20260217", endpoint: "550e8400-e29b-41d4-a716-446655440001",
        provider: "Anthropic", key: 0, load: 900, tokens: [3_100, 1_200, 420], rates: [3_000_000, 300_000, 15_000_000], byok: false },
    Route { model: "anthropic/claude-sonnet-4.6", exact: "anthropic/claude-4.6-sonnet-20260217", endpoint: "550e8400-e29b-41d4-a716-446655440001",
        provider: "Anthropic", key: 1, load: 300, tokens: [2_400, 900, 380], rates: [3_000_000, 300_000, 15_000_000], byok: false },
    Route { model: "anthropic/claude-sonnet-4.6", exact: "anthropic/claude-4.6-sonnet-20260217", endpoint: "550e8400-e29b-41d4-a716-446655440002",
        provider: "Amazon Bedrock", key: 0, load: 40, tokens: [2_000, 400, 300], rates: [3_000_000, 300_000, 15_000_000], byok: true },
    Route { model: "deepseek/deepseek-chat-v3.1", exact: "deepseek/deepseek-chat-v3.1", endpoint: "550e8400-e29b-41d4-a716-446655440003",
        provider: "Fireworks", key: 2, load: 2_500, tokens: [1_500, 0, 260], rates: [560_000, 560_000, 1_680_000], byok: false },
    Route { model: "openai/gpt-oss-120b:free", exact: "openai/gpt-oss-120b:free", endpoint: "550e8400-e29b-41d4-a716-446655440004",
        provider: "OpenInference", key: 2, load: 60, tokens: [800, 0, 500], rates: [0, 0, 0], byok: false },
];

/// A route's day.
pub(super) struct Line {
    pub(super) route: &'static Route,
    pub(super) requests: u64,
    /// Prompt, of these cached, completion.
    pub(super) tokens: [u64; 3],
    /// US dollars that are taken from the credit.
    pub(super) charged: Decimal,
    /// US dollars that the provider charges to the company's own key.
    pub(super) elsewhere: Decimal,
}

pub(super) fn lines(world: World, day: Day) -> Vec<Line> {
    if day < world.founded {
        return Vec::new();
    }
    (0_u64..).zip(&ROUTES).map(|(index, route)| line(world, day, index, route)).collect()
}

fn line(world: World, day: Day, index: u64, route: &'static Route) -> Line {
    let date = u64::try_from(day.since(world.founded)).unwrap_or_default();
    let salt = |slot: u64| world.noise(&[7_001, index, date, slot], 200);
    let weekday = if day.date().weekday().num_days_from_monday() < 5 { 1_000 } else { 450 };
    let requests = route.load * salt(0) * weekday / 1_000_000;
    let [prompt, cached, completion] = route.tokens;
    let tokens = [
        requests * prompt * salt(1) / 1_000,
        requests * cached * salt(2) / 2_000,
        requests * completion * salt(3) / 1_000,
    ];
    let [fresh_rate, cached_rate, completion_rate] = route.rates;
    let pico = (tokens[0] - tokens[1]) * fresh_rate + tokens[1] * cached_rate + tokens[2] * completion_rate;
    let dollars = |pico: u64| Decimal::from_i128_with_scale(pico.into(), 12).round_dp(9);
    let (charged, elsewhere) =
        if route.byok { (dollars(pico / BYOK_FEE), dollars(pico)) } else { (dollars(pico), Decimal::ZERO) };
    Line { route, requests, tokens, charged, elsewhere }
}

/// What is taken from the credit on a day up to the minute of `now`.
pub(super) fn today(state: &State, wanted: impl Fn(&Route) -> bool) -> Decimal {
    let today = Day::of(state.now());
    let minutes = Decimal::from((state.now() - today.start()).num_minutes()) / Decimal::from(1_440);
    let lines = lines(state.world, today).into_iter().filter(|line| wanted(line.route));
    (lines.map(|line| line.charged).sum::<Decimal>() * minutes).round_dp(9)
}

/// Of all time.
pub(super) fn spent(state: &State) -> Decimal {
    let days = Day::of(state.now()).since(state.world.founded).max(0);
    let past = (0..u32::try_from(days).unwrap_or_default()).map(|offset| state.world.founded.plus(offset));
    let past: Decimal = past.flat_map(|day| lines(state.world, day)).map(|line| line.charged).sum();
    past + today(state, |_| true)
}
