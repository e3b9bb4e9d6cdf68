//! Reading a configuration: all sources, all problems.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use figment::error::Kind;
use figment::providers::{Format, Toml};
use figment::value::{Dict, Tag, Value};
use figment::{Error, Figment, Profile, Provider};

use super::agents;
use super::environment::Environment;
use super::http::HttpSection;
use super::mask::{is_secret, masked};
use super::problem::{Problem, Problems};
use super::sections::Config;

const DEFAULTS: &str = include_str!("../../config/default.toml");

/// A good configuration, and the values it was made of.
pub struct Loaded {
    pub config: Config,
    /// With secrets as they are: show them [`masked`] only.
    pub values: Dict,
}

impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded").field("values", &masked(&self.values)).finish_non_exhaustive()
    }
}

/// Reads the defaults, then `file`, then the environment.
///
/// # Errors
///
/// Every problem that the configuration has; values of secrets are in none of them.
pub fn load(file: Option<&Path>, environment: &Environment) -> Result<Loaded, Problems> {
    check(&given(file, environment)?, environment, Config::problems)
}

/// The listener's section for who only asks a running daemon: the files that it names are not looked at, since the daemon
/// goes on with what it read of them when they were good.
///
/// # Errors
///
/// Every problem that the text of the configuration has.
pub fn listener(file: Option<&Path>, environment: &Environment) -> Result<HttpSection, Problems> {
    let loaded = check(&given(file, environment)?, environment, |_| Vec::new())?;
    Ok(loaded.config.http)
}

fn given(file: Option<&Path>, environment: &Environment) -> Result<Figment, Problems> {
    let mut given = Figment::new();
    if let Some(file) = file {
        let text = std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))?;
        // Read from the text rather than the path, since figment passes over a file that is not there.
        let provider = Toml::string(&text);
        provider.data().map_err(|error| syntax(file, &error))?;
        given = given.admerge(Named { name: file.display().to_string(), provider });
    }
    for variable in environment.variables() {
        given = given.admerge(variable);
    }
    Ok(given)
}

fn check(
    given: &Figment,
    environment: &Environment,
    judge: fn(&Config) -> Vec<(String, String)>,
) -> Result<Loaded, Problems> {
    let mut problems = Vec::new();
    let mut own = given.extract::<Dict>().map_err(|error| Problems(vec![problem(given, &error)]))?;
    let defaults = defaults();
    // Serde stops at the first error: take what is wrong out and look again, until nothing is.
    let mut removed = BTreeSet::new();
    loop {
        let values = overlay(&defaults, &own);
        match Value::Dict(Tag::Default, values.clone()).deserialize::<Config>() {
            Ok(mut config) => {
                agents::fill_in(&mut config.accounts, environment);
                problems.extend(judge(&config).into_iter().map(|(key, message)| {
                    let source = source(given, &key);
                    Problem { key, source, message }
                }));
                if problems.is_empty() {
                    return Ok(Loaded { config, values });
                }
                break;
            }
            Err(error) => {
                let path = path(&error);
                problems.push(problem(given, &error));
                if path.is_empty() || !removed.insert(path.clone()) || !remove(&mut own, &path) {
                    break;
                }
            }
        }
    }
    problems.sort_by(|one, other| one.key.cmp(&other.key));
    problems.dedup();
    Err(Problems(problems))
}

fn defaults() -> Dict {
    Figment::from(Toml::string(DEFAULTS)).extract().unwrap_or_default()
}

/// `own` over `base`, key by key; lists are taken whole.
fn overlay(base: &Dict, own: &Dict) -> Dict {
    let mut all = base.clone();
    for (key, value) in own {
        let value = match (base.get(key), value) {
            (Some(Value::Dict(tag, base)), Value::Dict(_, own)) => Value::Dict(*tag, overlay(base, own)),
            (_, value) => value.clone(),
        };
        all.insert(key.clone(), value);
    }
    all
}

/// The key at fault, down to an unknown or missing one.
fn path(error: &Error) -> Vec<String> {
    let mut path = error.path.clone();
    if let Kind::UnknownField(name, _) = &error.kind
        && path.last() != Some(name)
    {
        path.push(name.clone());
    }
    path
}

fn remove(dict: &mut Dict, path: &[String]) -> bool {
    match path {
        [] => false,
        [key] => dict.remove(key).is_some(),
        [key, rest @ ..] => match dict.get_mut(key) {
            Some(Value::Dict(_, inner)) => remove(inner, rest),
            // A list is looked at again without the item at fault.
            Some(Value::Array(_, items)) => match rest[0].parse::<usize>() {
                Ok(index) if index < items.len() => {
                    items.remove(index);
                    true
                }
                _ => false,
            },
            _ => false,
        },
    }
}

fn problem(given: &Figment, error: &Error) -> Problem {
    let key = path(error).join(".");
    let secret = error.path.last().is_some_and(|key| is_secret(key));
    let message = match &error.kind {
        Kind::UnknownField(_, []) => "unknown key".to_owned(),
        Kind::UnknownField(_, allowed) => format!("unknown key; allowed here: {}", allowed.join(", ")),
        Kind::MissingField(name) => format!("`{name}` is missing"),
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) if secret => {
            format!("must be {expected}; write it in quotes")
        }
        Kind::InvalidType(actual, expected) | Kind::InvalidValue(actual, expected) => {
            format!("must be {expected}, is {actual}")
        }
        Kind::UnknownVariant(actual, allowed) => format!("`{actual}` is none of: {}", allowed.join(", ")),
        _ if secret => "is not usable".to_owned(),
        other => other.to_string(),
    };
    Problem { source: source(given, &key), key, message }
}

/// The name of what set `key`, or the nearest key above it.
fn source(given: &Figment, key: &str) -> String {
    let mut key = key;
    loop {
        if let Some(metadata) = given.find_metadata(key) {
            return metadata.name.to_string();
        }
        match key.rsplit_once('.') {
            Some((above, _)) => key = above,
            None => return String::new(),
        }
    }
}

fn unreadable(file: &Path, error: &std::io::Error) -> Problems {
    let source = file.display().to_string();
    Problems(vec![Problem { key: "--config".to_owned(), source, message: format!("cannot be read: {error}") }])
}

/// TOML's own words quote the line, which may hold a secret: only its place is told.
fn syntax(file: &Path, error: &Error) -> Problems {
    let text = error.to_string();
    let place = text.lines().next().unwrap_or_default().trim_start_matches("TOML parse error ").to_owned();
    let reason = text.lines().rev().map(str::trim).find(|line| !line.is_empty() && !line.contains('|'));
    let reason = reason.filter(|reason| !reason.contains(['"', '`', '='])).unwrap_or("not valid TOML");
    let source = file.display().to_string();
    Problems(vec![Problem { key: place, source, message: reason.to_owned() }])
}

/// A provider under the name that people know it by.
struct Named<P> {
    name: String,
    provider: P,
}

impl<P: Provider> Provider for Named<P> {
    fn metadata(&self) -> figment::Metadata {
        figment::Metadata::named(self.name.clone())
    }

    fn data(&self) -> Result<figment::value::Map<Profile, Dict>, Error> {
        self.provider.data()
    }
}
