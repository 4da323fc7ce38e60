//! A domain with scripted CloudFront and Route 53 responses and a clock that does not wait.

use std::{collections::BTreeMap, sync::Arc};

use reconcile::{Choices, Outcome, Report, Resource as _};

use super::{Domain, DomainDesired, OtherRecords};
use crate::targets::aws::{
    Labels,
    dns::{DnsRecord, RecordType, script::ScriptedDns},
    resources::{
        CertificateOutput, Distribution, DistributionOutput,
        certificate::DnsMode,
        route53::Zones,
        testing::{self, count},
    },
    script::{Reply, Script, ok, xml_error},
};

const HOST: &str = "d1.cloudfront.net";
const ARN: &str = "arn:aws:acm:us-east-1:123456789012:certificate/1";
const SETS: &str = "GET /2013-04-01/hostedzone/Z1/rrset";
const CHANGE: &str = "POST /2013-04-01/hostedzone/Z1/rrset";
const UPDATE: &str = "PUT /2020-05-31/distribution/EDIST/config";

fn domain(former: &[&str], dns: DnsMode, other_records: OtherRecords) -> Domain {
    let labels = Labels::new("twin", "dev", &BTreeMap::new());
    Domain {
        names: vec!["chat.ada.example".to_owned()],
        former: former.iter().map(|name| (*name).to_owned()).collect(),
        dns,
        other_records,
        distribution: Distribution::new("twin-dev", labels).found_before(Some("EDIST")),
    }
}

fn route53() -> DnsMode {
    DnsMode::Route53(Arc::new(Zones::new(None)))
}

fn desired(issued: bool) -> DomainDesired {
    DomainDesired {
        certificate: CertificateOutput { arn: ARN.to_owned(), issued, validation_records: vec![] },
        distribution: DistributionOutput {
            id: "EDIST".to_owned(),
            arn: "a".to_owned(),
            domain: HOST.to_owned(),
            web_acl: None,
        },
    }
}

/// The distribution of the distribution's tests, with CloudFront's hostname and, optionally, an alias.
fn distribution(name: Option<&str>, status: &str) -> Reply {
    let live = include_str!("../distribution/tests/live.xml");
    let mut live = live.replace("{status}", status).replace("{enabled}", "true");
    let host = between(&live, "<DomainName>", "</DomainName>").to_owned();
    live = live.replacen(&host, HOST, 1);
    if let Some(name) = name {
        let aliases = between(&live, "<Aliases>", "</Aliases>").to_owned();
        let ours = format!("<Quantity>1</Quantity><Items><CNAME>{name}</CNAME></Items>");
        live =
            live.replacen(&format!("<Aliases>{aliases}</Aliases>"), &format!("<Aliases>{ours}</Aliases>"), 1);
        let certificate = between(&live, "<ViewerCertificate>", "</ViewerCertificate>").to_owned();
        let ours = format!(
            "<ACMCertificateArn>{ARN}</ACMCertificateArn><SSLSupportMethod>sni-only</SSLSupportMethod>\
             <MinimumProtocolVersion>TLSv1.2_2021</MinimumProtocolVersion>"
        );
        live = live.replacen(&certificate, &ours, 1);
    }
    Reply::Response { status: 200, body: live, headers: vec![("etag", "E1".to_owned())] }
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    text.split_once(before).and_then(|(_, rest)| rest.split_once(after)).map_or("", |(inside, _)| inside)
}

fn alias(name: &str, kind: &str) -> String {
    format!(
        "<ResourceRecordSet><Name>{name}.</Name><Type>{kind}</Type><AliasTarget><HostedZoneId>Z2FDTNDATAQYW2\
         </HostedZoneId><DNSName>{HOST}.</DNSName><EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget>\
         </ResourceRecordSet>"
    )
}

fn plain(name: &str, kind: &str, value: &str) -> String {
    format!(
        "<ResourceRecordSet><Name>{name}.</Name><Type>{kind}</Type><TTL>60</TTL><ResourceRecords><ResourceRecord>\
         <Value>{value}</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>"
    )
}

fn records(sets: &[String]) -> Reply {
    let sets = sets.concat();
    ok(&format!(
        "<ListResourceRecordSetsResponse><ResourceRecordSets>{sets}</ResourceRecordSets><IsTruncated>false\
         </IsTruncated><MaxItems>20</MaxItems></ListResourceRecordSetsResponse>"
    ))
}

fn ours() -> Reply {
    records(&[alias("chat.ada.example", "A"), alias("chat.ada.example", "AAAA")])
}

fn change(element: &str, status: &str) -> Reply {
    ok(&format!(
        "<{element}><ChangeInfo><Id>/change/C1</Id><Status>{status}</Status><SubmittedAt>2026-01-01T00:00:00Z\
         </SubmittedAt></ChangeInfo></{element}>"
    ))
}

