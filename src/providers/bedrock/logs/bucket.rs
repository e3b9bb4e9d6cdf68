//! A bucket of S3, as far as it is read.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::listing::{self, Entry};
use crate::providers::feed::FetchError;
use crate::providers::http::{Ask, Cursors, Http};

/// What a path has to escape so that it reads as it was signed.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

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
        let mut first = Ask { name: Some(NAME), ..Ask::get("") }.with("list-type", "2").with("prefix", prefix);
        if folders {
            first = first.with("delimiter", "/");
        }
        let (mut cursors, mut entries, mut ask) = (Cursors::new(NAME), Vec::new(), first.clone());
        loop {
            let answer =
                self.http.fetch(&ask).await.map_err(|error| self.explain(error, "s3:ListBucket on the bucket"))?;
            let page = listing::page(&String::from_utf8_lossy(&answer.body));
            let page = page.ok_or_else(|| FetchError::Malformed(format!("answer of {NAME} is not as documented")))?;
            entries.extend(page.items);
            let Some(cursor) = cursors.follow(page.has_more, page.cursor)? else { return Ok(entries) };
            ask = first.clone().with("continuation-token", cursor);
        }
    }

    pub(super) async fn get(&self, key: &str) -> Result<Vec<u8>, FetchError> {
        let ask = Ask { name: Some("GetObject"), ..Ask::get(utf8_percent_encode(key, ESCAPED).to_string()) };
        let needed =
            "s3:GetObject on what is in the bucket (and kms:Decrypt on its key, if it is encrypted with one of yours)";
        Ok(self.http.fetch(&ask).await.map_err(|error| self.explain(error, needed))?.body)
    }

    fn explain(&self, error: FetchError, needed: &str) -> FetchError {
        let name = &self.name;
        error.with_help(&format!(
            "the keys need the IAM permission {needed} `{name}`, which a policy of their user or role gives in the IAM \
             console; a bucket of another account has to allow it as well"
        ))
    }
}
