//! What is new about the shape of answers: fields, notations and kinds of things that nobody has seen before.
//!
//! Vendors change their answers without a word. What is still understood is counted as before, and told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::scrub::shorten;

/// So many answers of a path teach what is usual; what comes later and differs is news.
const LESSONS: u32 = 3;
/// Reading an answer once more takes time: of those with more bytes only one in so many is looked at.
const LARGE: usize = 256 << 10;
const NOW_AND_THEN: u32 = 16;
/// Beyond, a path or a field is not watched: ids in the place of names would fill the memory.
const MAX_PATHS: usize = 256;
const MAX_FIELDS: usize = 512;
const MAX_VALUES: usize = 64;
const VALUE_BYTES: usize = 40;
/// What stands for any item of a list.
const ITEM: &str = "[]";

/// Fields whose text names a kind of thing, not a thing: they have few values, and a new one may need a price of its own.
const KINDS: [&str; 8] = [
    "context_window",
    "cost_type",
    "currency",
    "customer_type",
    "object",
    "quantity_unit",
    "service_tier",
    "token_type",
];

/// The shapes of an account's answers by path, learnt from the first ones since the start.
#[derive(Debug, Default)]
pub(super) struct Shapes(Mutex<BTreeMap<String, Shape>>);

#[derive(Debug, Default)]
struct Shape {
    answers: u32,
    /// Of each field how it was written, and of kinds of things which.
    fields: BTreeMap<String, BTreeSet<String>>,
}

impl Shapes {
    /// What is new in an answer to `path`, in words; each thing is told once.
    pub(super) fn news(&self, path: &str, body: &[u8]) -> Vec<String> {
        let Some(number) = self.count(path) else { return Vec::new() };
        if body.len() > LARGE && number > LESSONS && !number.is_multiple_of(NOW_AND_THEN) {
            return Vec::new();
        }
        let Ok(answer) = serde_json::from_slice::<Value>(body) else { return Vec::new() };
        let mut found = BTreeMap::new();
        walk("", &answer, &mut found);
        let news = self.shapes().entry(path.to_owned()).or_default().learn(found);
        if number > LESSONS { news } else { Vec::new() }
    }

    /// Whether it is said for the first time that answers to `path` lack something.
    pub(super) fn is_first(&self, path: &str, lack: &str) -> bool {
        let mut shapes = self.shapes();
        let fields = &mut shapes.entry(path.to_owned()).or_default().fields;
        fields.len() < MAX_FIELDS && fields.insert(lack.to_owned(), BTreeSet::new()).is_none()
    }

    /// Which answer to `path` this is; `None` where there are too many paths to watch them all.
    fn count(&self, path: &str) -> Option<u32> {
        let mut shapes = self.shapes();
        if !shapes.contains_key(path) && shapes.len() >= MAX_PATHS {
            return None;
        }
        let shape = shapes.entry(path.to_owned()).or_default();
        shape.answers = shape.answers.saturating_add(1);
        Some(shape.answers)
    }

    fn shapes(&self) -> MutexGuard<'_, BTreeMap<String, Shape>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shape {
    fn learn(&mut self, found: BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
        let mut news = Vec::new();
        // A field is only new where what holds it is known: the first rows of an answer bring all of theirs.
        let known: BTreeSet<String> = self.fields.keys().cloned().collect();
        for (field, ways) in found {
            if !known.contains(&field) {
                if self.fields.len() >= MAX_FIELDS {
                    continue;
                }
                let holder = field.rsplit_once('.').map_or("", |(holder, _)| holder);
                if known.contains(holder) && !field.ends_with(ITEM) {
                    news.push(format!("the new field `{field}`"));
                }
                self.fields.insert(field, ways);
                continue;
            }
            let usual = self.fields.entry(field.clone()).or_default();
            for way in ways {
                if usual.len() < MAX_VALUES && usual.insert(way.clone()) {
                    news.push(format!("`{field}` as {way}"));
                }
            }
        }
        news
    }
}

