//! Reading a configuration: all sources, all problems.

use std::fmt;
use std::path::Path;

use figment::error::Kind;
use figment::providers::{Format, Toml};
use figment::value::{Dict, Tag, Value};
use figment::{Error, Figment, Profile, Provider};

use super::agents;
use super::aws;
use super::environment::Environment;
use super::http::HttpSection;
use super::mask::masked;
use super::problem::{Problem, Problems};
use super::removed::Removed;
use super::sections::Config;
use super::words::message;

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
    let defaults = defaults();
    let mut problems = environment.misnamed(&defaults);
    let mut own =
        given.extract::<Dict>().map_err(|error| Problems(vec![problem(given, &path(&error), message(&error, ""))]))?;
    // Serde stops at the first error: take what is wrong out and look again, until nothing is.
    let mut removed = Removed::default();
    loop {
        let values = overlay(&defaults, &own);
        match Value::Dict(Tag::Default, values.clone()).deserialize::<Config>() {
            Ok(mut config) => {
                agents::fill_in(&mut config.accounts, environment);
                aws::fill_in(&mut config.accounts, environment);
                problems.extend(judge(&config).into_iter().filter_map(|(key, message)| {
                    let path: Vec<String> = key.split('.').map(str::to_owned).collect();
                    let path = removed.original(&path);
                    let problem = || problem(given, &path, message.clone());
                    (!removed.explains(&path, &message)).then(problem)
                }));
                if problems.is_empty() {
                    return Ok(Loaded { config, values });
                }
                break;
            }
            Err(error) => {
                let path = path(&error);
                let original = removed.original(&path);
                let message = message(&error, &source(given, &original));
                if !removed.explains(&original, &message) {
                    problems.push(problem(given, &original, message));
                }
                if !removed.take(&mut own, &path) {
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

fn problem(given: &Figment, path: &[String], message: String) -> Problem {
    Problem { key: path.join("."), source: source(given, path), message }
}

/// The name of what set the key at `path`, or the nearest key above it.
fn source(given: &Figment, path: &[String]) -> String {
    let above = (1..=path.len()).rev().map(|steps| path[..steps].join("."));
    let named = above.filter_map(|key| given.find_metadata(&key)).map(|metadata| metadata.name.to_string());
    named.into_iter().next().unwrap_or_default()
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
