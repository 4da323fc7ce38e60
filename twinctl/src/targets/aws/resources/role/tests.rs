//! What IAM does that the emulator is too kind for.

use std::collections::BTreeMap;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reconcile::Outcome;
use serde_json::{Value, json};

use super::{
    rights::{DESCRIPTION, trust},
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
    RoleDesired::of_function(policy, Limit::None)
}

fn missing() -> Reply {
    xml_error(404, "NoSuchEntity", "no such role")
}

fn encoded(document: &Value) -> String {
    utf8_percent_encode(&document.to_string(), NON_ALPHANUMERIC).to_string()
}

fn answer(operation: &str, body: &str) -> Reply {
    ok(&format!("<{operation}Response><{operation}Result>{body}</{operation}Result></{operation}Response>"))
}

fn there(operation: &str) -> Reply {
    let tag = |key: &str, value: &str| format!("<member><Key>{key}</Key><Value>{value}</Value></member>");
    let tags = tag(PROJECT_TAG, "twin") + &tag(ENVIRONMENT_TAG, "dev");
    let document = encoded(&trust());
    answer(
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
    answer("GetRolePolicy", &body)
}

fn inline(names: &[&str]) -> Reply {
    let names = names.iter().map(|name| format!("<member>{name}</member>")).collect::<Vec<_>>().concat();
    answer("ListRolePolicies", &format!("<PolicyNames>{names}</PolicyNames><IsTruncated>false</IsTruncated>"))
}

fn attached(arns: &[&str]) -> Reply {
    let member =
        |arn: &&str| format!("<member><PolicyName>p</PolicyName><PolicyArn>{arn}</PolicyArn></member>");
    let policies: String = arns.iter().map(member).collect();
    let body = format!("<AttachedPolicies>{policies}</AttachedPolicies><IsTruncated>false</IsTruncated>");
    answer("ListAttachedRolePolicies", &body)
}

/// A world in which the role is missing at first, for so many looks, then whole.
fn missing_for(looks: usize) -> Script {
    let role = std::iter::repeat_n(missing(), looks).chain([there("GetRole")]);
    Script::new()
        .on("GetRolePolicy", [policy()])
        .on("GetRole", role.collect::<Vec<_>>())
        .on("ListRolePolicies", [inline(&["twinctl"])])
        .on("ListAttachedRolePolicies", [attached(&[])])
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_to_its_creation_is_found_and_used() {
    let script = missing_for(1).on("CreateRole", [Reply::Lost]);
    let report = deploy(&script, role(), desired()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, "CreateRole"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_read_that_lags_behind_ends_in_already_exists_and_another_look() {
    let script = missing_for(3).on("CreateRole", [xml_error(409, "EntityAlreadyExists", "it is there")]);
    let report = deploy(&script, role(), desired()).await;
    assert!(report.complete(), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn a_new_role_may_be_unknown_to_the_next_call_and_to_the_last_look() {
    let script = missing_for(4)
        .on("CreateRole", [there("CreateRole"), xml_error(409, "EntityAlreadyExists", "it is there")])
        .on("PutRolePolicy", [missing(), answer("PutRolePolicy", "")]);
    let report = deploy(&script, role(), desired()).await;
    assert!(report.complete(), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn deleted_in_the_order_that_iam_demands() {
    let script = Script::new()
        .on("DetachRolePolicy", [answer("DetachRolePolicy", "")])
        .on("DeleteRolePolicy", [answer("DeleteRolePolicy", "")])
        .on("DeleteRole", [xml_error(409, "DeleteConflict", "must detach all policies first"), missing()])
        .on("ListAttachedRolePolicies", [attached(&["arn:1"]), attached(&["arn:2"]), attached(&[])])
        .on("GetRolePolicy", [policy(), missing()])
        .on("GetRole", [there("GetRole"), there("GetRole"), missing()])
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
            // Somebody had attached another policy in between.
            "DetachRolePolicy",
            "DeleteRole",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_role_without_our_tags_is_left_alone() {
    let bare = "<Role><Path>/</Path><RoleName>r</RoleName><RoleId>A</RoleId><Arn>arn</Arn>\
                <CreateDate>2026-01-01T00:00:00Z</CreateDate></Role>";
    let script = Script::new()
        .on("GetRolePolicy", [missing()])
        .on("GetRole", [answer("GetRole", bare)])
        .on("ListRolePolicies", [inline(&[])])
        .on("ListAttachedRolePolicies", [attached(&[])]);
    let report = deploy(&script, role(), desired()).await;
    assert!(matches!(report.outcome("resource"), Some(Outcome::Failed(_))), "{report:?}");
}

#[test]
fn a_boundary_of_ours_stays_where_it_is_and_is_set_only_by_whoever_has_to() {
    let (ours, theirs) = ("ours".to_owned(), "theirs".to_owned());
    let (none, kept, set) = (Limit::None, Limit::Kept(ours.clone()), Limit::Set(ours.clone()));
    for (limit, there, wanted) in [
        (&none, Some(&ours), None),
        (&kept, None, None),
        (&kept, Some(&ours), Some(&ours)),
        (&kept, Some(&theirs), None),
        (&set, None, Some(&ours)),
        (&set, Some(&theirs), Some(&ours)),
    ] {
        assert_eq!(limit.wanted(there).as_ref(), wanted, "{limit:?} {there:?}");
    }
}

/// Whoever may write the policy only within a boundary would be refused otherwise.
#[tokio::test(start_paused = true)]
async fn the_boundary_comes_before_the_policy() {
    let script = missing_for(0)
        .on("PutRolePermissionsBoundary", [answer("PutRolePermissionsBoundary", "")])
        .on("PutRolePolicy", [answer("PutRolePolicy", "")]);
    let more = json!({ "Version": "2012-10-17", "Statement": [{ "Sid": "a", "Action": "b:D" }] });
    let limited = RoleDesired::of_function(more, Limit::Set("ours".to_owned()));
    deploy(&script, role(), limited).await;
    let log = script.log();
    let at = |call: &str| log.iter().position(|line| line.starts_with(call)).unwrap();
    assert!(at("PutRolePermissionsBoundary") < at("PutRolePolicy"), "{log:?}");
}
