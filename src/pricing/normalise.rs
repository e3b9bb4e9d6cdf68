//! The forms in which one model's name travels: gateways, clouds and snapshots decorate it.

/// The names to look for, in this order: as written, then with one decoration after the other taken off.
///
/// Fine-tuned models are only looked for as written: they cost more than their base.
pub(super) fn candidates(model: &str) -> Vec<String> {
    let written = model.trim().to_lowercase();
    let mut names = vec![written.clone()];
    if written.starts_with("ft:") {
        return names;
    }
    let mut name = written.as_str();
    for strip in [path, suffix, seller, revision, snapshot] {
        name = strip(name);
        push(&mut names, name.to_owned());
        push(&mut names, with_separator(name, '-'));
        push(&mut names, with_separator(name, '.'));
    }
    names
}

fn push(names: &mut Vec<String>, name: String) {
    if !name.is_empty() && !names.contains(&name) {
        names.push(name);
    }
}

/// `publishers/x/models/name`, `openai/name` and resource names that end in `/name`.
fn path(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// `name[1m]`, `name:nitro`, `name:28k`.
fn suffix(name: &str) -> &str {
    name.split(['[', ':']).next().unwrap_or(name)
}

/// `us.anthropic.name`, `openai.name`.
fn seller(name: &str) -> &str {
    ["anthropic.", "openai."].iter().find_map(|seller| name.split_once(seller)).map_or(name, |(_, name)| name)
}

/// `name-v1`, `name@default`, `name@20250929`.
fn revision(name: &str) -> &str {
    let name = name.split('@').next().unwrap_or(name);
    match name.rsplit_once("-v") {
        Some((base, number)) if is_digits(number) => base,
        _ => name,
    }
}

/// `name-latest`, `name-20250929`, `name-2025-09-29`.
fn snapshot(name: &str) -> &str {
    if let Some(base) = name.strip_suffix("-latest") {
        return base;
    }
    let dated = |length: usize| {
        let at = name.len().checked_sub(length)?;
        name.get(at..)?.strip_prefix("-20").map(|rest| (name.get(..at).unwrap_or(name), rest))
    };
    match (dated(9), dated(11)) {
        (Some((base, rest)), _) if is_digits(rest) => base,
        (_, Some((base, rest))) if is_digits(&rest.replace('-', "")) && rest.matches('-').count() == 2 => base,
        _ => name,
    }
}

/// `name-4-6` as `name-4.6` and back: separators between single version digits.
fn with_separator(name: &str, separator: char) -> String {
    let bytes = name.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let alone = |at: usize| digit(at) && !digit(at + 1) && !at.checked_sub(1).is_some_and(digit);
    let between = |at: usize| at > 0 && alone(at - 1) && alone(at + 1);
    name.char_indices().map(|(at, c)| if matches!(c, '-' | '.') && between(at) { separator } else { c }).collect()
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decorations_come_off_one_after_the_other() {
        for (written, plain) in [
            ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
            (
                "arn:aws:bedrock:us-east-1:111122223333:inference-profile/global.anthropic.claude-opus-5",
                "claude-opus-5",
            ),
            ("vertex_ai/claude-sonnet-4-5@20250929", "claude-sonnet-4-5"),
            ("openai/gpt-5.5:nitro", "gpt-5.5"),
            ("claude-opus-4-6[1m]", "claude-opus-4-6"),
            ("claude-opus-4.6", "claude-opus-4-6"),
            ("gpt-4-1-mini-2025-04-14", "gpt-4.1-mini"),
            ("GPT-4o-2024-08-06 ", "gpt-4o"),
            ("chatgpt-4o-latest", "chatgpt-4o"),
        ] {
            let names = candidates(written);
            assert_eq!(names.first().map(String::as_str), Some(written.trim().to_lowercase().as_str()));
            assert!(names.iter().any(|name| name == plain), "{written}: {names:?}");
        }
    }

    #[test]
    fn a_name_never_loses_its_version() {
        for (written, other) in [
            ("claude-opus-4-5", "claude-opus-4"),
            ("gpt-5.5", "gpt-5"),
            ("gpt-4o-2024", "gpt-4o"),
            ("ft:gpt-4o-2024-08-06:org:n:abc", "gpt-4o"),
        ] {
            assert!(!candidates(written).iter().any(|name| name == other), "{written}");
        }
    }
}
