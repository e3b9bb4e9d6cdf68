//! Who called, by the name under which Amazon's own log knows them.

/// A number of so many digits is no name that a person has.
const MADE_UP: usize = 8;

/// `developer/alice@example.com` of a session of a role, `ci` of a user; a session whose name a machine has made up is
/// its role. `None` of what is no resource name.
pub(super) fn user(arn: &str) -> Option<String> {
    let mut parts = arn.splitn(6, ':');
    let name = (parts.next() == Some("arn")).then(|| parts.nth(4)).flatten().filter(|name| !name.is_empty())?;
    if let Some(role) = name.strip_prefix("assumed-role/") {
        let program = role.rsplit_once('/').filter(|(_, session)| is_made_up(session)).map(|(role, _)| role);
        return Some(program.unwrap_or(role).to_owned());
    }
    Some(name.strip_prefix("user/").unwrap_or(name).to_owned())
}

/// Whether a session is called by a time or by chance, as `botocore-session-1795219200`, `i-0123456789abcdef0` or a UUID: every
/// start of a program would be a user of its own.
fn is_made_up(session: &str) -> bool {
    if session.contains('@') {
        return false;
    }
    let by_chance = |word: &str| {
        let hex = word.chars().all(|c| c.is_ascii_hexdigit()) && word.contains(|c: char| c.is_ascii_digit());
        hex && word.len() >= MADE_UP
    };
    session.split(|c: char| !c.is_ascii_alphanumeric()).any(by_chance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_apart_and_starts_of_programs_are_not() {
        for (arn, expected) in [
            ("arn:aws:sts::111122223333:assumed-role/dev/alice", Some("dev/alice")),
            (
                "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Dev_0123456789abcdef/a12345678@example.com",
                Some("AWSReservedSSO_Dev_0123456789abcdef/a12345678@example.com"),
            ),
            ("arn:aws:sts::111122223333:assumed-role/shop-api/i-0123456789abcdef0", Some("shop-api")),
            ("arn:aws:sts::111122223333:assumed-role/etl/botocore-session-1795219200", Some("etl")),
            ("arn:aws:sts::111122223333:assumed-role/etl/8f0c1a2b-3c4d-4000-8000-5e6f70819203", Some("etl")),
            ("arn:aws:sts::111122223333:assumed-role/ci/GitHubActions", Some("ci/GitHubActions")),
            ("arn:aws:sts::111122223333:assumed-role/ci/release-2026", Some("ci/release-2026")),
            ("arn:aws-cn:iam::111122223333:user/shop/ci", Some("shop/ci")),
            ("arn:aws:iam::111122223333:root", Some("root")),
            ("arn:aws:sts::111122223333:federated-user/bob", Some("federated-user/bob")),
            ("alice", None),
            ("arn:aws:iam::111122223333:", None),
            ("", None),
        ] {
            assert_eq!(user(arn).as_deref(), expected, "{arn}");
        }
    }
}
