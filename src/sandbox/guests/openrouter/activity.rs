//! `GET /activity`: the last thirty completed days.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use chrono::Datelike;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::books::{self, Line};
use super::{Refused, keys, known, number, refused};
use crate::domain::period::Day;
use crate::sandbox::state::State;

const DAYS: u32 = 30;

pub(super) fn answer(state: &State, query: &[(String, String)]) -> Result<Value, Refused> {
    let param = known(query, &["date", "api_key_hash", "user_id", "group_by", "workspace_id"])?;
    let today = Day::of(state.now());
    let days: Vec<Day> = match param("date") {
        None => (1..=DAYS).rev().map(|back| today.minus(back)).collect(),
        Some(text) => {
            let completed = text.parse().ok().filter(|day| today.minus(DAYS) <= *day && *day < today);
            let message = "Date must be within the last 30 (completed) UTC days";
            vec![completed.ok_or_else(|| refused(StatusCode::BAD_REQUEST, message))?]
        }
    };
    let by_workspace = match param("group_by") {
        None => false,
        Some("workspace") => true,
        Some(other) => return Err(refused(StatusCode::BAD_REQUEST, &format!("Invalid option: {other}"))),
    };
    let (hash, workspace) = (param("api_key_hash"), param("workspace_id"));
    let wanted = |line: &Line| {
        let key = &keys::KEYS[line.route.key];
        hash.is_none_or(|hash| key.hash == hash) && workspace.is_none_or(|id| key.workspace == id)
    };
    let rows = days.into_iter().flat_map(|day| {
        let lines = books::lines(state.world, day).into_iter().filter(&wanted).collect::<Vec<_>>();
        grouped(&lines, by_workspace).into_iter().map(move |sum| sum.row(day)).collect::<Vec<_>>()
    });
    Ok(rows.collect())
}

/// Lines of one endpoint, and of one workspace where these are told apart.
struct Sum<'a> {
    first: &'a Line,
    workspace: Option<&'static str>,
    requests: u64,
    tokens: [u64; 3],
    charged: Decimal,
    elsewhere: Decimal,
}

fn grouped(lines: &[Line], by_workspace: bool) -> Vec<Sum<'_>> {
    let mut sums: BTreeMap<_, Sum<'_>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.requests > 0) {
        let workspace = by_workspace.then(|| keys::KEYS[line.route.key].workspace);
        let empty = Sum {
            first: line,
            workspace,
            requests: 0,
            tokens: [0; 3],
            charged: Decimal::ZERO,
            elsewhere: Decimal::ZERO,
        };
        let sum = sums.entry((line.route.endpoint, workspace)).or_insert(empty);
        sum.requests += line.requests;
        sum.tokens.iter_mut().zip(line.tokens).for_each(|(sum, tokens)| *sum += tokens);
        sum.charged += line.charged;
        sum.elsewhere += line.elsewhere;
    }
    sums.into_values().collect()
}

impl Sum<'_> {
    fn row(&self, day: Day) -> Value {
        let [prompt, cached, completion] = self.tokens;
        // On some days a time stands behind the day.
        let date = if day.date().day().is_multiple_of(4) { format!("{day} 00:00:00") } else { day.to_string() };
        let mut row = json!({
            "date": date,
            "model": self.first.route.model,
            "model_permaslug": self.first.route.exact,
            "endpoint_id": self.first.route.endpoint,
            "provider_name": self.first.route.provider,
            "usage": number(self.charged),
            "byok_usage_inference": number(self.elsewhere),
            "requests": self.requests,
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "reasoning_tokens": completion / 5,
            "cached_tokens": cached,
        });
        if let Some(workspace) = self.workspace {
            row["workspace_id"] = workspace.into();
        }
        row
    }
}
