//! The traps of what a page is delivered with, one test each, with AWS as a script.

use std::collections::BTreeMap;

use reconcile::{Outcome, Ownership, Resource as _};

use super::{Delivery, DeliveryDesired, paths};
use crate::targets::aws::{
    resources::testing::{count, deploy, destroy},
    script::{Reply, Script, ok, xml_error},
};

const ROOT: &str = "/2020-05-31";

fn delivery() -> Delivery {
    Delivery::new("twin-dev")
}

fn desired() -> DeliveryDesired {
    DeliveryDesired {
        script_hashes: vec!["'sha256-abc='".to_owned()],
        frame_ancestors: vec![],
        paths: BTreeMap::new(),
        redirect: None,
    }
}

fn tagged(body: &str) -> Reply {
    Reply::Answer { status: 200, body: body.to_owned(), headers: vec![("etag", "E1".to_owned())] }
}

fn access(comment: &str) -> Reply {
    ok(&format!(
        "<OriginAccessControlList><Marker></Marker><MaxItems>100</MaxItems><IsTruncated>false</IsTruncated>\
         <Quantity>1</Quantity><Items><OriginAccessControlSummary><Id>EACCESS</Id><Description>{comment}</Description>\
         <Name>twin-dev</Name><SigningProtocol>sigv4</SigningProtocol><SigningBehavior>always</SigningBehavior>\
         <OriginAccessControlOriginType>s3</OriginAccessControlOriginType></OriginAccessControlSummary></Items>\
         </OriginAccessControlList>"
    ))
}

fn function() -> Reply {
    tagged(
        "<FunctionSummary><Name>twin-dev-paths</Name><Status>UNASSOCIATED</Status><FunctionConfig>\
         <Comment>twinctl twin-dev</Comment><Runtime>cloudfront-js-2.0</Runtime></FunctionConfig></FunctionSummary>",
    )
}

/// Everything as it should be.
fn there(script: Script) -> Script {
    let code = tagged(&paths::code(&BTreeMap::new(), None));
    script
        .on(&format!("GET {ROOT}/origin-access-control/EACCESS"), [tagged("<OriginAccessControl/>")])
        .on(&format!("GET {ROOT}/origin-access-control"), [access("twinctl twin-dev")])
        .on(&format!("GET {ROOT}/response-headers-policy/headers-id"), [tagged("<ResponseHeadersPolicy/>")])
        .on(&format!("GET {ROOT}/response-headers-policy"), [ok(include_str!("tests/headers.xml"))])
        .on(&format!("GET {ROOT}/function/twin-dev-paths/describe"), [function()])
        .on(&format!("GET {ROOT}/function/twin-dev-paths"), [code])
}

#[tokio::test(start_paused = true)]
async fn what_is_as_wanted_is_left_alone() {
    let script = there(Script::new());
    let report = deploy(&script, delivery(), desired()).await;
    assert!(matches!(report.outcome("resource"), Some(Outcome::Unchanged)), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn what_a_distribution_still_uses_is_tried_again() {
    let in_use = xml_error(409, "OriginAccessControlInUse", "It is used");
    let script = there(
        Script::new()
            .on(&format!("DELETE {ROOT}/origin-access-control/"), [in_use, ok("")])
            .on(&format!("DELETE {ROOT}/"), [ok("")]),
    );
    // The verifying look is not scripted: it finds what never goes here.
    let report = destroy(&script, delivery(), desired()).await;
    assert_eq!(report.nodes.len(), 1);
    assert_eq!(count(&script, &format!("DELETE {ROOT}/origin-access-control")), 2);
}

/// Without the function and the headers policy.
fn only(script: Script) -> Script {
    script
        .on(&format!("GET {ROOT}/response-headers-policy"), [ok("<ResponseHeadersPolicyList/>")])
        .on(&format!("GET {ROOT}/function/"), [xml_error(404, "NoSuchFunctionExists", "gone")])
}

#[tokio::test]
async fn what_only_shares_our_name_is_somebody_elses() {
    let script = only(Script::new().on(&format!("GET {ROOT}/origin-access-control"), [access("mine")]));
    let actual = delivery().observe(&script.cloud(), &mut ()).await.unwrap().expect("it is there");
    let Ownership::Foreign(what) = delivery().ownership(&actual) else { panic!() };
    assert_eq!(what, "the origin access control `twin-dev` exists already, and was not made by twinctl");
}

#[tokio::test]
async fn a_comment_that_was_changed_by_hand_is_drift() {
    let script = there(Script::new().on(&format!("GET {ROOT}/origin-access-control"), [access("odd")]));
    let actual = delivery().observe(&script.cloud(), &mut ()).await.unwrap().expect("it is there");
    assert_eq!(delivery().ownership(&actual), Ownership::Ours);
    let changes = delivery().diff(&desired(), Some(&actual));
    assert_eq!(
        changes.iter().map(|change| change.field.as_str()).collect::<Vec<_>>(),
        ["access_control.comment"]
    );
}

#[tokio::test]
async fn what_is_not_whole_tells_nobody_anything() {
    let ours = access("twinctl twin-dev");
    let script = only(Script::new().on(&format!("GET {ROOT}/origin-access-control"), [ours]));
    let actual =
        delivery().observe(&script.cloud(), &mut ()).await.unwrap().expect("the access control is there");
    assert!(delivery().output(&actual).is_none());
    assert_eq!(delivery().ownership(&actual), Ownership::Ours);
}
