//! Names: archived projects, owners of keys, and lists that the key may not read.

use super::Vendor;
use crate::domain::names::DirectoryEntry;
use crate::providers::feed::FetchError;

const USERS: &str = "/v1/organization/users";
const PROJECTS: &str = "/v1/organization/projects";
const SHOP_KEYS: &str = "/v1/organization/projects/proj_Zk1example/api_keys";
const OLD_KEYS: &str = "/v1/organization/projects/proj_Hv2example/api_keys";
const NAMELESS_KEYS: &str = "/v1/organization/projects/proj_Nn3example/api_keys";

const USERS_FIRST: &str = include_str!("../fixtures/users_first.json");
const USERS_SECOND: &str = include_str!("../fixtures/users_second.json");
const PROJECTS_LIST: &str = include_str!("../fixtures/projects.json");
const KEYS_LIST: &str = include_str!("../fixtures/api_keys.json");
const MISSING_SCOPE: &str = include_str!("../fixtures/missing_scope.json");
const EMPTY: &str = r#"{"object":"list","data":[],"first_id":null,"last_id":null,"has_more":false}"#;

fn lines(entries: &[DirectoryEntry]) -> Vec<String> {
    entries.iter().map(|entry| format!("{} {} {}", entry.kind.as_str(), entry.id, entry.name)).collect()
}

#[tokio::test]
async fn every_id_that_has_a_name_gets_it() {
    let vendor = Vendor::start(&[
        (USERS, 200, USERS_FIRST),
        (USERS, 200, USERS_SECOND),
        (PROJECTS, 200, PROJECTS_LIST),
        (SHOP_KEYS, 200, KEYS_LIST),
        (OLD_KEYS, 200, EMPTY),
        (NAMELESS_KEYS, 200, EMPTY),
    ])
    .await;
    let entries = vendor.directory().await.unwrap();
    let expected = [
        "project proj_Hv2example old-search",
        "project proj_Zk1example web-shop",
        "api_key key_Q7example checkout",
        "api_key key_R8example nightly",
        "user user-Sa4example nightly job",
        "user user-Wq9example ada@example.com",
        "user user-Xy5example Grace",
    ];
    assert_eq!(lines(&entries), expected);

    let asked = vendor.asked();
    assert!(asked.iter().all(|request| request.values("limit") == ["100"]));
    // The first page of users has no `last_id`.
    assert_eq!(asked[1].values("after"), ["user-Wq9example"]);
    assert_eq!(asked[2].values("include_archived"), ["true"]);
    assert_eq!(asked[3].values("owner_project_access"), ["any"]);
}

#[tokio::test]
async fn a_list_that_is_refused_does_not_cost_the_others() {
    let vendor = Vendor::start(&[
        (USERS, 403, MISSING_SCOPE),
        (PROJECTS, 200, PROJECTS_LIST),
        (SHOP_KEYS, 404, r#"{"error":{"message":"no such project"}}"#),
        (OLD_KEYS, 200, KEYS_LIST),
        (NAMELESS_KEYS, 200, EMPTY),
    ])
    .await;
    let entries = vendor.directory().await.unwrap();
    let expected = [
        "project proj_Hv2example old-search",
        "project proj_Zk1example web-shop",
        "api_key key_Q7example checkout",
        "api_key key_R8example nightly",
        "user user-Sa4example nightly job",
        "user user-Wq9example ada@example.com",
    ];
    assert_eq!(lines(&entries), expected);
}

#[tokio::test]
async fn a_key_that_may_read_no_names_at_all_is_told_so() {
    let vendor = Vendor::start(&[(USERS, 403, MISSING_SCOPE), (PROJECTS, 403, MISSING_SCOPE)]).await;
    let error = vendor.directory().await.unwrap_err();
    assert!(matches!(error, FetchError::Unauthorized(_)), "{error}");
}

#[tokio::test]
async fn a_failure_that_may_pass_fails_the_listing() {
    let vendor =
        Vendor::start(&[(USERS, 200, USERS_SECOND), (PROJECTS, 200, PROJECTS_LIST), (SHOP_KEYS, 502, "")]).await;
    let error = vendor.directory().await.unwrap_err();
    assert!(matches!(error, FetchError::Unavailable(_)), "{error}");
}
