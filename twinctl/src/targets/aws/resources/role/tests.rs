//! A role with IAM responses that the emulator does not give.

use std::collections::BTreeMap;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reconcile::Outcome;
use serde_json::{Value, json};

use super::{
    function_policy::{DESCRIPTION, trust},
    *,
};
use crate::targets::aws::{
    ENVIRONMENT_TAG, Labels, PROJECT_TAG,
    resources::testing::{count, deploy, destroy},
    script::{Reply, Script, ok, xml_error},
};

fn role() -> Role {
    let labels = Labels::new("twin", "dev", &BTreeMap::new());
    Role::new("r".to_owned(), "arn:aws:iam::123456789012:role/r".to_owned(), labels)
}

fn desired() -> RoleDesired {
    let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Sid": "a", "Action": "b:C" }] });
    RoleDesired::of_function(policy, Boundary::None)
}

fn missing() -> Reply {
    xml_error(404, "NoSuchEntity", "no such role")
}

fn encoded(document: &Value) -> String {
    utf8_percent_encode(&document.to_string(), NON_ALPHANUMERIC).to_string()
}

fn response(operation: &str, body: &str) -> Reply {
    ok(&format!("<{operation}Response><{operation}Result>{body}</{operation}Result></{operation}Response>"))
}

fn existing(operation: &str) -> Reply {
    let tag = |key: &str, value: &str| format!("<member><Key>{key}</Key><Value>{value}</Value></member>");
    let tags = tag(PROJECT_TAG, "twin") + &tag(ENVIRONMENT_TAG, "dev");
    let document = encoded(&trust());
    response(
        operation,
        &format!(
            "<Role><Path>/</Path><RoleName>r</RoleName><RoleId>AROA1</RoleId><Arn>arn</Arn>\
             <CreateDate>2026-01-01T00:00:00Z</CreateDate><Description>{DESCRIPTION}</Description>\
             <AssumeRolePolicyDocument>{document}</AssumeRolePolicyDocument>\
             <MaxSessionDuration>3600</MaxSessionDuration><Tags>{tags}</Tags></Role>"
        ),
    )
}

fn policy() -> Reply {
    let document = encoded(&desired().policy.unwrap());
    let body = format!(
        "<RoleName>r</RoleName><PolicyName>twinctl</PolicyName><PolicyDocument>{document}</PolicyDocument>"
    );
    response("GetRolePolicy", &body)
}

fn inline(names: &[&str]) -> Reply {
    let names = names.iter().map(|name| format!("<member>{name}</member>")).collect::<Vec<_>>().concat();
    response(
        "ListRolePolicies",
        &format!("<PolicyNames>{names}</PolicyNames><IsTruncated>false</IsTruncated>"),
    )
}

fn attached(arns: &[&str]) -> Reply {
    let member =
        |arn: &&str| format!("<member><PolicyName>p</PolicyName><PolicyArn>{arn}</PolicyArn></member>");
    let policies: String = arns.iter().map(member).collect();
    let body = format!("<AttachedPolicies>{policies}</AttachedPolicies><IsTruncated>false</IsTruncated>");
    response("ListAttachedRolePolicies", &body)
}

/// Scripts a role that is missing for `reads` reads and then exists.
fn missing_for(reads: usize) -> Script {
    let role = std::iter::repeat_n(missing(), reads).chain([existing("GetRole")]);
    Script::new()
        .on("GetRolePolicy", [policy()])
        .on("GetRole", role.collect::<Vec<_>>())
        .on("ListRolePolicies", [inline(&["twinctl"])])
        .on("ListAttachedRolePolicies", [attached(&[])])
}

