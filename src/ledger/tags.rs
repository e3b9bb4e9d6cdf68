//! Who pays: dated rules that put names of ours on rows.

use serde::Deserialize;

use crate::domain::names::AccountName;
use crate::domain::period::Day;
use crate::domain::spend::SpendRow;

/// One `[[tags]]` block: rows that match every given list get `tag = value`, unless an earlier rule has set the tag.
///
/// An empty list matches all rows; a pattern may hold `*` for any text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagRule {
    /// Such as `team` or `cost_centre`.
    pub tag: String,
    pub value: String,
    /// The first day on which the rule holds.
    pub from: Option<Day>,
    /// The last day on which the rule holds.
    pub until: Option<Day>,
    #[serde(default)]
    pub provider: Vec<String>,
    #[serde(default)]
    pub account: Vec<String>,
    #[serde(default)]
    pub project: Vec<String>,
    #[serde(default)]
    pub api_key: Vec<String>,
    #[serde(default)]
    pub user: Vec<String>,
    /// Matched with the provider's name of the model and with the price list's.
    #[serde(default)]
    pub model: Vec<String>,
}

impl TagRule {
    fn holds(&self, account: &AccountName, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day)
            && self.until.is_none_or(|until| day <= until)
            && matches(&self.provider, [Some(account.provider.as_str())])
            && matches(&self.account, [Some(account.account.as_str())])
    }

    fn is_about(&self, row: &SpendRow) -> bool {
        let dims = &row.dims;
        matches(&self.project, [dims.project.as_deref()])
            && matches(&self.api_key, [dims.api_key.as_deref()])
            && matches(&self.user, [dims.user.as_deref()])
            && matches(&self.model, [dims.model.as_deref(), row.model.as_deref()])
    }
}

/// Tags `rows` of one account's day.
pub fn tag(rows: &mut [SpendRow], rules: &[TagRule], account: &AccountName, day: Day) {
    let rules: Vec<&TagRule> = rules.iter().filter(|rule| rule.holds(account, day)).collect();
    for row in rows {
        for rule in &rules {
            if !row.tags.contains_key(&rule.tag) && rule.is_about(row) {
                row.tags.insert(rule.tag.clone(), rule.value.clone());
            }
        }
    }
}

fn matches<const N: usize>(patterns: &[String], values: [Option<&str>; N]) -> bool {
    let any = |pattern: &String| values.iter().flatten().any(|value| glob(pattern, value));
    patterns.is_empty() || patterns.iter().any(any)
}

fn glob(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut pieces: Vec<&str> = rest.split('*').collect();
    let end = pieces.pop().unwrap_or_default();
    // The first place where a piece fits leaves the most room for those that follow.
    for piece in pieces {
        let Some(found) = text.find(piece) else { return false };
        text = &text[found + piece.len()..];
    }
    text.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calibration::Calibration;
    use crate::domain::names::Provider;
    use crate::domain::spend::Bill;
    use crate::domain::usage::Meter;
    use crate::ledger::reconcile::reconcile;
    use crate::ledger::testing::{day, facts, usage};

    fn rules(text: &str) -> Vec<TagRule> {
        serde_json::from_str(text).unwrap()
    }

    fn team(rules: &[TagRule], project: &str, model: &str) -> Option<String> {
        let mut rows =
            reconcile(&facts(Bill::None, vec![usage(project, model, Meter::Input, "1", "1")]), &Calibration::default());
        tag(&mut rows, rules, &AccountName { provider: Provider::OpenAi, account: "default".to_owned() }, day());
        rows.pop()?.tags.remove("team")
    }

    #[test]
    fn the_first_rule_that_matches_wins_a_tag() {
        let rules = rules(
            r#"[{"tag": "team", "value": "search", "project": ["proj_s*", "proj_old"]},
                {"tag": "team", "value": "labs", "model": ["*-preview"]},
                {"tag": "stage", "value": "live"}]"#,
        );
        assert_eq!(team(&rules, "proj_search", "gpt-preview").as_deref(), Some("search"));
        assert_eq!(team(&rules, "proj_old", "gpt").as_deref(), Some("search"));
        assert_eq!(team(&rules, "proj_old2", "gpt-preview").as_deref(), Some("labs"));
        assert_eq!(team(&rules, "proj_x", "gpt"), None);
    }

    #[test]
    fn a_rule_holds_on_its_days_and_for_its_account_only() {
        let one = |fields: &str| rules(&format!(r#"[{{"tag": "team", "value": "a", {fields}}}]"#));
        for (fields, expected) in [
            (r#""from": "2026-11-20""#, true),
            (r#""from": "2026-11-21""#, false),
            (r#""until": "2026-11-20""#, true),
            (r#""until": "2026-11-19""#, false),
            (r#""provider": ["openai"]"#, true),
            (r#""provider": ["anthropic"]"#, false),
            (r#""account": ["other"]"#, false),
            (r#""user": ["*"]"#, false),
        ] {
            assert_eq!(team(&one(fields), "p", "m").is_some(), expected, "{fields}");
        }
    }

    #[test]
    fn an_unknown_field_is_an_error() {
        let rule = serde_json::from_str::<TagRule>(r#"{"tag": "team", "value": "a", "projcet": ["x"]}"#);
        assert!(rule.unwrap_err().to_string().contains("projcet"));
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*c*e", "abcde", true),
            ("a*a", "a", false),
            ("a*b*b", "ab", false),
            ("*bc*", "abbc", true),
            ("é*", "éa", true),
            ("abc", "abcd", false),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} on {text}");
        }
    }
}
