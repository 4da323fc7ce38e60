//! The traps of names and their records, one test each, with AWS as a script and a clock that does not wait.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use reconcile::{Apply, Choices, Engine, Graph, Halt, Outcome, Report, Resource as _, Silent, Waits};

use super::{Domain, DomainDesired, Foreign, Identity};
use crate::targets::aws::{
    Cloud, Labels,
    dns::{Found, Kind, script::Names},
    resources::{
        CertificateOutput, Distribution, DistributionOutput, certificate::Records, route53::Zones,
        testing::count,
    },
    script::{Reply, Script, ok, xml_error},
};

const HOST: &str = "d1.cloudfront.net";
const ARN: &str = "arn:aws:acm:us-east-1:123456789012:certificate/1";
const SETS: &str = "GET /2013-04-01/hostedzone/Z1/rrset";
const CHANGE: &str = "POST /2013-04-01/hostedzone/Z1/rrset";
const UPDATE: &str = "PUT /2020-05-31/distribution/EDIST/config";

fn domain(former: &[&str], records: Records, foreign: Foreign) -> Domain {
    let labels = Labels::new("twin", "dev", &BTreeMap::new());
    let former = former.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    let identity = Identity { names: vec!["chat.ada.example".to_owned()], former, records, foreign };
    Domain::new(identity, Distribution::new("twin-dev", labels).found_before(Some("EDIST")))
}

fn written() -> Records {
    Records::Written(Arc::new(Zones::new(None)))
}

fn desired(issued: bool) -> DomainDesired {
    DomainDesired {
        certificate: CertificateOutput { arn: ARN.to_owned(), issued, proofs: vec![] },
        distribution: DistributionOutput {
            id: "EDIST".to_owned(),
            arn: "a".to_owned(),
            domain: HOST.to_owned(),
        },
    }
}

/// The distribution of the tests of its own, with CloudFront's name of it, and with ours where it has any.
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
    Reply::Answer { status: 200, body: live, headers: vec![("etag", "E1".to_owned())] }
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

fn change(answer: &str, status: &str) -> Reply {
    ok(&format!(
        "<{answer}><ChangeInfo><Id>/change/C1</Id><Status>{status}</Status><SubmittedAt>2026-01-01T00:00:00Z\
         </SubmittedAt></ChangeInfo></{answer}>"
    ))
}

fn changed() -> Reply {
    change("ChangeResourceRecordSetsResponse", "PENDING")
}

/// What a test says of the records in it comes before.
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
    let mut graph: Graph<Cloud> = Graph::new();
    graph.add("domain", domain, (), move |()| desired(issued));
    let choices = Choices { destroy, ..Choices::default() };
    let engine =
        Engine::new(graph, Arc::new(with_zone(script).cloud()), Arc::new(Silent), Halt::new(), choices);
    engine.observe().await.unwrap();
    let plan = engine.plan();
    let report = engine.apply(&plan, Apply { waits: Waits::Yes, observed: true }).await;
    engine.verify(&plan, report).await
}

fn problem(report: &Report) -> String {
    report.failures().next().expect("it failed").problem.to_string()
}

