//! Ids as people write them into a configuration.

use std::fmt;

use serde::Deserialize;

/// The id of a tenant, an app registration or a subscription, as it fits into a path; lower case, since Azure tells ids apart
/// without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Id(String);

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no id of azure's, such as 01234567-89ab-cdef-0123-456789abcdef")]
pub struct NoId(String);

impl TryFrom<String> for Id {
    type Error = NoId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let id = text.trim().to_ascii_lowercase();
        let usable = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
        // A tenant may go by its domain, but no path may climb.
        let fits = id.bytes().all(usable) && id.starts_with(|c: char| c.is_ascii_alphanumeric());
        if fits { Ok(Self(id)) } else { Err(NoId(text)) }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Subscriptions, each once: a list, or a text with commas, as variables of the environment have it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Subscriptions(Vec<Id>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    List(Vec<String>),
}

impl TryFrom<Written> for Subscriptions {
    type Error = NoId;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let texts = match written {
            Written::Text(text) => text.split(',').map(str::to_owned).collect(),
            Written::List(texts) => texts,
        };
        let mut ids = Vec::new();
        for text in texts {
            let id = Id::try_from(text)?;
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(Self(ids))
    }
}

impl Subscriptions {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Id> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<String, String> {
        let read = serde_json::from_str::<Subscriptions>(json).map_err(|error| error.to_string())?;
        Ok(read.iter().map(Id::to_string).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn one_subscription_or_several_each_once() {
        assert_eq!(read(r#""0A-1""#), Ok("0a-1".to_owned()));
        assert_eq!(read(r#""0a-1, 0b-2,0A-1""#), Ok("0a-1 0b-2".to_owned()));
        assert_eq!(read(r#"["0a-1", "0b-2"]"#), Ok("0a-1 0b-2".to_owned()));
    }

    #[test]
    fn what_would_lead_elsewhere_is_no_id() {
        for text in ["", "..", "a/b", "a?b", "a b", "ä"] {
            assert!(Id::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