#[tokio::test(start_paused = true)]
async fn a_role_is_not_created_again_when_the_response_was_lost() {
    let script = missing_for(1).on("CreateRole", [Reply::Lost]);
    let report = deploy(&script, role(), desired()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, "CreateRole"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stale_read_of_an_existing_role_is_repeated() {
    let script = missing_for(3).on("CreateRole", [xml_error(409, "EntityAlreadyExists", "already exists")]);
    let report = deploy(&script, role(), desired()).await;
    assert!(report.complete(), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn a_new_role_may_be_missing_for_the_next_write_and_for_the_verification() {
    let script = missing_for(4)
        .on("CreateRole", [existing("CreateRole"), xml_error(409, "EntityAlreadyExists", "already exists")])
        .on("PutRolePolicy", [missing(), response("PutRolePolicy", "")]);
    let report = deploy(&script, role(), desired()).await;
    assert!(report.complete(), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn policies_are_removed_before_the_role() {
    let script = Script::new()
        .on("DetachRolePolicy", [response("DetachRolePolicy", "")])
        .on("DeleteRolePolicy", [response("DeleteRolePolicy", "")])
        .on("DeleteRole", [xml_error(409, "DeleteConflict", "must detach all policies first"), missing()])
        .on("ListAttachedRolePolicies", [attached(&["arn:1"]), attached(&["arn:2"]), attached(&[])])
        .on("GetRolePolicy", [policy(), missing()])
        .on("GetRole", [existing("GetRole"), existing("GetRole"), missing()])
        .on("ListRolePolicies", [inline(&["other", "twinctl"]), inline(&[])]);
    let report = destroy(&script, role(), desired()).await;
    assert!(report.complete(), "{report:?}");
    let writes = ["DetachRolePolicy", "DeleteRolePolicy", "DeleteRole"];
    let order: Vec<_> = script.log().into_iter().filter(|line| writes.contains(&line.as_str())).collect();
    assert_eq!(
        order,
        [
            "DetachRolePolicy",
            "DeleteRolePolicy",
            "DeleteRolePolicy",
            "DeleteRole",
            // Another policy was attached in between.
            "DetachRolePolicy",
            "DeleteRole",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_role_without_our_tags_is_not_changed() {
    let untagged = "<Role><Path>/</Path><RoleName>r</RoleName><RoleId>A</RoleId><Arn>arn</Arn>\
                <CreateDate>2026-01-01T00:00:00Z</CreateDate></Role>";
    let script = Script::new()
        .on("GetRolePolicy", [missing()])
        .on("GetRole", [response("GetRole", untagged)])
        .on("ListRolePolicies", [inline(&[])])
        .on("ListAttachedRolePolicies", [attached(&[])]);
    let report = deploy(&script, role(), desired()).await;
    assert!(matches!(report.outcome("resource"), Some(Outcome::Failed(_))), "{report:?}");
}

#[test]
fn our_boundary_is_kept_but_only_set_if_required() {
    let (ours, theirs) = ("ours".to_owned(), "theirs".to_owned());
    let (none, keep, set) = (Boundary::None, Boundary::Keep(ours.clone()), Boundary::Set(ours.clone()));
    for (boundary, existing, wanted) in [
        (&none, Some(&ours), None),
        (&keep, None, None),
        (&keep, Some(&ours), Some(&ours)),
        (&keep, Some(&theirs), None),
        (&set, None, Some(&ours)),
        (&set, Some(&theirs), Some(&ours)),
    ] {
        assert_eq!(boundary.wanted(existing).as_ref(), wanted, "{boundary:?} {existing:?}");
    }
}

/// CI can only write the policy of a role that has the boundary.
#[tokio::test(start_paused = true)]
async fn the_boundary_is_written_before_the_policy() {
    let script = missing_for(0)
        .on("PutRolePermissionsBoundary", [response("PutRolePermissionsBoundary", "")])
        .on("PutRolePolicy", [response("PutRolePolicy", "")]);
    let more = json!({ "Version": "2012-10-17", "Statement": [{ "Sid": "a", "Action": "b:D" }] });
    let bounded = RoleDesired::of_function(more, Boundary::Set("ours".to_owned()));
    deploy(&script, role(), bounded).await;
    let log = script.log();
    let at = |call: &str| log.iter().position(|line| line.starts_with(call)).unwrap();
    assert!(at("PutRolePermissionsBoundary") < at("PutRolePolicy"), "{log:?}");
}
