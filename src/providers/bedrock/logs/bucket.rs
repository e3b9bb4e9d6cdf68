//! A bucket of S3, as far as it is read.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::listing::{self, Entry};
use crate::providers::feed::FetchError;
use crate::providers::http::{Ask, Cursors, Http};

/// What has to be escaped so that an address reads as it was signed, by whoever works the signature out; a path keeps its slashes.
const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const IN_PATH: &AsciiSet = &IN_QUERY.remove(b'/');

pub(super) struct Bucket {
    http: Http,
    pub(super) name: String,
}

impl Bucket {
    pub(super) fn new(http: Http, name: &str) -> Self {
        Self { http, name: name.to_owned() }
    }

    /// Everything whose key begins with `prefix`; what has a further slash in its key only by its `folders`, where these are
    /// wanted.
    pub(super) async fn list(&self, prefix: &str, folders: bool) -> Result<Vec<Entry>, FetchError> {
        const NAME: &str = "ListObjectsV2";
        let delimiter = folders.then_some(("delimiter", "/"));
        let asked: Vec<_> = [("list-type", "2"), ("prefix", prefix)].into_iter().chain(delimiter).collect();
        let (mut cursors, mut entries, mut ask) = (Cursors::new(NAME), Vec::new(), question(NAME, &asked));
        loop {
            let answer =
                self.http.fetch(&ask).await.map_err(|error| self.explain(error, "s3:ListBucket on the bucket"))?;
            let page = listing::page(&String::from_utf8_lossy(&answer.body));
            let page = page.ok_or_else(|| FetchError::Malformed(format!("answer of {NAME} is not as documented")))?;
            entries.extend(page.items);
            let Some(cursor) = cursors.follow(page.has_more, page.cursor)? else { return Ok(entries) };
            ask = question(NAME, &[asked.as_slice(), &[("continuation-token", &cursor)]].concat());
        }
    }

    pub(super) async fn get(&self, key: &str) -> Result<Vec<u8>, FetchError> {
        let ask = Ask { name: Some("GetObject"), ..Ask::get(utf8_percent_encode(key, IN_PATH).to_string()) };
        let needed =
            "s3:GetObject on what is in the bucket (and kms:Decrypt on its key, if it is encrypted with one of yours)";
        Ok(self.http.fetch(&ask).await.map_err(|error| self.explain(error, needed))?.body)
    }

    fn explain(&self, error: FetchError, needed: &str) -> FetchError {
        let name = &self.name;
        if let FetchError::Rejected { status: status @ 301, .. } = error {
            let message = format!("the bucket `{name}` is in another region than invocation_logs says");
            return FetchError::Rejected { status, message };
        }
        error.with_help(&format!(
            "the keys need the IAM permission {needed} `{name}`, which a policy of their user or role gives in the IAM \
             console; a bucket of another account has to allow it as well"
        ))
    }
}

/// A blank in a query is written as in a path: a plus would be signed as something else by some.
fn question(name: &'static str, parameters: &[(&str, &str)]) -> Ask {
    let written = parameters.iter().map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, IN_QUERY)));
    Ask { name: Some(name), ..Ask::get(format!("?{}", written.collect::<Vec<_>>().join("&"))) }
}
