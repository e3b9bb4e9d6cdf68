//! What is taken out of a faulty configuration, so that the rest of it can be looked at.

use figment::value::{Dict, Value};

/// Keys and items of lists that were taken out, under the names that they have in the file.
#[derive(Debug, Default)]
pub(super) struct Removed {
    keys: Vec<Vec<String>>,
    /// A list and the place of an item in it.
    items: Vec<(Vec<String>, usize)>,
}

impl Removed {
    /// Takes out what stands at `path`; false where nothing does.
    pub(super) fn take(&mut self, dict: &mut Dict, path: &[String]) -> bool {
        let original = self.original(path);
        match remove(dict, path) {
            None => false,
            Some(Taken::Key) => {
                self.keys.push(original);
                true
            }
            Some(Taken::Item) => {
                let (index, list) =
                    original.split_last().map_or((None, &[][..]), |(last, list)| (last.parse().ok(), list));
                self.items.extend(index.map(|index| (list.to_vec(), index)));
                true
            }
        }
    }

    /// Where the file has what stands at `path` now: items after one that was taken out have moved up.
    pub(super) fn original(&self, path: &[String]) -> Vec<String> {
        let mut original: Vec<String> = Vec::with_capacity(path.len());
        for step in path {
            let mut gone: Vec<usize> =
                self.items.iter().filter(|(list, _)| *list == original).map(|(_, index)| *index).collect();
            gone.sort_unstable();
            let moved = step.parse::<usize>().ok().filter(|_| !gone.is_empty());
            original.push(match moved {
                Some(now) => gone.iter().fold(now, |at, gone| if *gone <= at { at + 1 } else { at }).to_string(),
                None => step.clone(),
            });
        }
        original
    }

    /// Whether a key is only missing at `path` because it was taken out, which was said already.
    pub(super) fn explains(&self, path: &[String], message: &str) -> bool {
        let gone = |key: &Vec<String>| {
            key.split_last().is_some_and(|(name, above)| above == path && message.contains(&format!("`{name}`")))
        };
        message.contains("is missing") && self.keys.iter().any(gone)
    }
}

enum Taken {
    Key,
    Item,
}

fn remove(dict: &mut Dict, path: &[String]) -> Option<Taken> {
    match path {
        [] => None,
        [key] => dict.remove(key).map(|_| Taken::Key),
        [key, rest @ ..] => match dict.get_mut(key)? {
            Value::Dict(_, inner) => remove(inner, rest),
            Value::Array(_, items) => remove_of(items, rest),
            _ => None,
        },
    }
}

fn remove_of(items: &mut Vec<Value>, path: &[String]) -> Option<Taken> {
    let (index, rest) = path.split_first()?;
    let index = index.parse::<usize>().ok().filter(|index| *index < items.len())?;
    match (&mut items[index], rest) {
        (Value::Dict(_, inner), [_, ..]) => remove(inner, rest),
        (_, []) => {
            items.remove(index);
            Some(Taken::Item)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Vec<String> {
        text.split('.').map(str::to_owned).collect()
    }

    #[test]
    fn items_are_told_by_the_places_that_they_have_in_the_file() {
        let budget = || Value::from(Dict::from([("limit".into(), Value::from(1))]));
        let mut dict = Dict::from([("budgets".into(), Value::from(vec![budget(), budget(), budget(), budget()]))]);
        let mut removed = Removed::default();
        assert!(removed.take(&mut dict, &path("budgets.1")));
        assert_eq!(removed.original(&path("budgets.0.limit")), path("budgets.0.limit"));
        assert_eq!(removed.original(&path("budgets.1.limit")), path("budgets.2.limit"));
        assert!(removed.take(&mut dict, &path("budgets.0")));
        assert_eq!(removed.original(&path("budgets.0")), path("budgets.2"));
        assert_eq!(removed.original(&path("budgets.1")), path("budgets.3"));
        assert_eq!(removed.original(&path("plans.1")), path("plans.1"));
        assert!(!removed.take(&mut dict, &path("budgets.2")), "there are two left");
    }

    #[test]
    fn only_what_was_taken_out_explains_that_it_is_missing() {
        let account = Value::from(Dict::from([("api_key".into(), Value::from(1))]));
        let mut dict = Dict::from([("a".into(), account)]);
        let mut removed = Removed::default();
        let message = "`api_key` or `api_key_file` is missing";
        assert!(!removed.explains(&path("a"), message));
        assert!(removed.take(&mut dict, &path("a.api_key")));
        assert!(removed.explains(&path("a"), message));
        assert!(!removed.explains(&path("b"), message));
        assert!(!removed.explains(&path("a"), "`name` is missing"));
        assert!(!removed.explains(&path("a"), "`api_key` is empty"));
    }
}
