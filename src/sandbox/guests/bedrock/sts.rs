//! Who asks, and keys of a role that last an hour; in XML.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{SecondsFormat, TimeDelta};

use super::ACCOUNT;
use super::signature::{ROLE_KEY_ID, ROLE_SECRET, ROLE_TOKEN, Scope};
use crate::sandbox::state::State;

/// The role that the keys may take on.
pub(in crate::sandbox) const ROLE: &str = "arn:aws:iam::111122223333:role/llmtally";

pub(super) fn answer(state: &State, scope: &Scope, body: &[u8]) -> Response {
    let fields: BTreeMap<_, _> = url::form_urlencoded::parse(body).into_owned().collect();
    let field = |name: &str| fields.get(name).map(String::as_str);
    match field("Action") {
        Some("GetCallerIdentity") => result("GetCallerIdentity", &caller(scope)),
        Some("AssumeRole") if field("RoleArn") == Some(ROLE) && field("RoleSessionName").is_some() => {
            let end = (state.now() + TimeDelta::hours(1)).to_rfc3339_opts(SecondsFormat::Secs, true);
            result(
                "AssumeRole",
                &format!(
                    "<AssumedRoleUser><AssumedRoleId>AROASANDBOX:llmtally</AssumedRoleId><Arn>{ROLE}</Arn></AssumedRoleUser>\
                     <Credentials><AccessKeyId>{ROLE_KEY_ID}</AccessKeyId><SecretAccessKey>{ROLE_SECRET}</SecretAccessKey>\
                     <SessionToken>{ROLE_TOKEN}</SessionToken><Expiration>{end}</Expiration></Credentials>"
                ),
            )
        }
        Some("AssumeRole") => refuse("AccessDenied", "the role may not be taken on"),
        _ => refuse("InvalidAction", "no such action"),
    }
}

fn caller(scope: &Scope) -> String {
    let (arn, id) = match scope.key.as_str() {
        ROLE_KEY_ID => (format!("arn:aws:sts::{ACCOUNT}:assumed-role/llmtally/llmtally"), "AROASANDBOX:llmtally"),
        _ => (format!("arn:aws:iam::{ACCOUNT}:user/llmtally"), "AIDASANDBOX"),
    };
    format!("<Arn>{arn}</Arn><UserId>{id}</UserId><Account>{ACCOUNT}</Account>")
}

fn result(action: &str, xml: &str) -> Response {
    let namespace = "https://sts.amazonaws.com/doc/2011-06-15/";
    let body = format!(
        "<{action}Response xmlns=\"{namespace}\"><{action}Result>{xml}</{action}Result>\
         <ResponseMetadata><RequestId>00000000-0000-4000-8000-000000000000</RequestId></ResponseMetadata></{action}Response>"
    );
    ([("content-type", "text/xml")], body).into_response()
}

pub(super) fn refuse(code: &str, message: &str) -> Response {
    let body = format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
         <Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    );
    (StatusCode::FORBIDDEN, [("content-type", "text/xml")], body).into_response()
}
