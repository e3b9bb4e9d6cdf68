//! The proxy's table: a row for each user, key, model, vendor and endpoint of a day.

use chrono::{Datelike, TimeDelta};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::domain::period::Day;
use crate::sandbox::state::State;

pub(super) const TEAMS: [(&str, &str); 2] =
    [("0b6e1f4a-5a0c-4b6e-9c55-3f0a7f0d9b11", "Shop"), ("d1c2a9f0-7a51-4f0e-8a2e-6c1f3b2a7e90", "Research")];
pub(super) const USERS: [(&str, &str); 3] =
    [("default_user_id", "admin@example.com"), ("u-ada", "ada@example.com"), ("u-grace", "grace@example.com")];

pub(super) struct Key {
    pub(super) hash: &'static str,
    pub(super) alias: Option<&'static str>,
    pub(super) team: Option<usize>,
    pub(super) user: Option<usize>,
    pub(super) deleted: bool,
}

pub(super) const KEYS: [Key; 4] = [
    Key {
        hash: "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b",
        alias: Some("shop-backend"),
        team: Some(0),
        user: Some(1),
        deleted: false,
    },
    Key {
        hash: "5b2c4f3f9c1de8f5f0bb1ac4ef0e4b5d1c0d7d1c93a0a59a6c1ad2c7b1f0e3a9",
        alias: Some("research"),
        team: Some(1),
        user: Some(2),
        deleted: false,
    },
    Key {
        hash: "e1a9c7d2b3f4051627384950a6b7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7f",
        alias: None,
        team: None,
        user: Some(0),
        deleted: false,
    },
    Key {
        hash: "0c4a1b2d3e4f5061728394a5b6c7d8e9fa0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d",
        alias: Some("shop-before-rotation"),
        team: Some(0),
        user: Some(1),
        deleted: true,
    },
];

impl Key {
    /// As the list of keys has it: as a bare hash, unless all of it is asked for.
    pub(super) fn listed(&self, whole: bool) -> Value {
        if !whole {
            return json!(self.hash);
        }
        json!({
            "token": self.hash, "key_name": format!("sk-...{}", &self.hash[..4]), "key_alias": self.alias, "spend": 1.5,
            "team_id": self.team.map(|team| TEAMS[team].0), "user_id": self.user.map(|user| USERS[user].0),
        })
    }
}

/// Who holds a row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    Key(usize),
    Nobody,
    /// The row is about capacity, and nobody's request.
    Capacity,
}

pub(super) struct Row {
    pub(super) day: Day,
    pub(super) holder: Holder,
    pub(super) model: Option<&'static str>,
    pub(super) provider: &'static str,
    /// All of the prompt, what is read from and written to a cache, and output.
    pub(super) tokens: [i64; 4],
    pub(super) spend: Decimal,
    pub(super) flat: Decimal,
    pub(super) failed: i64,
}

const MODELS: [(&str, &str, i64); 4] = [
    ("gpt-5.5", "openai", 5),
    ("claude-opus-5", "anthropic", 7),
    ("bedrock/eu.anthropic.claude-haiku-4-5", "bedrock", 1),
    ("my-own-llama", "hosted_vllm", 0),
];

/// What the day has by now: a row every two hours, the oldest first.
pub(super) fn rows(state: &State, day: Day) -> Vec<Row> {
    if day < state.world.founded {
        return Vec::new();
    }
    let hours = (0_i64..).step_by(2).zip(of_day(day));
    hours.filter(|(hour, _)| day.start() + TimeDelta::hours(*hour) <= state.now()).map(|(_, row)| row).collect()
}

fn of_day(day: Day) -> Vec<Row> {
    let number = i64::from(day.date().num_days_from_ce());
    let of = |index: i64, holder| {
        let at = usize::try_from((number + index) % 4).unwrap_or_default();
        let (model, provider, price) = MODELS[at];
        let scale = 1 + (number * 13 + index * 29) % 41;
        let prompt = 1000 * scale + 7 * index;
        let tokens = [prompt, prompt / 2, prompt / (3 + index), 40 * scale];
        // Some of it less than a ten-thousandth of a dollar, which Python writes with an exponent.
        let spend = Decimal::new((prompt + 5 * tokens[3]) * price, 9 - u32::from(index % 2 == 0) * 2);
        Row { day, holder, model: Some(model), provider, tokens, spend, flat: Decimal::ZERO, failed: index % 2 }
    };
    let mut rows: Vec<Row> =
        (0..6).map(|index| of(index, Holder::Key(usize::try_from(index % 4).unwrap_or_default()))).collect();
    rows.push(of(6, Holder::Nobody));
    // A tool, whose calls have no model.
    rows.push(Row { model: None, tokens: [0; 4], spend: Decimal::new(25, 3), ..of(7, Holder::Key(0)) });
    rows.push(Row {
        model: Some("gpt-5.5-reserved"),
        provider: "azure",
        tokens: [0; 4],
        spend: Decimal::ZERO,
        flat: Decimal::new(125, 1),
        failed: 0,
        ..of(8, Holder::Capacity)
    });
    rows
}
