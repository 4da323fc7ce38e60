//! The distribution with scripted CloudFront responses.

use std::collections::BTreeMap;

use aws_sdk_cloudfront::types::{
    CacheBehavior, CacheBehaviors, DefaultCacheBehavior, OriginProtocolPolicy, SslProtocol,
    ViewerProtocolPolicy,
};
use proptest::prelude::*;
use reconcile::{Ownership, Resource as _, Status};

use super::{
    super::delivery::DeliveryOutput, AliasOwner, Distribution, DistributionActual, DistributionDesired,
    sends_everywhere,
};
use crate::spec::arbitrary::environments;
use crate::targets::aws::{
    Labels,
    names::Names,
    resources::testing::{count, deploy, destroy},
    script::{Reply, Script, ok, xml_error},
};
use crate::targets::record::OriginSecret;

const ROOT: &str = "/2020-05-31";

fn distribution() -> Distribution {
    Distribution::new("twin-dev", Labels::new("twin", "dev", &BTreeMap::new()))
}

fn desired() -> DistributionDesired {
    DistributionDesired {
        birth: "01JD".to_owned(),
        bucket_host: "twin-dev-frontend.s3.eu-central-1.amazonaws.com".to_owned(),
        api_endpoint: "https://abc.execute-api.eu-central-1.amazonaws.com".to_owned(),
        stream_endpoint: None,
        origin_secrets: vec![OriginSecret::new("hush")],
        delivery: DeliveryOutput {
            access_id: "EACCESS".to_owned(),
            headers_id: "headers-id".to_owned(),
            function: "twin-dev-paths".to_owned(),
        },
        alias_owner: AliasOwner::Distribution,
    }
}

fn tagged(body: &str) -> Reply {
    Reply::Response { status: 200, body: body.to_owned(), headers: vec![("etag", "E1".to_owned())] }
}

/// The distribution as AWS returns it: in its own order, with default members and the minimum protocol version.
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

/// Scripts our tags.
fn script() -> Script {
    Script::new().on(&format!("GET {ROOT}/tagging"), [tags()])
}

#[tokio::test]
async fn default_members_that_aws_adds_are_no_drift() {
    let script = script()
        .on(&format!("GET {ROOT}/distribution/EDIST"), [live("InProgress", true)])
        .on(&format!("GET {ROOT}/distribution"), [listed(&["EDIST"])]);
    let actual =
        distribution().observe(&script.cloud(), &mut None).await.unwrap().expect("the distribution exists");
    assert_eq!(distribution().diff(&desired(), Some(&actual)), []);
    assert!(matches!(distribution().status(&actual), Status::Settling(_)));
    assert_eq!(distribution().ownership(&actual), Ownership::Ours);
}

