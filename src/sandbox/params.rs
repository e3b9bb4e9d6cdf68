//! Query parameters, read strictly: what the endpoint does not document, it refuses.

use super::refusal::Refusal;

/// How a vendor writes arrays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrays {
    /// `name[]=…` only.
    Brackets,
    /// `name[]=…` or `name=…`.
    Either,
}

/// What an endpoint takes.
pub(super) struct Accepts<'a> {
    pub(super) arrays: Arrays,
    pub(super) one: &'a [&'a str],
    pub(super) many: &'a [&'a str],
}

#[derive(Debug)]
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    pub(super) fn read(pairs: &[(String, String)], accepts: &Accepts<'_>) -> Result<Self, Refusal> {
        let mut known: Vec<(String, String)> = Vec::new();
        for (raw, value) in pairs {
            let bare = raw.strip_suffix("[]");
            let name = bare.unwrap_or(raw);
            let is_one = bare.is_none() && accepts.one.contains(&name);
            let is_many = accepts.many.contains(&name) && (bare.is_some() || accepts.arrays == Arrays::Either);
            if !is_one && !is_many {
                return Err(Refusal::bad(raw, format!("unknown parameter: '{raw}'")));
            }
            if is_one && known.iter().any(|(seen, _)| seen == name) {
                return Err(Refusal::bad(raw, format!("'{raw}' is given twice")));
            }
            known.push((name.to_owned(), value.clone()));
        }
        Ok(Self(known))
    }

    pub(super) fn one(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn many(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.one(name).ok_or_else(|| Refusal::bad(name, format!("missing required parameter: '{name}'")))
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        self.one(name)
            .map(|text| text.parse().map_err(|_| Refusal::bad(name, format!("'{text}' is not a boolean"))))
            .transpose()
    }

    /// A page size between 1 and `max`.
    pub(super) fn limit(&self, default: usize, max: usize) -> Result<usize, Refusal> {
        let Some(text) = self.one("limit") else { return Ok(default) };
        text.parse()
            .ok()
            .filter(|limit| (1..=max).contains(limit))
            .ok_or_else(|| Refusal::bad("limit", format!("'{text}' is not between 1 and {max}")))
    }

    /// The dimensions asked for, each of which must be among `allowed`.
    pub(super) fn group_by(&self, allowed: &[&'static str]) -> Result<Vec<&'static str>, Refusal> {
        let known = |wanted: String| {
            let found = allowed.iter().find(|name| **name == wanted).copied();
            found.ok_or_else(|| Refusal::bad("group_by", format!("'{wanted}' is not one of {allowed:?}")))
        };
        self.many("group_by").into_iter().map(known).collect()
    }

    /// The query without its cursor and page size: what every page of one answer has in common.
    pub(super) fn fingerprint(&self) -> String {
        let mut fixed: Vec<_> = self.0.iter().filter(|(name, _)| name != "page" && name != "limit").collect();
        fixed.sort();
        format!("{fixed:?}")
    }
}
