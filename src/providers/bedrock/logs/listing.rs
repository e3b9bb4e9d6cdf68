//! S3's list of what is in a bucket.

use crate::providers::bedrock::xml;
use crate::providers::http::PageParts;

/// What stands under one key. Another content has another tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) key: String,
    pub(super) tag: String,
}

/// An object, or where folders are asked for one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    Object(Object),
    Folder(String),
}

/// A page of `ListObjectsV2`; `None` where it is none, or not whole.
pub(super) fn page(text: &str) -> Option<PageParts<Entry>> {
    let (_, list) = text.trim_end().strip_suffix("</ListBucketResult>")?.split_once("<ListBucketResult")?;
    let mut items = Vec::new();
    for object in xml::elements(list, "Contents") {
        items.push(Entry::Object(Object { key: xml::text(object, "Key")?, tag: xml::text(object, "ETag")? }));
    }
    for folder in xml::elements(list, "CommonPrefixes") {
        items.push(Entry::Folder(xml::text(folder, "Prefix")?));
    }
    let has_more = xml::text(list, "IsTruncated")? == "true";
    Some(PageParts { items, has_more, cursor: xml::text(list, "NextContinuationToken") })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>acme</Name><Prefix>llm/</Prefix><KeyCount>2</KeyCount>
<MaxKeys>1000</MaxKeys><IsTruncated>true</IsTruncated><NextContinuationToken>1u/+=</NextContinuationToken>
<Contents><Key>llm/a&amp;b.json.gz</Key><LastModified>2026-11-22T10:05:00.000Z</LastModified><ETag>&quot;0a1b&quot;</ETag>
<Size>7</Size><StorageClass>STANDARD</StorageClass></Contents>
<CommonPrefixes><Prefix>llm/us-east-1/</Prefix></CommonPrefixes></ListBucketResult>"#;

    #[test]
    fn a_page_tells_what_is_there_and_whether_there_is_more() {
        let parts = page(PAGE).unwrap();
        let object = Object { key: "llm/a&b.json.gz".to_owned(), tag: "\"0a1b\"".to_owned() };
        assert_eq!(parts.items, [Entry::Object(object), Entry::Folder("llm/us-east-1/".to_owned())]);
        assert_eq!((parts.has_more, parts.cursor.as_deref()), (true, Some("1u/+=")));
    }

    #[test]
    fn half_a_page_is_none() {
        for length in (0..PAGE.len()).filter(|length| PAGE.is_char_boundary(*length)) {
            assert!(page(&PAGE[..length]).is_none(), "{length}");
        }
        assert!(page(&PAGE.replace("Key>", "Kay>")).is_none());
    }
}
