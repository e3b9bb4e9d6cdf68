//! Where in a bucket the logs are.

use crate::domain::period::Day;
use crate::providers::bedrock::config::LogPlace;

impl LogPlace {
    /// Whether a bucket can have this name, so that an address can be made of it.
    pub(in crate::providers::bedrock) fn is_named(&self) -> bool {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c);
        self.bucket.starts_with(|c: char| c.is_ascii_alphanumeric()) && self.bucket.chars().all(fits)
    }

    /// What the keys of all logs of an account begin with; regions follow.
    pub(super) fn home(&self, account: &str) -> String {
        let prefix = self.prefix.trim_matches('/');
        let slash = if prefix.is_empty() { "" } else { "/" };
        format!("{prefix}{slash}AWSLogs/{account}/BedrockModelInvocationLogs/")
    }
}

/// What the keys of logs with calls of `day` begin with, below the folder of a region, as of `today`. Of the last minutes
/// before midnight some are written after it.
pub(super) fn folders(region: &str, day: Day, today: Day) -> Vec<String> {
    let folder = |day: Day| format!("{region}{}/", day.date().format("%Y/%m/%d"));
    let mut folders = vec![folder(day)];
    folders.extend((day < today).then(|| format!("{}00/", folder(day.next()))));
    folders
}

/// Whether `key`, found in `folder`, is a log: bodies that are too large for one lie beside it.
pub(super) fn is_log(key: &str, folder: &str) -> bool {
    key.strip_prefix(folder).is_some_and(|rest| rest.ends_with(".json.gz") && !format!("/{rest}").contains("/data/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(bucket: &str, prefix: &str) -> LogPlace {
        LogPlace { bucket: bucket.to_owned(), prefix: prefix.to_owned(), region: None }
    }

    #[test]
    fn keys_begin_as_documented() {
        for (prefix, home) in [
            ("", "AWSLogs/111122223333/BedrockModelInvocationLogs/"),
            ("llm/prod", "llm/prod/AWSLogs/111122223333/BedrockModelInvocationLogs/"),
            ("/llm/", "llm/AWSLogs/111122223333/BedrockModelInvocationLogs/"),
        ] {
            assert_eq!(place("b", prefix).home("111122223333"), home);
        }
    }

    #[test]
    fn a_day_ends_in_the_first_folder_of_the_next() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        let past = folders("h/us-east-1/", day("2026-10-31"), day("2026-11-22"));
        assert_eq!(past, ["h/us-east-1/2026/10/31/", "h/us-east-1/2026/11/01/00/"]);
        let running = folders("h/us-east-1/", day("2026-11-22"), day("2026-11-22"));
        assert_eq!(running, ["h/us-east-1/2026/11/22/"]);
    }

    #[test]
    fn bodies_are_no_logs() {
        let folder = "data/AWSLogs/1/BedrockModelInvocationLogs/us-east-1/2026/11/22/";
        for (rest, expected) in [
            ("10/20261122T100000000Z_0a1b.json.gz", true),
            ("10/data/8f0c_input.json.gz", false),
            ("data/8f0c_input.json.gz", false),
            ("amazon-bedrock-logs-permission-check", false),
        ] {
            assert_eq!(is_log(&format!("{folder}{rest}"), folder), expected, "{rest}");
        }
        assert!(!is_log("elsewhere.json.gz", folder));
    }

    #[test]
    fn a_bucket_has_a_name_that_fits_into_an_address() {
        for (bucket, expected) in [
            ("acme-logs.eu", true),
            ("", false),
            ("a/b", false),
            ("a@b", false),
            ("arn:aws:s3:::acme", false),
            ("-a", false),
        ] {
            assert_eq!(place(bucket, "").is_named(), expected, "{bucket}");
        }
    }
}
