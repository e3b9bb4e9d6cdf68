//! Where keys come from, seen in the signatures that they make.

use chrono::TimeDelta;

use super::*;
use crate::providers::http::loopback::reply;

const CALLER: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/a</Arn>\
                      <Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
const LENT: &str = r#"{"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"ASIALENT","SecretAccessKey":"s",
                      "Token":"lent-token","Expiration":"2026-11-22T20:00:00Z"}"#;

async fn ids(opened: &Opened) -> Vec<String> {
    opened.identity.as_ref().unwrap().ids().await.unwrap()
}

/// Whose key signed the request.
fn signer(asked: &Seen) -> &str {
    let authorization = asked.header("authorization").unwrap_or_default();
    authorization.split_once("Credential=").map_or("", |(_, rest)| rest.split('/').next().unwrap_or_default())
}

#[tokio::test]
async fn the_account_is_known_by_its_number() {
    let server = Loopback::start(|_, _| reply(200, CALLER)).await;
    assert_eq!(ids(&with_keys(&server)).await, ["111122223333"]);
    let asked = server.seen().remove(0);
    assert_eq!(asked.body, "Action=GetCallerIdentity&Version=2011-06-15");
    assert_eq!(signer(&asked), KEYS[0]);
    assert!(asked.header("authorization").unwrap().contains("/20261122/us-east-1/sts/aws4_request"));
}

#[tokio::test]
async fn a_machine_tells_its_keys_for_a_token() {
    let server = Loopback::start(|asked, _| match (asked.method.as_str(), asked.path.as_str()) {
        ("PUT", "/latest/api/token") => reply(200, "metadata-token"),
        ("GET", _) if asked.header("x-aws-ec2-metadata-token") != Some("metadata-token") => reply(401, ""),
        ("GET", "/latest/meta-data/iam/security-credentials/") => reply(200, "fleet\n"),
        ("GET", "/latest/meta-data/iam/security-credentials/fleet") => reply(200, LENT),
        _ => reply(200, CALLER),
    })
    .await;
    let opened = open(&server, &json!({ "metadata_url": server.base_url }));
    assert_eq!(ids(&opened).await, ["111122223333"]);
    ids(&opened).await;
    let seen = server.seen();
    assert_eq!(seen[0].header("x-aws-ec2-metadata-token-ttl-seconds"), Some("60"));
    let signed: Vec<_> = seen.iter().filter(|asked| asked.method == "POST").collect();
    assert_eq!((seen.len(), signed.len()), (5, 2), "keys that last are asked for once");
    assert_eq!(signer(signed[0]), "ASIALENT");
    assert_eq!(signed[0].header("x-amz-security-token"), Some("lent-token"));
}

#[tokio::test]
async fn a_container_tells_its_keys_to_who_shows_its_token() {
    let server = Loopback::start(|asked, _| match (asked.path.as_str(), asked.header("authorization")) {
        ("/v2/credentials/1", Some("container-token")) => reply(200, LENT),
        ("/v2/credentials/1", _) => reply(401, ""),
        _ => reply(200, CALLER),
    })
    .await;
    let url = format!("{}/v2/credentials/1", server.base_url);
    let opened = open(&server, &json!({ "container_credentials_url": url, "container_token": "container-token" }));
    assert_eq!(ids(&opened).await, ["111122223333"]);
    assert_eq!(signer(&server.seen()[1]), "ASIALENT");
}

#[tokio::test]
async fn a_profile_is_read_and_its_lack_is_named() {
    let server = Loopback::start(|_, _| reply(200, CALLER)).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials");
    std::fs::write(&file, "[billing]\naws_access_key_id = AKIAFILE\naws_secret_access_key = s\n").unwrap();
    let profile = |name: &str| open(&server, &json!({ "profile": name, "credentials_file": file }));
    ids(&profile("billing")).await;
    assert_eq!(signer(&server.seen()[0]), "AKIAFILE");
    let error = profile("other").identity.unwrap().ids().await.unwrap_err();
    assert_eq!(error.reason(), "unauthorized");
    assert!(error.to_string().contains("profile `other`"), "{error}");
}

#[tokio::test]
async fn a_role_is_taken_on_once_until_shortly_before_its_keys_expire() {
    let server = Loopback::start(|asked, number| {
        if !asked.body.contains("AssumeRole") {
            return reply(200, CALLER);
        }
        let credentials = format!(
            "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA{number}</AccessKeyId>\
             <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
             <Expiration>2026-11-22T{}:05:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
            15 + number
        );
        reply(200, credentials)
    })
    .await;
    let role = "arn:aws:iam::111122223333:role/bill";
    let settings = json!({
        "access_key_id": KEYS[0], "secret_access_key": KEYS[1], "role_arn": role, "external_id": "x-1",
        "endpoint_url": server.base_url,
    });
    let wire = server.wire();
    let config: Config = serde_json::from_value(settings).unwrap();
    let opened = config.open(&wire).unwrap();
    ids(&opened).await;
    wire.clock.set(wire.clock.now() + TimeDelta::minutes(54));
    ids(&opened).await;
    wire.clock.set(wire.clock.now() + TimeDelta::minutes(2));
    ids(&opened).await;

    let seen = server.seen();
    let signers: Vec<_> = seen.iter().map(signer).collect();
    assert_eq!(signers, [KEYS[0], "ASIA0", "ASIA0", KEYS[0], "ASIA3"]);
    let asked = "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fbill&RoleSessionName=llmtally&ExternalId=x-1";
    assert_eq!(seen[0].body, asked);
}

#[tokio::test]
async fn half_a_pair_of_keys_is_no_account() {
    let server = Loopback::start(|_, _| reply(200, CALLER)).await;
    for (setting, missing) in [("access_key_id", "secret_access_key"), ("secret_access_key", "access_key_id")] {
        let config: Config = serde_json::from_value(json!({ setting: "x" })).unwrap();
        let error = config.open(&server.wire()).err().map(|error| error.to_string());
        assert_eq!(error, Some(format!("{setting} is set without {missing}")));
    }
}