#[tokio::test]
async fn a_rotation_waits_until_all_edge_locations_send_the_new_secret() {
    let other = include_str!("tests/live.xml").replace("{status}", "Deployed").replace("{enabled}", "true");
    let script = script().on(
        &format!("GET {ROOT}/distribution/EDIST"),
        [
            // A stale read, from before the update.
            tagged(&other.replace("hush", "old")),
            live("InProgress", true),
            live("Deployed", true),
        ],
    );
    let (cloud, secret) = (script.cloud(), OriginSecret::new("hush"));
    for expected in [false, false, true] {
        assert_eq!(sends_everywhere(&cloud, "EDIST", &secret).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_distribution_keeps_either_secret_of_an_unfinished_rotation() {
    let script = script()
        .on(&format!("GET {ROOT}/distribution/EDIST"), [live("Deployed", true)])
        .on(&format!("GET {ROOT}/distribution"), [listed(&["EDIST"])]);
    let twin = distribution();
    let actual = twin.observe(&script.cloud(), &mut None).await.unwrap().expect("the distribution exists");
    let secrets = |all: &[&str]| DistributionDesired {
        origin_secrets: all.iter().copied().map(OriginSecret::new).collect(),
        ..desired()
    };
    assert_eq!(twin.diff(&secrets(&["other", "hush"]), Some(&actual)), []);
    assert_eq!(twin.diff(&secrets(&["other"]), Some(&actual)).len(), 1);
    let written = |all: &[&str]| {
        let config = twin.blueprint(&secrets(all), "123456789012").apply_to(actual.config.clone());
        super::summary::origin_secret(&config, super::behavior::API).unwrap().to_owned()
    };
    assert_eq!(written(&["other", "hush"]), "hush", "another change of the distribution keeps it");
    assert_eq!(written(&["other", "third"]), "other");
}

#[tokio::test]
async fn a_web_acl_attached_outside_twinctl_stays_and_is_no_drift() {
    const WEB_ACL: &str = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/flat-rate/1";
    let live = include_str!("tests/live.xml").replace("{status}", "Deployed").replace("{enabled}", "true");
    let live = live.replace("<WebACLId/>", &format!("<WebACLId>{WEB_ACL}</WebACLId>"));
    let script = script()
        .on(&format!("GET {ROOT}/distribution/EDIST"), [tagged(&live)])
        .on(&format!("GET {ROOT}/distribution"), [listed(&["EDIST"])]);
    let twin = distribution();
    let actual = twin.observe(&script.cloud(), &mut None).await.unwrap().expect("the distribution exists");
    assert_eq!(twin.diff(&desired(), Some(&actual)), []);
    let note = twin.output(&actual).unwrap().note().unwrap();
    assert!(
        note.contains(WEB_ACL) && note.contains("cannot be deleted before the end of the billing"),
        "{note}"
    );
    let written = twin.blueprint(&desired(), "123456789012").apply_to(actual.config);
    assert_eq!(written.web_acl_id.as_deref(), Some(WEB_ACL));
    assert_eq!(
        written.cache_behaviors.unwrap().quantity,
        4,
        "with the default one, as many as a plan allows"
    );
}

#[tokio::test]
async fn the_web_acl_of_the_environment_is_attached() {
    const WEB_ACL: &str = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/twin/1";
    let script = script()
        .on(&format!("GET {ROOT}/distribution/EDIST"), [live("Deployed", true)])
        .on(&format!("GET {ROOT}/distribution"), [listed(&["EDIST"])]);
    let twin = distribution().protected_by(Some(&WEB_ACL.parse().unwrap()));
    let actual = twin.observe(&script.cloud(), &mut None).await.unwrap().expect("the distribution exists");
    let changes = twin.diff(&desired(), Some(&actual));
    assert_eq!(changes.iter().map(|change| change.field.as_str()).collect::<Vec<_>>(), ["web_acl"]);
    let written = twin.blueprint(&desired(), "123456789012").apply_to(actual.config.clone());
    assert_eq!(written.web_acl_id.as_deref(), Some(WEB_ACL));
    let attached = DistributionActual { config: written, ..actual };
    assert_eq!(twin.diff(&desired(), Some(&attached)), []);
    assert_eq!(twin.output(&attached).unwrap().note(), None, "it belongs to no flat-rate plan");
}

#[tokio::test(start_paused = true)]
async fn a_distribution_is_found_by_its_comment_when_the_response_was_lost() {
    let again = xml_error(409, "DistributionAlreadyExists", "The caller reference was used before");
    let script = script()
        .on(&format!("POST {ROOT}/distribution"), [Reply::Lost, again])
        .on(&format!("GET {ROOT}/distribution/EDIST"), [live("Deployed", true)])
        // The list is stale.
        .on(&format!("GET {ROOT}/distribution"), [listed(&[]), listed(&[]), listed(&[]), listed(&["EDIST"])]);
    let report = deploy(&script, distribution(), desired()).await;
    assert!(report.complete(), "{report:?}");
    // The creation is repeated with the same caller reference, so only one distribution is created.
    assert_eq!(count(&script, "POST"), 3);
}

#[tokio::test(start_paused = true)]
async fn a_configuration_that_has_changed_is_read_again() {
    let changed = || xml_error(412, "PreconditionFailed", "The precondition was not met");
    let invalid = xml_error(400, "InvalidIfMatchVersion", "The If-Match version is not valid");
    let off = || live("Deployed", false);
    let script = script()
        .on(&format!("PUT {ROOT}/distribution/EDIST/config"), [changed(), invalid, live("InProgress", true)])
        .on(&format!("GET {ROOT}/distribution/EDIST"), [off(), off(), off(), live("Deployed", true)])
        .on(&format!("GET {ROOT}/distribution"), [listed(&["EDIST"])]);
    let report = deploy(&script, distribution(), desired()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, "PUT"), 3);
}

#[tokio::test(start_paused = true)]
async fn a_distribution_is_deleted_after_it_is_disabled_everywhere() {
    let still = xml_error(409, "DistributionNotDisabled", "The distribution is not disabled");
    let reads = [
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
        .on(&format!("GET {ROOT}/distribution/EDIST"), reads)
        // The list is stale for a while.
        .on(&format!("GET {ROOT}/distribution"), [listed(&["EDIST"]), listed(&["EDIST"]), listed(&[])]);
    let report = destroy(&script, distribution(), desired()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, "PUT"), 1);
    assert_eq!(count(&script, &format!("DELETE {ROOT}/distribution")), 2);
}

#[tokio::test]
async fn a_distribution_that_was_disabled_by_hand_is_deleted_at_once() {
    let script = script()
        .on(&format!("DELETE {ROOT}/"), [ok("")])
        .on(&format!("GET {ROOT}/distribution/EDIST"), [live("Deployed", false)])
        .on(&format!("GET {ROOT}/distribution"), [listed(&["EDIST"])]);
    let (twin, cloud) = (distribution(), script.cloud());
    let actual = twin.observe(&cloud, &mut None).await.unwrap().expect("the distribution exists");
    assert!(twin.detached(&actual));
    assert!(matches!(twin.delete(&cloud, &mut None, &actual).await, Ok(reconcile::Removed::Done)));
    assert_eq!(count(&script, "PUT"), 0);
}

#[tokio::test]
async fn two_distributions_with_our_comment_are_an_error_that_lists_both() {
    let script = script().on(&format!("GET {ROOT}/distribution"), [listed(&["E1", "E2"])]);
    let fault = distribution().observe(&script.cloud(), &mut None).await.unwrap_err();
    assert!(fault.to_string().contains("E1, E2"), "{fault}");
}

#[test]
fn the_origin_secret_is_never_printed() {
    let changes = distribution().diff(&desired(), None);
    let shown = format!("{changes:?} {:?}", desired());
    assert!(shown.contains("origin.api.secret") && !shown.contains("hush"), "{shown}");
}

#[test]
fn the_stream_api_is_a_third_origin_with_its_stage_as_path() {
    let url = "https://rest.execute-api.eu-central-1.amazonaws.com".to_owned();
    let desired = DistributionDesired { stream_endpoint: Some(url), ..desired() };
    let config = distribution().blueprint(&desired, "123456789012").new_config();
    let origins = config.origins.as_ref().unwrap();
    assert_eq!(origins.quantity, 3);
    let stream = origins.items.iter().find(|origin| origin.id == "stream").unwrap();
    assert_eq!(stream.origin_path.as_deref(), Some("/live"));
    assert_eq!(stream.domain_name, "rest.execute-api.eu-central-1.amazonaws.com");
    assert_eq!(super::summary::origin_secret(&config, "stream"), Some("hush"));
    let behaviors = config.cache_behaviors.unwrap().items.unwrap();
    let targets: Vec<_> =
        behaviors.iter().map(|each| (each.path_pattern.as_str(), each.target_origin_id.as_str())).collect();
    let expected = [("/api/*", "stream"), ("/chat", "api"), ("/health", "api"), ("/conversation/*", "api")];
    assert_eq!(targets, expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// After a deploy, visitors and origins use HTTPS in any environment, also if someone has changed that in the console.
    #[test]
    fn https_only(
        environment in environments(),
        viewers in proptest::sample::select(ViewerProtocolPolicy::values()),
        origins in proptest::sample::select(OriginProtocolPolicy::values()),
        ssl in proptest::sample::select(SslProtocol::values()),
        id in "[a-z0-9]{10}",
    ) {
        let names = Names::new(&environment, "123456789012");
        let streams = environment.streaming;
        let address = |id: &str| format!("https://{id}.execute-api.{}.amazonaws.com", names.region);
        let desired = DistributionDesired {
            bucket_host: names.bucket_host(&names.web_bucket),
            api_endpoint: address(&id),
            stream_endpoint: streams.then(|| address(&format!("{id}s"))),
            alias_owner: if environment.domain.is_some() { AliasOwner::Domain } else { AliasOwner::Distribution },
            ..desired()
        };
        let labels = Labels::new(environment.project.as_str(), environment.name.as_str(), &environment.tags);
        let twin = Distribution::new(names.marker.clone(), labels);
        let twin = twin.protected_by(environment.waf.as_ref().map(|waf| &waf.arn));
        let blueprint = twin.blueprint(&desired, "123456789012");
        let mut live = blueprint.new_config();
        live.default_cache_behavior.as_mut().unwrap().viewer_protocol_policy = viewers.into();
        for behavior in live.cache_behaviors.iter_mut().flat_map(|all| all.items.iter_mut().flatten()) {
            behavior.viewer_protocol_policy = viewers.into();
        }
        for origin in live.origins.iter_mut().flat_map(|all| &mut all.items) {
            if let Some(custom) = &mut origin.custom_origin_config {
                custom.origin_protocol_policy = origins.into();
                custom.origin_ssl_protocols.as_mut().unwrap().items = vec![ssl.into()];
            }
        }
        let config = blueprint.apply_to(live);
        let paths = config.cache_behaviors().into_iter().flat_map(CacheBehaviors::items);
        let all = paths.map(CacheBehavior::viewer_protocol_policy);
        prop_assert_eq!(config.cache_behaviors().unwrap().items().len(), contract::api::PATHS.len());
        for policy in all.chain(config.default_cache_behavior().map(DefaultCacheBehavior::viewer_protocol_policy)) {
            prop_assert!(
                matches!(policy, ViewerProtocolPolicy::HttpsOnly | ViewerProtocolPolicy::RedirectToHttps),
                "{}", policy,
            );
        }
        let apis: Vec<_> = config.origins().unwrap().items().iter().filter_map(|each| each.custom_origin_config()).collect();
        prop_assert_eq!(apis.len(), if streams { 2 } else { 1 });
        for api in apis {
            prop_assert_eq!(api.origin_protocol_policy(), &OriginProtocolPolicy::HttpsOnly);
            prop_assert_eq!(api.origin_ssl_protocols().unwrap().items(), [SslProtocol::TlSv12]);
        }
        // A bucket without an origin of the type S3 would be read as a website, without TLS.
        let bucket = config.origins().unwrap().items().iter().find(|each| each.domain_name() == desired.bucket_host);
        prop_assert!(bucket.is_some_and(|each| each.s3_origin_config().is_some() && each.custom_origin_config().is_none()));
    }
}
