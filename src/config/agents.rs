//! Where agents keep their logs when the configuration does not say.

use std::path::PathBuf;

use super::accounts::Accounts;
use super::environment::Environment;
use crate::domain::names::Provider;

/// Gives each log without a path those that its agent uses by itself.
pub(super) fn fill_in(accounts: &mut Accounts, environment: &Environment) {
    for provider in Provider::ALL.iter().copied() {
        for log in accounts.logs_of(provider).into_iter().flat_map(|logs| logs.values_mut()) {
            if log.paths.is_empty() {
                log.paths = folders(provider, environment);
            }
        }
    }
}

/// The folders that are there, or where the first would be: then the feed says that it is missing.
fn folders(provider: Provider, environment: &Environment) -> Vec<PathBuf> {
    let home = environment.get("HOME").map(PathBuf::from);
    let below_home = |name: &str| home.as_ref().map(|home| home.join(name));
    match provider {
        Provider::ClaudeCode => listed(environment, "CLAUDE_CONFIG_DIR").unwrap_or_else(|| {
            let shared = environment.get("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| below_home(".config"));
            let mut folders: Vec<PathBuf> = below_home(".claude").into_iter().collect();
            folders.extend(shared.map(|shared| shared.join("claude")));
            let there: Vec<PathBuf> = folders.iter().filter(|folder| folder.is_dir()).cloned().collect();
            folders.truncate(1);
            if there.is_empty() { folders } else { there }
        }),
        Provider::Codex => {
            listed(environment, "CODEX_HOME").unwrap_or_else(|| below_home(".codex").into_iter().collect())
        }
        Provider::GeminiCli => listed(environment, "GEMINI_DATA_DIR").unwrap_or_else(|| {
            let home = environment.get("GEMINI_CLI_HOME").map(PathBuf::from).or(home);
            home.map(|home| home.join(".gemini")).into_iter().collect()
        }),
        _ => Vec::new(),
    }
}

/// Folders in a variable, with commas between.
fn listed(environment: &Environment, name: &str) -> Option<Vec<PathBuf>> {
    let list = environment.get(name)?.split(',').map(str::trim).filter(|folder| !folder.is_empty());
    let list: Vec<PathBuf> = list.map(PathBuf::from).collect();
    (!list.is_empty()).then_some(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn claude_code_is_where_its_variable_says_or_where_its_folders_are() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        let home_text = home.path().to_str().unwrap();
        let find = |variables: &[(&str, &str)]| folders(Provider::ClaudeCode, &environment(variables));
        assert_eq!(find(&[("HOME", home_text)]), [at(".claude")], "neither is there");
        std::fs::create_dir_all(at(".config/claude")).unwrap();
        assert_eq!(find(&[("HOME", home_text)]), [at(".config/claude")]);
        std::fs::create_dir_all(at(".claude")).unwrap();
        assert_eq!(find(&[("HOME", home_text)]), [at(".claude"), at(".config/claude")]);
        assert_eq!(find(&[("HOME", home_text), ("XDG_CONFIG_HOME", "/x")]), [at(".claude")]);
        let listed = find(&[("HOME", home_text), ("CLAUDE_CONFIG_DIR", "/a, /b,")]);
        assert_eq!(listed, [PathBuf::from("/a"), PathBuf::from("/b")]);
        assert!(find(&[]).is_empty());
    }

    #[test]
    fn codex_is_where_its_variable_says_or_at_home() {
        let find = |variables: &[(&str, &str)]| folders(Provider::Codex, &environment(variables));
        assert_eq!(find(&[("HOME", "/home/dev")]), [PathBuf::from("/home/dev/.codex")]);
        let listed = find(&[("HOME", "/home/dev"), ("CODEX_HOME", "/a,/b")]);
        assert_eq!(listed, [PathBuf::from("/a"), PathBuf::from("/b")]);
    }

    #[test]
    fn gemini_cli_is_where_its_variables_say_or_at_home() {
        let find = |variables: &[(&str, &str)]| folders(Provider::GeminiCli, &environment(variables));
        assert_eq!(find(&[("HOME", "/home/dev")]), [PathBuf::from("/home/dev/.gemini")]);
        assert_eq!(find(&[("HOME", "/home/dev"), ("GEMINI_CLI_HOME", "/a")]), [PathBuf::from("/a/.gemini")]);
        let listed = find(&[("GEMINI_CLI_HOME", "/a"), ("GEMINI_DATA_DIR", "/b,/c")]);
        assert_eq!(listed, [PathBuf::from("/b"), PathBuf::from("/c")]);
    }
}
