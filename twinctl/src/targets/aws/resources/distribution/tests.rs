//! The traps of the distribution, one test each, with AWS as a script.

use std::{collections::BTreeMap, sync::Arc};

use reconcile::{
    Apply, Choices, Engine, Graph, Halt, Ownership, Report, Resource as _, Silent, Status, Waits,
};

use super::{super::delivery::DeliveryOutput, Distribution, DistributionDesired, Named, OriginSecret};
use crate::targets::aws::{
    Cloud, Labels,
    script::{Reply, Script, ok, xml_error},
};

const ROOT: &str = "/2020-05-31";

fn distribution() -> Distribution {
    Distribution::new("twin-dev", Labels::new("twin", "dev", &BTreeMap::new()))
}

fn desired() -> DistributionDesired {
    DistributionDesired {
        birth: "01JD".to_owned(),
        bucket_host: "twin-dev-frontend.s3.eu-central-1.amazonaws.com".to_owned(),
        api_endpoint: "https://abc.execute-api.eu-central-1.amazonaws.com".to_owned(),
        origin_secret: OriginSecret::new("hush"),
        delivery: DeliveryOutput {
            access_id: "EACCESS".to_owned(),
            headers_id: "headers-id".to_owned(),
            function: "twin-dev-paths".to_owned(),
        },
        named: Named::ByCloudFront,
    }
}

fn tagged(body: &str) -> Reply {
    Reply::Answer { status: 200, body: body.to_owned(), headers: vec![("etag", "E1".to_owned())] }
}

/// The distribution as AWS says it: its own order, members that nobody sent, the oldest protocol version.
fn live(status: &str, enabled: bool) -> Reply {
    let live = include_str!("tests/live.xml");
    tagged(&live.replace("{status}", status).replace("{enabled}", &enabled.to_string()))
}

fn listed(ids: &[&str]) -> Reply {
    let summary = |id: &&str| {
        format!(
            "<DistributionSummary><Id>{id}</Id><ARN>a</ARN><Status>Deployed</Status>\
             <LastModifiedTime>2026-01-01T00:00:00Z</LastModifiedTime><DomainName>d</DomainName>\
             <Comment>twinctl twin-dev</Comment><PriceClass>PriceClass_All</PriceClass><Enabled>true</Enabled>\
             <WebACLId></WebACLId><HttpVersion>http2</HttpVersion><IsIPV6Enabled>true</IsIPV6Enabled>\
             <Staging>false</Staging></DistributionSummary>"
        )
    };
    let all: String = ids.iter().map(summary).collect();
    ok(&format!(
        "<DistributionList><Marker></Marker><MaxItems>100</MaxItems><IsTruncated>false</IsTruncated>\
         <Quantity>{}</Quantity><Items>{all}</Items></DistributionList>",
        ids.len()
    ))
}

fn tags() -> Reply {
    ok("<Tags><Items><Tag><Key>twinctl:project</Key><Value>twin</Value></Tag>\
        <Tag><Key>twinctl:environment</Key><Value>dev</Value></Tag></Items></Tags>")
}

/// Its tags are ours.
fn script() -> Script {
    Script::new().on(&format!("GET {ROOT}/tagging"), [tags()])
}

async fn run(script: &Script, destroy: bool) -> Report {
    let mut graph: Graph<Cloud> = Graph::new();
    graph.add("distribution", distribution(), (), |()| desired());
    let choices = Choices { destroy, ..Choices::default() };
    let engine = Engine::new(graph, Arc::new(script.cloud()), Arc::new(Silent), Halt::new(), choices);
    engine.observe().await.expect("it can be looked at");
    let plan = engine.plan();
    let report = engine.apply(&plan, Apply { waits: Waits::Yes, observed: true }).await;
    engine.verify(&plan, report).await
}

fn count(script: &Script, beginning: &str) -> usize {
    script.log().iter().filter(|line| line.starts_with(beginning)).count()
}

#[tokio::test]
async fn what_aws_fills_in_by_itself_is_no_drift() {
    let script = script()
        .on(&format!("GET {ROOT}/distribution/EDIST"), [live("InProgress", true)])
        .on(&format!("GET {ROOT}/distribution"), [listed(&["EDIST"])]);
    let actual = distribution().observe(&script.cloud(), &mut None).await.unwrap().expect("it is there");
    assert_eq!(distribution().diff(&desired(), Some(&actual)), []);
    assert!(matches!(distribution().status(&actual), Status::Settling(_)));
    assert_eq!(distribution().ownership(&actual), Ownership::Ours);
}