fn changed() -> Reply {
    change("ChangeResourceRecordSetsResponse", "PENDING")
}

/// Adds the zone. Rules of a test about its records come first.
fn with_zone(script: &Script) -> Script {
    let zone = "<ListHostedZonesResponse><HostedZones><HostedZone><Id>/hostedzone/Z1</Id><Name>ada.example.</Name>\
        <CallerReference>1</CallerReference></HostedZone></HostedZones><IsTruncated>false</IsTruncated>\
        <MaxItems>100</MaxItems></ListHostedZonesResponse>";
    script.clone().on("GET /2013-04-01/hostedzone", [ok(zone)])
}

fn script() -> Script {
    let tags = "<Tags><Items><Tag><Key>twinctl:project</Key><Value>twin</Value></Tag>\
        <Tag><Key>twinctl:environment</Key><Value>dev</Value></Tag></Items></Tags>";
    Script::new().on("GET /2020-05-31/tagging", [ok(tags)])
}

async fn run(script: &Script, domain: Domain, issued: bool, destroy: bool) -> Report {
    let choices = Choices { destroy, ..Choices::default() };
    testing::run(testing::engine(&with_zone(script), domain, desired(issued), choices)).await
}

fn problem(report: &Report) -> String {
    report.failures().next().expect("a failure").problem.to_string()
}

