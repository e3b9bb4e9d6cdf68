//! `GET /v1/organizations/usage_report/claude_code`: one day of Claude Code by developer.
//!
//! The developers on the API share out the tokens of the Claude Code workspace, which the other reports count too. A few more
//! have a subscription: what the report estimates for them is on no bill.

use rust_decimal::Decimal;
use serde_json::{Number, Value, json};

use super::super::company::{ANTHROPIC_ORGANIZATION, CODING, Person, Vendor};
use super::super::params::{Accepts, Arrays, Params};
use super::super::rates;
use super::super::refusal::Refusal;
use super::super::state::State;
use super::super::streams::{Meter, Stream};
use super::super::time::{Minute, Span};
use super::super::weather::usage_until;
use super::super::world::Volume;
use super::rfc3339;
use crate::domain::period::Day;

/// The people from this one on have a subscription.
const FIRST_SUBSCRIBER: usize = 23;
const TERMINALS: [&str; 4] = ["vscode", "iTerm.app", "tmux", "ghostty"];

pub(super) fn answer(state: &State, query: &[(String, String)]) -> Result<Value, Refusal> {
    let accepts = Accepts { arrays: Arrays::Brackets, one: &["starting_at", "limit", "page"], many: &[] };
    let params = Params::read(query, &accepts)?;
    let text = params.one("starting_at").ok_or_else(|| Refusal::bad("starting_at", "field required"))?;
    let day: Day = text.parse().map_err(|_| Refusal::bad("starting_at", format!("'{text}' is not a date")))?;
    let limit = params.limit(20, 1_000)?;
    let prefix = format!("page_{day}/");
    let from = match params.one("page") {
        None => 0,
        Some(cursor) => cursor
            .strip_prefix(&prefix)
            .and_then(|rest| rest.parse().ok())
            .ok_or_else(|| Refusal::bad("page", "the page cursor is invalid for this query"))?,
    };
    let records = records(state, day);
    let next = from + limit;
    let has_more = next < records.len();
    Ok(json!({
        "data": records.into_iter().skip(from).take(limit).collect::<Vec<_>>(),
        "has_more": has_more,
        "next_page": has_more.then(|| format!("{prefix}{next}")),
    }))
}

fn records(state: &State, day: Day) -> Vec<Value> {
    let span = Span::of_day(day).until(usage_until(state.now()));
    let wanted = |stream: &Stream| stream.vendor == Vendor::Anthropic && stream.site == Some(CODING);
    let traffic: Vec<_> = state.world.traffic(wanted, span).collect();
    if traffic.is_empty() {
        return Vec::new();
    }
    Person::all().map(|person| record(state, day, person, &traffic)).collect()
}

fn record(state: &State, day: Day, person: Person, traffic: &[(&'static Stream, Volume)]) -> Value {
    let who = u64::try_from(person.0).unwrap_or_default();
    let roll = |salt: u64, most: u64| state.world.roll(&[who, Minute::of(day.start()).hours(), salt]) % (most + 1);
    let subscribed = person.0 >= FIRST_SUBSCRIBER;
    // The last record is a build server: it has a key and no address.
    let actor = if person.0 + 1 == FIRST_SUBSCRIBER {
        json!({ "type": "api_actor", "api_key_name": "claude_code_key" })
    } else {
        json!({ "type": "user_actor", "email_address": person.email() })
    };
    let terminal = usize::try_from(roll(1, 3)).ok().and_then(|index| TERMINALS.get(index));
    let tool = |salt: u64| json!({ "accepted": roll(salt, 40), "rejected": roll(salt + 10, 5) });
    json!({
        "date": rfc3339(Minute::of(day.start())),
        "actor": actor,
        "organization_id": ANTHROPIC_ORGANIZATION,
        "customer_type": if subscribed { "subscription" } else { "api" },
        "subscription_type": subscribed.then_some("team"),
        "terminal_type": terminal,
        "is_remote": false,
        "core_metrics": {
            "num_sessions": 1 + roll(2, 7),
            "lines_of_code": { "added": roll(3, 900), "removed": roll(4, 400) },
            "commits_by_claude_code": roll(5, 6),
            "pull_requests_by_claude_code": roll(6, 2),
        },
        "tool_actions": {
            "edit_tool": tool(20), "multi_edit_tool": tool(21), "write_tool": tool(22), "notebook_edit_tool": tool(23),
        },
        "model_breakdown": breakdown(day, person, traffic),
    })
}

fn breakdown(day: Day, person: Person, traffic: &[(&'static Stream, Volume)]) -> Vec<Value> {
    let rank = u64::try_from(person.0 % FIRST_SUBSCRIBER).unwrap_or_default();
    let mut by_model: Vec<(&str, Tally)> = Vec::new();
    for (stream, volume) in traffic {
        let model = stream.model.unwrap_or_default();
        let tally = Tally::of(day, stream, volume, rank);
        match by_model.iter_mut().find(|(known, _)| *known == model) {
            Some((_, sum)) => sum.add(&tally),
            None => by_model.push((model, tally)),
        }
    }
    by_model.into_iter().map(|(model, tally)| tally.describe(model)).collect()
}

#[derive(Default)]
struct Tally {
    input: u64,
    output: u64,
    cache_read: u64,
    cache_creation: u64,
    picodollars: u64,
}

impl Tally {
    /// The share of the developer with that rank: low ranks use more, and the shares of all add up to the whole.
    fn of(day: Day, stream: &Stream, volume: &Volume, rank: u64) -> Self {
        let last = u64::try_from(FIRST_SUBSCRIBER).unwrap_or_default();
        let weight_before = |rank: u64| rank * (2 * last - rank);
        let share = |meter: Meter| {
            let total = volume.of(meter);
            let up_to = |rank: u64| total * weight_before(rank) / weight_before(last);
            up_to(rank + 1) - up_to(rank)
        };
        let meters = [Meter::Input, Meter::Cached, Meter::CacheWrite, Meter::CacheWriteLong, Meter::Output];
        let price = |meter: &Meter| rates::list_price(stream, *meter, day).unwrap_or_default();
        Self {
            input: share(Meter::Input),
            output: share(Meter::Output),
            cache_read: share(Meter::Cached),
            cache_creation: share(Meter::CacheWrite) + share(Meter::CacheWriteLong),
            picodollars: meters.iter().map(|meter| share(*meter) * price(meter)).sum(),
        }
    }

    fn add(&mut self, other: &Self) {
        self.input += other.input;
        self.output += other.output;
        self.cache_read += other.cache_read;
        self.cache_creation += other.cache_creation;
        self.picodollars += other.picodollars;
    }

    /// The estimate is a number of cents, where the cost report has text.
    fn describe(&self, model: &str) -> Value {
        let cents = Decimal::from(self.picodollars / 100_000_000) / Decimal::ONE_HUNDRED;
        let amount = cents.normalize().to_string().parse::<Number>().map_or(Value::Null, Value::Number);
        json!({
            "model": model,
            "tokens": {
                "input": self.input, "output": self.output,
                "cache_read": self.cache_read, "cache_creation": self.cache_creation,
            },
            "estimated_cost": { "amount": amount, "currency": "USD" },
        })
    }
}
