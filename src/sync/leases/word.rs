//! What processes on one database tell each other. Nothing is lost with a word that nobody hears: all look for themselves now
//! and then.

use std::fmt;
use std::str::FromStr;

use crate::domain::names::{AccountId, Provider};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// A daemon has come.
    Hello,
    /// Facts or the state of a feed have changed: the leader has something to do.
    News,
    /// Somebody wants the feeds of a provider, or all, brought up to date now.
    Wake(Option<Provider>),
    /// A command would like to work on a feed for a moment.
    Want(AccountId, String),
}

/// A word of another version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` means nothing to this version")]
pub struct Unknown(String);

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hello => f.write_str("hello"),
            Self::News => f.write_str("news"),
            Self::Wake(None) => f.write_str("wake"),
            Self::Wake(Some(provider)) => write!(f, "wake {provider}"),
            Self::Want(account, feed) => write!(f, "want {} {feed}", account.0),
        }
    }
}

impl FromStr for Word {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        let unknown = || Unknown(text.to_owned());
        let parts: Vec<&str> = text.split(' ').collect();
        match parts.as_slice() {
            ["hello"] => Ok(Self::Hello),
            ["news"] => Ok(Self::News),
            ["wake"] => Ok(Self::Wake(None)),
            ["wake", provider] => provider.parse().map(|provider| Self::Wake(Some(provider))).map_err(|_| unknown()),
            ["want", account, feed] => {
                let account = account.parse().map_err(|_| unknown())?;
                Ok(Self::Want(AccountId(account), (*feed).to_owned()))
            }
            _ => Err(unknown()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_says_another_understands() {
        let providers = Provider::ALL.iter().copied().map(Some).chain([None]).map(Word::Wake);
        for word in providers.chain([Word::Hello, Word::News, Word::Want(AccountId(7), "usage.completions".to_owned())])
        {
            assert_eq!(word.to_string().parse(), Ok(word));
        }
        for text in ["", "wake mars", "want", "want x costs", "news today"] {
            assert!(text.parse::<Word>().is_err(), "{text}");
        }
    }
}
