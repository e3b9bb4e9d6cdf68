//! The file of tokens: a table for each, with its name, the SHA-256 of it, and what it opens.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, de};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

use super::sent::Sent;
use crate::api::watched::FileProblem;

const KEY: &str = "http.auth.tokens_file";
const SHAPE: &str = "a token is a table `[name]` with `sha256`, 64 hexadecimal digits, and `scopes`, a list of metrics, \
                     read and sync";

/// What a token opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scope {
    /// The page for Prometheus.
    Metrics,
    /// The landing page, and what the API tells.
    Read,
    /// "Refresh now".
    Sync,
}

impl Scope {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Metrics => "metrics",
            Self::Read => "read",
            Self::Sync => "sync",
        }
    }
}

#[derive(Debug)]
pub(super) struct Token {
    name: String,
    digest: [u8; 32],
    scopes: BTreeSet<Scope>,
}

#[derive(Debug)]
pub(super) struct Tokens(Vec<Token>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    sha256: Hex,
    scopes: BTreeSet<Scope>,
}

struct Hex([u8; 32]);

impl Tokens {
    pub(super) fn read(file: &Path) -> Result<Self, FileProblem> {
        let name = file.display();
        let problem = |message| FileProblem { key: KEY, message };
        let text = std::fs::read_to_string(file).map_err(|error| problem(format!("cannot read `{name}`: {error}")))?;
        Self::parse(&text).map_err(|message| problem(format!("`{name}`: {message}")))
    }

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let entries: BTreeMap<String, Entry> = toml::from_str(text).map_err(|error| misshapen(text, &error))?;
        let mut tokens: Vec<Token> = Vec::with_capacity(entries.len());
        for (name, Entry { sha256: Hex(digest), scopes }) in entries {
            if name.is_empty() || name.contains(|c: char| c == ':' || c.is_control()) {
                return Err("the name of a token must not be empty nor contain a colon".to_owned());
            }
            if scopes.is_empty() {
                return Err(format!("`{name}` has no scopes"));
            }
            if digest == *Sha256::digest(b"") {
                return Err(format!("`{name}` is the empty token"));
            }
            if let Some(other) = tokens.iter().find(|other| other.digest == digest) {
                return Err(format!("`{name}` is the same token as `{}`", other.name));
            }
            tokens.push(Token { name, digest, scopes });
        }
        if tokens.is_empty() { Err(format!("holds no token; {SHAPE}")) } else { Ok(Self(tokens)) }
    }

    /// The one that may refresh.
    pub(super) fn refresh(token: &SecretString) -> Self {
        let digest = Sha256::digest(token.expose_secret().as_bytes()).into();
        Self(vec![Token { name: "http.token".to_owned(), digest, scopes: BTreeSet::from([Scope::Sync]) }])
    }

    /// Takes the same time whichever token was sent, and wherever a wrong one differs.
    pub(super) fn find(&self, sent: &Sent) -> Option<&Token> {
        self.0.iter().fold(None, |found, token| if token.is(sent) { Some(token) } else { found })
    }
}

impl Token {
    fn is(&self, sent: &Sent) -> bool {
        let same = bool::from(self.digest.ct_eq(&sent.digest));
        // Names are no secret.
        same && sent.name.as_ref().is_none_or(|name| *name == self.name)
    }

    pub(super) fn opens(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

/// TOML's own words quote the line, in which somebody may have written the token itself.
fn misshapen(text: &str, error: &toml::de::Error) -> String {
    let start = error.span().map(|span| span.start);
    match start.and_then(|start| text.get(..start)) {
        Some(before) => format!("line {} is wrong: {SHAPE}", before.matches('\n').count() + 1),
        None => format!("is no list of tokens: {SHAPE}"),
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits: Option<Vec<u8>> = text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
        let digits = digits.filter(|digits| digits.len() == 64).ok_or_else(|| de::Error::custom("no SHA-256"))?;
        let mut digest = [0; 32];
        for (byte, pair) in digest.iter_mut().zip(digits.chunks(2)) {
            *byte = pair.iter().fold(0, |sum, digit| sum << 4 | digit);
        }
        Ok(Self(digest))
    }
}
