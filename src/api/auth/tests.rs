use std::fmt::Write;

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::*;

fn sha256(token: &str) -> String {
    Sha256::digest(token).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn sent(authorization: &str) -> Option<Sent> {
    let value = HeaderValue::from_str(authorization).unwrap();
    Sent::of(&HeaderMap::from_iter([(header::AUTHORIZATION, value)]))
}

#[test]
fn a_token_is_found_by_itself_or_with_its_name() {
    let (one, two) = (sha256("one"), sha256("two:with:colons").to_uppercase());
    let file = format!("[a]\nsha256 = '{one}'\nscopes = ['metrics']\n[b]\nsha256 = '{two}'\nscopes = ['read', 'sync']");
    let tokens = Tokens::parse(&file).unwrap();
    let found = |authorization: &str| {
        let sent = sent(authorization)?;
        tokens.find(&sent).map(|token| token.name().to_owned())
    };
    let basic = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
    for (authorization, name) in [
        ("Bearer one".to_owned(), Some("a")),
        ("bearer   two:with:colons".to_owned(), Some("b")),
        (basic("b:two:with:colons"), Some("b")),
        (basic("a:two:with:colons"), None),
        (basic(":one"), None),
        (basic("a:"), None),
        (basic("one"), None),
        ("Bearer on".to_owned(), None),
        ("Bearer onee".to_owned(), None),
        ("Bearer ".to_owned(), None),
        ("Bearer".to_owned(), None),
        (format!("Bearer {one}"), None),
        ("Basic %%%".to_owned(), None),
        ("Digest one".to_owned(), None),
        ("one".to_owned(), None),
    ] {
        assert_eq!(found(&authorization).as_deref(), name, "{authorization}");
    }
}

#[test]
fn a_wrong_file_is_explained_and_not_quoted() {
    let good = sha256("good");
    let entry = |sha256: &str, scopes: &str| format!("sha256 = \"{sha256}\"\nscopes = {scopes}\n");
    for (file, said) in [
        (String::new(), "holds no token"),
        ("[a]\ntoken = \"hush\"\n".to_owned(), "line 2 is wrong"),
        (format!("[a]\n{}", entry("hush", "[\"read\"]")), "line 2 is wrong"),
        (format!("[a]\n{}", entry(&format!("{good}00"), "[\"read\"]")), "line 2 is wrong"),
        (format!("[a]\n{}", entry(&good, "[\"hush\"]")), "line 3 is wrong"),
        (format!("[a]\n{}", entry(&good, "\"hush\"")), "line 3 is wrong"),
        (format!("[a]\nsha256 = \"{good}\"\n"), "line 1 is wrong"),
        ("a = \"hush\"\n".to_owned(), "line 1 is wrong"),
        ("[a]\nsha256 = hush\n".to_owned(), "line 2 is wrong"),
        (format!("[a]\n{}", entry(&good, "[]")), "`a` has no scopes"),
        (format!("[a]\n{}", entry(&sha256(""), "[\"read\"]")), "`a` is the empty token"),
        (format!("[\"a:b\"]\n{}", entry(&good, "[\"read\"]")), "must not be empty nor contain a colon"),
        (format!("[a]\n{0}[b]\n{0}", entry(&good, "[\"read\"]")), "`b` is the same token as `a`"),
    ] {
        let error = Tokens::parse(&file).expect_err(&file);
        assert!(error.contains(said) && !error.contains("hush"), "{error}\n{file}");
    }
}

#[test]
fn the_document_shows_a_file_that_works_and_every_scope() {
    let document = include_str!("../../../docs/listener.md");
    let file = document.split("```toml\n").find(|block| block.starts_with("[prometheus]")).unwrap();
    Tokens::parse(file.split("```").next().unwrap()).unwrap();
    for scope in [Scope::Metrics, Scope::Read, Scope::Sync] {
        assert!(document.contains(&format!("| `{}` |", scope.as_str())), "{scope:?}");
    }
}