#[tokio::test(start_paused = true)]
async fn a_run_waits_until_new_names_have_reached_all_name_servers_and_edge_locations() {
    let named = || distribution(Some("chat.ada.example"), "InProgress");
    let script = script()
        .on(
            "GET /2020-05-31/distribution/EDIST",
            [
                distribution(None, "Deployed"),
                distribution(None, "Deployed"),
                named(),
                named(),
                named(),
                distribution(Some("chat.ada.example"), "Deployed"),
            ],
        )
        .on(UPDATE, [named()])
        .on(SETS, [records(&[]), records(&[]), ours()])
        .on(CHANGE, [changed()])
        .on(
            "GET /2013-04-01/change/C1",
            [change("GetChangeResponse", "PENDING"), change("GetChangeResponse", "INSYNC")],
        );
    let report = run(&script, domain(&[], route53(), OtherRecords::Keep), true, false).await;
    assert!(matches!(report.outcome("resource"), Some(Outcome::Created)), "{report:?}");
    assert_eq!((count(&script, UPDATE), count(&script, CHANGE)), (1, 1));
    assert_eq!(count(&script, "GET /2013-04-01/change"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_record_that_points_elsewhere_is_only_replaced_on_request() {
    let theirs =
        || records(&[plain("chat.ada.example", "A", "192.0.2.1"), plain("chat.ada.example", "TXT", "x")]);
    let script = script()
        .on("GET /2020-05-31/distribution/EDIST", [distribution(None, "Deployed")])
        .on(SETS, [theirs()]);
    let report = run(&script, domain(&[], route53(), OtherRecords::Keep), true, false).await;
    assert!(problem(&report).contains("--take-record"), "{report:?}");
    assert_eq!(script.log().iter().filter(|line| !line.starts_with("GET")).count(), 0);

    let script = self::script()
        .on(
            "GET /2020-05-31/distribution/EDIST",
            [
                distribution(None, "Deployed"),
                distribution(None, "Deployed"),
                distribution(Some("chat.ada.example"), "Deployed"),
            ],
        )
        .on(UPDATE, [distribution(Some("chat.ada.example"), "Deployed")])
        .on(SETS, [theirs(), theirs(), ours()])
        .on(CHANGE, [changed()])
        .on("GET /2013-04-01/change/C1", [change("GetChangeResponse", "INSYNC")]);
    let report = run(&script, domain(&[], route53(), OtherRecords::Replace), true, false).await;
    assert!(report.complete(), "{report:?}");
}

/// A change includes the records that were read, so it fails if a record has appeared since.
#[tokio::test(start_paused = true)]
async fn a_record_that_appeared_meanwhile_is_observed_again() {
    let theirs = || records(&[plain("chat.ada.example", "A", "192.0.2.1")]);
    let appeared = xml_error(400, "InvalidChangeBatch", "it already exists");
    let script = script()
        .on("GET /2020-05-31/distribution/EDIST", [distribution(Some("chat.ada.example"), "Deployed")])
        .on(SETS, [records(&[]), theirs()])
        .on(CHANGE, [appeared]);
    let report = run(&script, domain(&[], route53(), OtherRecords::Keep), true, false).await;
    assert!(problem(&report).contains("192.0.2.1"), "{report:?}");
    assert_eq!(count(&script, CHANGE), 1);
}

#[tokio::test]
async fn names_are_compared_regardless_of_case_and_trailing_dot() {
    let script = script()
        .on("GET /2020-05-31/distribution/EDIST", [distribution(Some("Chat.Ada.Example"), "Deployed")])
        .on(SETS, [ours()]);
    let domain = domain(&[], route53(), OtherRecords::Keep);
    let actual = domain
        .observe(&with_zone(&script).cloud(), &mut domain.initial_memory())
        .await
        .unwrap()
        .expect("the domain exists");
    assert_eq!(domain.diff(&desired(true), Some(&actual)), []);
    assert!(domain.output(&actual).unwrap().live);
}

#[tokio::test]
async fn weighted_records_and_cname_records_differ_from_the_desired_ones() {
    let weighted = alias("chat.ada.example", "A")
        .replace("</Type>", "</Type><SetIdentifier>blue</SetIdentifier><Weight>1</Weight>");
    let script = script()
        .on("GET /2020-05-31/distribution/EDIST", [distribution(Some("chat.ada.example"), "Deployed")])
        .on(
            SETS,
            [
                records(&[weighted, alias("chat.ada.example", "AAAA")]),
                records(&[plain("chat.ada.example", "CNAME", &format!("{HOST}."))]),
            ],
        );
    let domain = domain(&[], route53(), OtherRecords::Keep);
    let fields = async || {
        let actual = domain
            .observe(&with_zone(&script).cloud(), &mut domain.initial_memory())
            .await
            .unwrap()
            .expect("the domain exists");
        let changes = domain.diff(&desired(true), Some(&actual)).into_iter();
        changes.map(|change| change.field).collect::<Vec<_>>()
    };
    assert_eq!(fields().await, ["record.chat.ada.example.A"]);
    let by_cname = ["A", "AAAA", "CNAME"].map(|kind| format!("record.chat.ada.example.{kind}"));
    assert_eq!(fields().await, by_cname);
}

/// In manual mode, nothing is changed before the certificate is issued.
#[tokio::test(start_paused = true)]
async fn nothing_is_written_before_manual_validation() {
    let script = script().on("GET /2020-05-31/distribution/EDIST", [distribution(None, "Deployed")]);
    let report = run(&script, domain(&[], DnsMode::Manual, OtherRecords::Keep), false, false).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(script.log().iter().filter(|line| !line.starts_with("GET")).count(), 0);
}

#[tokio::test]
async fn a_name_is_live_once_public_dns_resolves_it_to_the_distribution() {
    let script = script()
        .on("GET /2020-05-31/distribution/EDIST", [distribution(Some("chat.ada.example"), "Deployed")]);
    let domain = domain(&[], DnsMode::Manual, OtherRecords::Keep);
    let live = async |dns: ScriptedDns| {
        let mut cloud = script.cloud();
        cloud.dns = Arc::new(dns);
        let actual =
            domain.observe(&cloud, &mut domain.initial_memory()).await.unwrap().expect("the domain exists");
        domain.output(&actual).unwrap().live
    };
    assert!(!live(ScriptedDns::online()).await);
    assert!(
        live(ScriptedDns::online().with(
            "chat.ada.example",
            RecordType::A,
            [DnsRecord::Cname(HOST.to_owned())]
        ))
        .await
    );
}

#[tokio::test(start_paused = true)]
async fn a_removed_domain_keeps_records_that_are_not_ours() {
    let theirs = || plain("chat.ada.example", "TXT", "x");
    let script = script()
        .on(
            "GET /2020-05-31/distribution/EDIST",
            [distribution(Some("chat.ada.example"), "Deployed"), distribution(None, "InProgress")],
        )
        .on(UPDATE, [distribution(None, "InProgress")])
        .on(SETS, [records(&[alias("chat.ada.example", "A"), theirs()]), records(&[theirs()])])
        .on(CHANGE, [changed()]);
    let report = run(&script, domain(&[], route53(), OtherRecords::Keep), true, true).await;
    assert!(matches!(report.outcome("resource"), Some(Outcome::Deleted)), "{report:?}");
    assert_eq!((count(&script, UPDATE), count(&script, CHANGE)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_name_that_another_account_uses_is_refused_at_once() {
    let taken =
        xml_error(409, "CNAMEAlreadyExists", "One or more of the CNAMEs you provided are already associated");
    let script = script()
        .on("GET /2020-05-31/distribution/EDIST", [distribution(None, "Deployed")])
        .on(UPDATE, [taken])
        .on(SETS, [records(&[])]);
    let report = run(&script, domain(&[], route53(), OtherRecords::Keep), true, false).await;
    assert!(problem(&report).contains("CNAMEAlreadyExists"), "{report:?}");
    assert_eq!(count(&script, UPDATE), 1);
}
