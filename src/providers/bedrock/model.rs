//! Models by the ids under which they are called: the bill calls them by their display names, and only ids have a price
//! and can be found in use.

/// Ids that hold the date of the model; those of later models do not.
const DATED: [(&str, &str); 12] = [
    ("claude-3-haiku", "claude-3-haiku-20240307-v1:0"),
    ("claude-3-sonnet", "claude-3-sonnet-20240229-v1:0"),
    ("claude-3-opus", "claude-3-opus-20240229-v1:0"),
    ("claude-3-5-haiku", "claude-3-5-haiku-20241022-v1:0"),
    ("claude-3-5-sonnet", "claude-3-5-sonnet-20240620-v1:0"),
    ("claude-3-5-sonnet-v2", "claude-3-5-sonnet-20241022-v2:0"),
    ("claude-3-7-sonnet", "claude-3-7-sonnet-20250219-v1:0"),
    ("claude-sonnet-4", "claude-sonnet-4-20250514-v1:0"),
    ("claude-opus-4", "claude-opus-4-20250514-v1:0"),
    ("claude-opus-4-1", "claude-opus-4-1-20250805-v1:0"),
    ("claude-sonnet-4-5", "claude-sonnet-4-5-20250929-v1:0"),
    ("claude-haiku-4-5", "claude-haiku-4-5-20251001-v1:0"),
];

/// Where ids of models are bound to a part of the world by their first letters.
const PARTS: [(&str, &str); 4] = [("us-gov-", "us-gov."), ("us-", "us."), ("eu-", "eu."), ("ap-", "apac.")];

/// The display name in the name of a service, as in `Claude Sonnet 4.5 (Amazon Bedrock Edition)`.
pub(super) fn of_service(service: &str) -> Option<&str> {
    service.strip_suffix("(Amazon Bedrock Edition)").map(str::trim)
}

/// `us.anthropic.claude-sonnet-4-5-20250929-v1:0` of `Claude Sonnet 4.5` in `us-east-1`; the display name in lower case
/// with hyphens where we know no better.
pub(super) fn id(name: &str, region: Option<&str>, is_global: bool) -> String {
    let slug = name.to_lowercase().replace(' ', "-");
    let id = if slug.starts_with("claude") {
        let slug = slug.replace('.', "-");
        let dated = DATED.iter().find(|(plain, _)| *plain == slug).map(|(_, dated)| (*dated).to_owned());
        format!("anthropic.{}", dated.unwrap_or(slug))
    } else if slug.starts_with("nova") || slug.starts_with("titan") {
        format!("amazon.{}", slug.replace('.', "-"))
    } else if let Some(model) = slug.strip_prefix("openai-") {
        format!("openai.{model}")
    } else {
        return slug;
    };
    let part = PARTS.iter().find(|(prefix, _)| region.is_some_and(|region| region.starts_with(prefix)));
    let part = if is_global { "global." } else { part.map_or("", |(_, part)| part) };
    format!("{part}{id}")
}

/// The id at the end of a resource name; an id as it is.
pub(super) fn of_call(model: &str) -> &str {
    model.rsplit('/').next().unwrap_or(model)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_display_name_becomes_the_id_that_calls_it() {
        for (name, region, is_global, expected) in [
            ("Claude Sonnet 4.5", Some("us-east-1"), false, "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
            ("Claude Sonnet 4.5", Some("us-east-1"), true, "global.anthropic.claude-sonnet-4-5-20250929-v1:0"),
            ("Claude Opus 5.5", Some("eu-central-1"), false, "eu.anthropic.claude-opus-5-5"),
            ("Claude 3.5 Sonnet v2", None, false, "anthropic.claude-3-5-sonnet-20241022-v2:0"),
            ("Nova 2 Lite", Some("ap-northeast-1"), false, "apac.amazon.nova-2-lite"),
            ("OpenAI GPT-5.6 Sol", Some("us-gov-west-1"), false, "us-gov.openai.gpt-5.6-sol"),
            ("Llama 3.3 70B Instruct", Some("us-west-2"), false, "llama-3.3-70b-instruct"),
        ] {
            assert_eq!(id(name, region, is_global), expected, "{name}");
        }
    }

    #[test]
    fn names_are_found_in_services_and_resources() {
        assert_eq!(of_service("Claude Sonnet 4.5 (Amazon Bedrock Edition)"), Some("Claude Sonnet 4.5"));
        assert_eq!(of_service("Amazon Bedrock"), None);
        let arn = "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-opus-5-5";
        assert_eq!(of_call(arn), "us.anthropic.claude-opus-5-5");
        assert_eq!(of_call("amazon.nova-lite-v1:0"), "amazon.nova-lite-v1:0");
    }
}
