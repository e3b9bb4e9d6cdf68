use std::fs;
use std::path::Path;

use super::*;
use crate::domain::names::Billing;
use crate::providers::call_logs::LogConfig as Config;
use crate::providers::claude_code::{feeds, signed_in_with_a_plan};
use crate::providers::feed::FeedKind;

#[test]
fn the_settings_say_who_pays_or_the_caller_does() {
    let billing = |config: &str| {
        let feeds = feeds(&toml::from_str::<Config>(config).unwrap(), Billing::Included);
        feeds
            .into_iter()
            .find_map(|feed| if let FeedKind::Calls(billing, _) = feed.kind { Some(billing) } else { None })
    };
    assert_eq!(billing("paths = ['/x']"), Some(Billing::Included));
    assert_eq!(billing("paths = ['/x']\nbilling = 'subscription'"), Some(Billing::Subscription));
    assert!(toml::from_str::<Config>("paths = ['/x']\npath = '/y'").is_err());
}

#[test]
fn a_plan_shows_in_the_configuration_folder() {
    let home = tempfile::tempdir().unwrap();
    let projects = home.path().join("projects");
    fs::create_dir(&projects).unwrap();
    let signed_in = |path: &Path| signed_in_with_a_plan(&Config { paths: vec![path.to_owned()], ..Config::default() });
    assert!(!signed_in(home.path()) && !signed_in(&projects));
    fs::write(home.path().join(".credentials.json"), "never read").unwrap();
    assert!(signed_in(home.path()) && signed_in(&projects));
}

#[test]
fn of_a_configuration_folder_only_the_transcripts_are_read() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(Transcripts::default().folders(home.path()), [home.path()]);
    let projects = home.path().join("projects");
    fs::create_dir(&projects).unwrap();
    assert_eq!(Transcripts::default().folders(home.path()), [projects]);
    for (name, read) in [
        ("s-1.jsonl", true),
        ("s-1/subagents/agent-1.jsonl", true),
        ("s-1/subagents/agent-1.meta.json", false),
        ("s-3.orphaned.jsonl", false),
        ("s-4.jsonl.superseded-2.jsonl", false),
    ] {
        assert_eq!(Transcripts::default().holds(Path::new(name)), read, "{name}");
    }
}