#[tokio::test(start_paused = true)]
async fn new_names_are_waited_for_until_every_name_server_and_every_edge_knows() {
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
    let report = run(&script, domain(&[], written(), Foreign::Kept), true, false).await;
    assert!(matches!(report.outcome("domain"), Some(Outcome::Created)), "{report:?}");
    assert_eq!((count(&script, UPDATE), count(&script, CHANGE)), (1, 1));
    assert_eq!(count(&script, "GET /2013-04-01/change"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_record_of_somebody_else_is_never_overwritten_unasked() {
    let theirs =
        || records(&[plain("chat.ada.example", "A", "192.0.2.1"), plain("chat.ada.example", "TXT", "x")]);
    let script = script()
        .on("GET /2020-05-31/distribution/EDIST", [distribution(None, "Deployed")])
        .on(SETS, [theirs()]);
    let report = run(&script, domain(&[], written(), Foreign::Kept), true, false).await;
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
    let report = run(&script, domain(&[], written(), Foreign::Taken), true, false).await;
    assert!(report.complete(), "{report:?}");
}

/// What was read is named in the change, so a record that appeared since is looked at first.
#[tokio::test(start_paused = true)]
async fn a_record_that_changes_while_we_write_is_looked_at_again() {
    let theirs = || records(&[plain("chat.ada.example", "A", "192.0.2.1")]);
    let appeared = xml_error(400, "InvalidChangeBatch", "it already exists");
    let script = script()
        .on("GET /2020-05-31/distribution/EDIST", [distribution(Some("chat.ada.example"), "Deployed")])
        .on(SETS, [records(&[]), theirs()])
        .on(CHANGE, [appeared]);
    let report = run(&script, domain(&[], written(), Foreign::Kept), true, false).await;
    assert!(problem(&report).contains("192.0.2.1"), "{report:?}");
    assert_eq!(count(&script, CHANGE), 1);
}

#[tokio::test]
async fn what_is_there_already_is_no_change_whatever_its_spelling() {
    let script = script()
        .on("GET /2020-05-31/distribution/EDIST", [distribution(Some("Chat.Ada.Example"), "Deployed")])
        .on(SETS, [ours()]);
    let domain = domain(&[], written(), Foreign::Kept);
    let actual = domain
        .observe(&with_zone(&script).cloud(), &mut domain.initial_memory())
        .await
        .unwrap()
        .expect("it is there");
    assert_eq!(domain.diff(&desired(true), Some(&actual)), []);
    assert!(domain.output(&actual).unwrap().live);
}

#[tokio::test]
async fn a_weighted_answer_or_an_alias_by_cname_is_not_what_is_wanted() {
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
    let domain = domain(&[], written(), Foreign::Kept);
    let fields = async || {
        let actual = domain
            .observe(&with_zone(&script).cloud(), &mut domain.initial_memory())
            .await
            .unwrap()
            .expect("it is there");
        let changes = domain.diff(&desired(true), Some(&actual)).into_iter();
        changes.map(|change| change.field).collect::<Vec<_>>()
    };
    assert_eq!(fields().await, ["record.chat.ada.example.A"]);
    let by_cname = ["A", "AAAA", "CNAME"].map(|kind| format!("record.chat.ada.example.{kind}"));
    assert_eq!(fields().await, by_cname);
}

/// Where the owner writes the records, there is nothing to do before the certificate is issued, and nobody is led to a
/// name that leads nowhere.
#[tokio::test(start_paused = true)]
async fn until_the_owner_has_proved_the_name_nothing_is_touched() {
    let script = script().on("GET /2020-05-31/distribution/EDIST", [distribution(None, "Deployed")]);
    let report = run(&script, domain(&[], Records::ByHand, Foreign::Kept), false, false).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(script.log().iter().filter(|line| !line.starts_with("GET")).count(), 0);
}

#[tokio::test]
async fn a_name_is_live_once_public_dns_leads_here() {
    let script = script()
        .on("GET /2020-05-31/distribution/EDIST", [distribution(Some("chat.ada.example"), "Deployed")]);
    let domain = domain(&[], Records::ByHand, Foreign::Kept);
    let live = async |dns: Names| {
        let mut cloud = script.cloud();
        cloud.dns = Arc::new(dns);
        let actual =
            domain.observe(&cloud, &mut domain.initial_memory()).await.unwrap().expect("it is there");
        domain.output(&actual).unwrap().live
    };
    assert!(!live(Names::online()).await);
    assert!(live(Names::online().with("chat.ada.example", Kind::A, [Found::Cname(HOST.to_owned())])).await);
}

#[tokio::test(start_paused = true)]
async fn names_that_are_taken_away_leave_what_is_somebody_elses() {
    let theirs = || plain("chat.ada.example", "TXT", "x");
    let script = script()
        .on(
            "GET /2020-05-31/distribution/EDIST",
            [distribution(Some("chat.ada.example"), "Deployed"), distribution(None, "InProgress")],
        )
        .on(UPDATE, [distribution(None, "InProgress")])
        .on(SETS, [records(&[alias("chat.ada.example", "A"), theirs()]), records(&[theirs()])])
        .on(CHANGE, [changed()]);
    let report = run(&script, domain(&[], written(), Foreign::Kept), true, true).await;
    assert!(matches!(report.outcome("domain"), Some(Outcome::Deleted)), "{report:?}");
    assert_eq!((count(&script, UPDATE), count(&script, CHANGE)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_name_that_another_account_has_is_refused_at_once() {
    let taken =
        xml_error(409, "CNAMEAlreadyExists", "One or more of the CNAMEs you provided are already associated");
    let script = script()
        .on("GET /2020-05-31/distribution/EDIST", [distribution(None, "Deployed")])
        .on(UPDATE, [taken])
        .on(SETS, [records(&[])]);
    let report = run(&script, domain(&[], written(), Foreign::Kept), true, false).await;
    assert!(problem(&report).contains("CNAMEAlreadyExists"), "{report:?}");
    assert_eq!(count(&script, UPDATE), 1);
}
