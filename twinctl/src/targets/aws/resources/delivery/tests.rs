//! A delivery with scripted CloudFront responses.

use std::collections::BTreeMap;

use reconcile::{Outcome, Ownership, Resource as _};

use super::{Delivery, DeliveryDesired, paths};
use crate::{
    artifacts::web::PageSources,
    targets::aws::{
        resources::testing::{count, deploy, destroy},
        script::{Reply, Script, ok, xml_error},
    },
};

const ROOT: &str = "/2020-05-31";

fn delivery() -> Delivery {
    Delivery::new("twin-dev")
}

fn desired() -> DeliveryDesired {
    DeliveryDesired {
        script_hashes: vec!["'sha256-abc='".to_owned()],
        sources: PageSources::default(),
        frame_ancestors: vec![],
        paths: BTreeMap::new(),
        redirect: None,
    }
}

fn tagged(body: &str) -> Reply {
    Reply::Response { status: 200, body: body.to_owned(), headers: vec![("etag", "E1".to_owned())] }
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

/// Scripts a delivery that matches the desired state.
fn up_to_date(script: Script) -> Script {
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
async fn an_up_to_date_delivery_is_unchanged() {
    let script = up_to_date(Script::new());
    let report = deploy(&script, delivery(), desired()).await;
    assert!(matches!(report.outcome("resource"), Some(Outcome::Unchanged)), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn the_deletion_of_a_part_that_is_in_use_is_retried() {
    let in_use = xml_error(409, "OriginAccessControlInUse", "It is used");
    let script = up_to_date(
        Script::new()
            .on(&format!("DELETE {ROOT}/origin-access-control/"), [in_use, ok("")])
            .on(&format!("DELETE {ROOT}/"), [ok("")]),
    );
    // The reads after the deletion are not scripted, so the verification still finds the parts.
    let report = destroy(&script, delivery(), desired()).await;
    assert_eq!(report.nodes.len(), 1);
    assert_eq!(count(&script, &format!("DELETE {ROOT}/origin-access-control")), 2);
}

/// Scripts a missing function and a missing headers policy.
fn access_control_only(script: Script) -> Script {
    script
        .on(&format!("GET {ROOT}/response-headers-policy"), [ok("<ResponseHeadersPolicyList/>")])
        .on(&format!("GET {ROOT}/function/"), [xml_error(404, "NoSuchFunctionExists", "gone")])
}

#[tokio::test]
async fn a_part_with_our_name_but_another_comment_is_not_ours() {
    let script =
        access_control_only(Script::new().on(&format!("GET {ROOT}/origin-access-control"), [access("mine")]));
    let actual =
        delivery().observe(&script.cloud(), &mut ()).await.unwrap().expect("the access control exists");
    let Ownership::Foreign(what) = delivery().ownership(&actual) else { panic!() };
    assert_eq!(what, "the origin access control `twin-dev` exists but is not managed by twinctl");
}

#[tokio::test]
async fn a_manually_changed_comment_is_drift() {
    let script = up_to_date(Script::new().on(&format!("GET {ROOT}/origin-access-control"), [access("odd")]));
    let actual =
        delivery().observe(&script.cloud(), &mut ()).await.unwrap().expect("the access control exists");
    assert_eq!(delivery().ownership(&actual), Ownership::Ours);
    let changes = delivery().diff(&desired(), Some(&actual));
    assert_eq!(
        changes.iter().map(|change| change.field.as_str()).collect::<Vec<_>>(),
        ["access_control.comment"]
    );
}

#[tokio::test]
async fn an_incomplete_delivery_has_no_output() {
    let ours = access("twinctl twin-dev");
    let script = access_control_only(Script::new().on(&format!("GET {ROOT}/origin-access-control"), [ours]));
    let actual =
        delivery().observe(&script.cloud(), &mut ()).await.unwrap().expect("the access control exists");
    assert!(delivery().output(&actual).is_none());
    assert_eq!(delivery().ownership(&actual), Ownership::Ours);
}