/// Notes the fields of `value`, which is found at `at`. Nulls say nothing about a field, and items of a list share a name.
fn walk(at: &str, value: &Value, found: &mut BTreeMap<String, BTreeSet<String>>) {
    match value {
        Value::Object(fields) => {
            note(at, "an object".to_owned(), found);
            for (name, field) in fields {
                walk(&format!("{at}.{name}"), field, found);
            }
        }
        Value::Array(items) => {
            note(at, "a list".to_owned(), found);
            items.iter().for_each(|item| walk(&format!("{at}{ITEM}"), item, found));
        }
        Value::String(text) if KINDS.contains(&at.rsplit('.').next().unwrap_or_default()) => {
            note(at, format!("`{}`", shorten(text, VALUE_BYTES)), found);
        }
        Value::String(_) => note(at, "text".to_owned(), found),
        Value::Number(number) if number.as_str().contains(['e', 'E']) => {
            note(at, "a number with an exponent".to_owned(), found);
        }
        Value::Number(_) => note(at, "a number".to_owned(), found),
        Value::Bool(_) => note(at, "yes or no".to_owned(), found),
        Value::Null => {}
    }
}

fn note(at: &str, way: String, found: &mut BTreeMap<String, BTreeSet<String>>) {
    found.entry(at.to_owned()).or_default().insert(way);
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: &str = r#"{"data":[{"amount":"1.5","quantity":3,"service_tier":"batch","model":null}]}"#;

    fn taught() -> Shapes {
        let shapes = Shapes::default();
        for _ in 0..LESSONS {
            assert!(shapes.news("costs", USUAL.as_bytes()).is_empty());
        }
        shapes
    }

    fn told(shapes: &Shapes, answer: &str) -> Vec<String> {
        shapes.news("costs", answer.as_bytes())
    }

    #[test]
    fn what_is_usual_is_no_news_and_what_is_new_is_told_once() {
        let shapes = taught();
        assert!(told(&shapes, USUAL).is_empty());
        assert!(told(&shapes, r#"{"data":[]}"#).is_empty());
        for (answer, news) in [
            (r#"{"data":[{"amount":"1","colour":"blue"}]}"#, "the new field `.data[].colour`"),
            (r#"{"data":[{"amount":1.5}]}"#, "`.data[].amount` as a number"),
            (r#"{"data":[{"quantity":3e-7}]}"#, "`.data[].quantity` as a number with an exponent"),
            (r#"{"data":[{"service_tier":"turbo"}]}"#, "`.data[].service_tier` as `turbo`"),
        ] {
            assert_eq!(told(&shapes, answer), [news]);
            assert!(told(&shapes, answer).is_empty(), "told twice: {news}");
        }
    }

    #[test]
    fn rows_that_come_late_bring_their_fields_without_a_word() {
        let shapes = Shapes::default();
        for _ in 0..LESSONS {
            assert!(told(&shapes, r#"{"data":[]}"#).is_empty());
        }
        assert!(told(&shapes, USUAL).is_empty());
        assert!(!told(&shapes, r#"{"data":[{"colour":"blue"}]}"#).is_empty());
    }

    #[test]
    fn large_answers_are_looked_at_now_and_then() {
        let shapes = taught();
        let large = format!(r#"{{"data":[{{"colour":"{}"}}]}}"#, "blue".repeat(LARGE / 4));
        let told: Vec<_> = (LESSONS + 1..=NOW_AND_THEN).map(|_| told(&shapes, &large)).collect();
        let (last, others) = told.split_last().unwrap();
        assert!(others.iter().all(Vec::is_empty));
        assert_eq!(*last, ["the new field `.data[].colour`"]);
    }

    #[test]
    fn names_that_are_ids_do_not_fill_the_memory() {
        let shapes = taught();
        for id in 0..3 * MAX_FIELDS {
            told(&shapes, &format!(r#"{{"data":[{{"id_{id}":1}}]}}"#));
            shapes.news(&format!("projects/{id}/keys"), b"{}");
        }
        let shapes = shapes.0.lock().unwrap();
        assert_eq!((shapes.len(), shapes["costs"].fields.len()), (MAX_PATHS, MAX_FIELDS));
    }
}