#[tokio::test(start_paused = true)]
async fn one_whose_making_was_not_answered_is_found_by_its_comment() {
    let again = xml_error(409, "DistributionAlreadyExists", "The caller reference was used before");
    let script = script()
        .on(&format!("POST {ROOT}/distribution"), [Reply::Lost, again])
        .on(&format!("GET {ROOT}/distribution/EDIST"), [live("Deployed", true)])
        // The list is late.
        .on(&format!("GET {ROOT}/distribution"), [listed(&[]), listed(&[]), listed(&[]), listed(&["EDIST"])]);
    let report = run(&script, false).await;
    assert!(report.complete(), "{report:?}");
    // Asked for three times by the same reference, which is how it is made only once.
    assert_eq!(count(&script, "POST"), 3);
}

#[tokio::test(start_paused = true)]
async fn a_changed_configuration_is_read_again() {
    let changed = || xml_error(412, "PreconditionFailed", "The precondition was not met");
    let invalid = xml_error(400, "InvalidIfMatchVersion", "The If-Match version is not valid");
    let off = || live("Deployed", false);
    let script = script()
        .on(&format!("PUT {ROOT}/distribution/EDIST/config"), [changed(), invalid, live("InProgress", true)])
        .on(&format!("GET {ROOT}/distribution/EDIST"), [off(), off(), off(), live("Deployed", true)])
        .on(&format!("GET {ROOT}/distribution"), [listed(&["EDIST"])]);
    let report = run(&script, false).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, "PUT"), 3);
}

#[tokio::test(start_paused = true)]
async fn it_is_deleted_once_it_is_disabled_everywhere() {
    let still = xml_error(409, "DistributionNotDisabled", "The distribution is not disabled");
    let looks = [
        live("Deployed", true),
        live("InProgress", false),
        live("InProgress", false),
        live("Deployed", false),
        live("Deployed", false),
        xml_error(404, "NoSuchDistribution", "gone"),
    ];
    let script = script()
        .on(&format!("PUT {ROOT}/distribution/EDIST/config"), [live("InProgress", false)])
        .on(&format!("DELETE {ROOT}/distribution/EDIST"), [still, ok("")])
        .on(&format!("GET {ROOT}/distribution/EDIST"), looks)
        // The list says what was for a while.
        .on(&format!("GET {ROOT}/distribution"), [listed(&["EDIST"]), listed(&["EDIST"]), listed(&[])]);
    let report = run(&script, true).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, "PUT"), 1);
    assert_eq!(count(&script, &format!("DELETE {ROOT}/distribution")), 2);
}

#[tokio::test]
async fn one_that_was_disabled_by_hand_is_deleted_without_another_word() {
    let script = script()
        .on(&format!("DELETE {ROOT}/"), [ok("")])
        .on(&format!("GET {ROOT}/distribution/EDIST"), [live("Deployed", false)])
        .on(&format!("GET {ROOT}/distribution"), [listed(&["EDIST"])]);
    let (twin, cloud) = (distribution(), script.cloud());
    let actual = twin.observe(&cloud, &mut None).await.unwrap().expect("it is there");
    assert!(twin.detached(&actual));
    assert!(matches!(twin.delete(&cloud, &mut None, &actual).await, Ok(reconcile::Removed::Done)));
    assert_eq!(count(&script, "PUT"), 0);
}

#[tokio::test]
async fn two_with_our_comment_are_an_error_that_names_both() {
    let script = script().on(&format!("GET {ROOT}/distribution"), [listed(&["E1", "E2"])]);
    let fault = distribution().observe(&script.cloud(), &mut None).await.unwrap_err();
    assert!(fault.to_string().contains("E1, E2"), "{fault}");
}

#[test]
fn the_secret_is_in_no_change() {
    let changes = distribution().diff(&desired(), None);
    let shown = format!("{changes:?} {:?}", desired());
    assert!(shown.contains("origin.api.secret") && !shown.contains("hush"), "{shown}");
}
