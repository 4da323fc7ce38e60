//! The traps of a certificate, one test each, with AWS as a script and a clock that does not wait.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use reconcile::{Apply, Choices, Engine, Graph, Halt, Observer, Outcome, Report, Waits};
use serde_json::{Value, json};

use super::{Certificate, OldCertificate, Records};
use crate::targets::aws::{
    Cloud, Labels,
    dns::script::Names,
    resources::{route53::Zones, testing::count},
    script::{Reply, Script, json_error, ok, xml_error},
};

const ARN: &str = "arn:aws:acm:us-east-1:123456789012:certificate/1";
const PROOF: &str = "_a.chat.ada.example";
const VALUE: &str = "_b.acm-validations.aws";

fn labels() -> Labels {
    Labels::new("twin", "dev", &BTreeMap::new())
}

fn certificate(records: Records) -> Certificate {
    let names = vec!["chat.ada.example".to_owned()];
    Certificate::new(names.clone(), names.into_iter().collect(), "01JD".to_owned(), labels(), records)
}

fn written() -> Records {
    Records::Written(Arc::new(Zones::new(None)))
}

fn said(value: &Value) -> Reply {
    ok(&value.to_string())
}

fn listed(arns: &[&str]) -> Reply {
    let summary = |arn: &&str| json!({ "CertificateArn": arn, "DomainName": "chat.ada.example" });
    said(&json!({ "CertificateSummaryList": arns.iter().map(summary).collect::<Vec<_>>() }))
}

fn detail(status: &str, more: Value) -> Reply {
    let mut detail = json!({
        "CertificateArn": ARN, "DomainName": "chat.ada.example", "SubjectAlternativeNames": ["chat.ada.example"],
        "Status": status, "DomainValidationOptions": [{ "DomainName": "chat.ada.example",
            "ResourceRecord": { "Name": format!("{PROOF}."), "Type": "CNAME", "Value": format!("{VALUE}.") } }],
    });
    if let (Some(detail), Value::Object(more)) = (detail.as_object_mut(), more) {
        detail.extend(more);
    }
    said(&json!({ "Certificate": detail }))
}

fn pending() -> Reply {
    detail("PENDING_VALIDATION", json!({}))
}

fn issued() -> Reply {
    detail("ISSUED", json!({}))
}

fn tags() -> Reply {
    said(&json!({ "Tags": [{ "Key": "twinctl:project", "Value": "twin" },
        { "Key": "twinctl:environment", "Value": "dev" }] }))
}

fn records(there: &[(&str, &str)]) -> Reply {
    let set = |(name, value): &(&str, &str)| {
        format!(
            "<ResourceRecordSet><Name>{name}.</Name><Type>CNAME</Type><TTL>300</TTL><ResourceRecords>\
             <ResourceRecord><Value>{value}.</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>"
        )
    };
    let sets: String = there.iter().map(set).collect();
    ok(&format!(
        "<ListResourceRecordSetsResponse><ResourceRecordSets>{sets}</ResourceRecordSets><IsTruncated>false\
         </IsTruncated><MaxItems>20</MaxItems></ListResourceRecordSetsResponse>"
    ))
}

fn changed() -> Reply {
    ok("<ChangeResourceRecordSetsResponse><ChangeInfo><Id>/change/C1</Id><Status>PENDING</Status>\
        <SubmittedAt>2026-01-01T00:00:00Z</SubmittedAt></ChangeInfo></ChangeResourceRecordSetsResponse>")
}

fn zone() -> Reply {
    ok("<ListHostedZonesResponse><HostedZones><HostedZone><Id>/hostedzone/Z1</Id><Name>ada.example.</Name>\
        <CallerReference>1</CallerReference></HostedZone></HostedZones><IsTruncated>false</IsTruncated>\
        <MaxItems>100</MaxItems></ListHostedZonesResponse>")
}

/// What a test says of the records in it comes before.
fn with_zone(script: &Script) -> Script {
    script.clone().on("GET /2013-04-01/hostedzone", [zone()])
}

/// What is asked for has our tags.
fn script() -> Script {
    Script::new()
        .on("ListTagsForCertificate", [tags()])
        .on("RequestCertificate", [said(&json!({ "CertificateArn": ARN }))])
}

/// Every reason that somebody watching is told.
#[derive(Default)]
struct Told(std::sync::Mutex<Vec<String>>);

impl Observer for Told {
    fn on(&self, event: reconcile::Event) {
        if let reconcile::Event::Waiting { reason, .. } = event {
            self.0.lock().unwrap().push(reason);
        }
    }
}

async fn run(graph: Graph<Cloud>, cloud: Cloud) -> (Report, Vec<String>) {
    let told = Arc::new(Told::default());
    let engine = Engine::new(graph, Arc::new(cloud), Arc::clone(&told) as _, Halt::new(), Choices::default());
    engine.observe().await.unwrap();
    let plan = engine.plan();
    let report = engine.apply(&plan, Apply { waits: Waits::Yes, observed: true }).await;
    let report = engine.verify(&plan, report).await;
    let told = told.0.lock().unwrap().clone();
    (report, told)
}

async fn deploy(script: &Script, records: Records, dns: Names) -> (Report, Vec<String>) {
    let mut graph = Graph::new();
    graph.add("certificate", certificate(records), (), |()| ());
    let mut cloud = with_zone(script).cloud();
    cloud.dns = Arc::new(dns);
    run(graph, cloud).await
}

async fn remove_old(script: &Script, records: Records) -> (Report, Vec<String>) {
    let mut graph = Graph::new();
    let firsts = ["chat.ada.example".to_owned()].into_iter().collect();
    let old = OldCertificate::new(BTreeSet::new(), firsts, labels(), records);
    graph.add_if(false, "old certificate", old, (), |()| ());
    run(graph, with_zone(script).cloud()).await
}

const SETS: &str = "GET /2013-04-01/hostedzone/Z1/rrset";
const CHANGE: &str = "POST /2013-04-01/hostedzone/Z1/rrset";

#[tokio::test(start_paused = true)]
async fn a_certificate_is_waited_for_with_a_word_for_what_and_why() {
    let late = detail("PENDING_VALIDATION", json!({ "DomainValidationOptions": [] }));
    let script = script()
        .on("ListCertificates", [listed(&[]), listed(&[]), listed(&[ARN])])
        // What proves the name is told late, and Amazon takes its time.
        .on("DescribeCertificate", [late.clone(), late, pending(), pending(), pending(), issued()])
        .on(SETS, [records(&[]), records(&[(PROOF, VALUE)])])
        .on(CHANGE, [changed()]);
    let (report, told) = deploy(&script, written(), Names::online()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(
        told,
        [
            "Amazon to say which records prove that the names are yours (usually a few seconds)",
            "Amazon to issue the certificate for chat.ada.example (usually 1 to 5 minutes)",
        ]
    );
    assert_eq!((count(&script, "RequestCertificate"), count(&script, CHANGE)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn one_that_is_pending_from_an_earlier_run_is_waited_for_and_not_asked_for_again() {
    let script = script()
        .on("ListCertificates", [listed(&[ARN])])
        .on("DescribeCertificate", [pending(), pending(), issued()])
        .on(SETS, [records(&[(PROOF, VALUE)])]);
    let (report, told) = deploy(&script, written(), Names::online()).await;
    assert!(matches!(report.outcome("certificate"), Some(Outcome::Unchanged)), "{report:?}");
    assert_eq!((told.len(), count(&script, "RequestCertificate")), (1, 0));
}

/// After minutes, public DNS is asked what it shows.
#[tokio::test(start_paused = true)]
async fn one_that_stays_pending_is_given_up_with_what_public_dns_lacks() {
    let script = script()
        .on("ListCertificates", [listed(&[ARN])])
        .on("DescribeCertificate", [pending()])
        .on(SETS, [records(&[(PROOF, VALUE)])]);
    let (report, told) = deploy(&script, written(), Names::online()).await;
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].contains("public DNS does not show its record _a.chat.ada.example"), "{}", told[1]);
    let failure = report.failures().next().expect("it has to end").problem.to_string();
    assert!(failure.contains("public DNS does not show"), "{failure}");
}

#[tokio::test(start_paused = true)]
async fn one_that_fails_says_which_check_failed_and_the_next_run_asks_for_another() {
    let failed = || detail("FAILED", json!({ "FailureReason": "CAA_ERROR" }));
    let script = script()
        .on("ListCertificates", [listed(&[ARN])])
        .on("DescribeCertificate", [pending(), failed()])
        .on(SETS, [records(&[(PROOF, VALUE)])]);
    let (report, _) = deploy(&script, written(), Names::online()).await;
    let failure = report.failures().next().expect("it failed").problem.to_string();
    assert!(failure.contains("CAA_ERROR"), "{failure}");
    assert_eq!(count(&script, "RequestCertificate"), 0);

    let script = self::script()
        .on("ListCertificates", [listed(&[ARN])])
        .on("DescribeCertificate", [failed(), issued()])
        .on(SETS, [records(&[(PROOF, VALUE)])]);
    let (report, _) = deploy(&script, written(), Names::online()).await;
    assert!(matches!(report.outcome("certificate"), Some(Outcome::Created)), "{report:?}");
    assert_eq!(count(&script, "RequestCertificate"), 1);
}

#[tokio::test(start_paused = true)]
async fn throttled_answers_and_a_zone_that_may_not_be_changed_yet_are_tried_again() {
    let disabled = xml_error(400, "InvalidInput", "The hosted zone is marked disabled for mutation");
    let script = script()
        .on("ListCertificates", [json_error(400, "ThrottlingException", "slow"), listed(&[ARN])])
        .on("DescribeCertificate", [pending(), pending(), pending(), issued()])
        .on(SETS, [records(&[]), records(&[]), records(&[]), records(&[(PROOF, VALUE)])])
        .on(CHANGE, [disabled, xml_error(400, "Throttling", "Rate exceeded"), changed()]);
    let (report, _) = deploy(&script, written(), Names::online()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, CHANGE), 3);
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_answer_is_lost_is_found_or_repeated_as_the_same() {
    let script = Script::new()
        .on("RequestCertificate", [Reply::Lost, said(&json!({ "CertificateArn": ARN }))])
        .on("ListTagsForCertificate", [tags()])
        // The list is late.
        .on("ListCertificates", [listed(&[]), listed(&[]), listed(&[ARN])])
        .on("DescribeCertificate", [issued()])
        .on(SETS, [records(&[(PROOF, VALUE)])]);
    let (report, _) = deploy(&script, Records::ByHand, Names::online()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, "RequestCertificate"), 2);
    let (one, other) = (certificate(Records::ByHand), certificate(written()));
    let (no_failed, failed) = (BTreeSet::new(), BTreeSet::from([ARN.to_owned()]));
    assert_eq!(one.token(&no_failed), other.token(&no_failed));
    assert_ne!(one.token(&failed), other.token(&no_failed));
    assert!(one.token(&failed).len() <= 32 && one.token(&failed).chars().all(char::is_alphanumeric));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_records_that_the_owner_writes() {
    let script = script().on("ListCertificates", [listed(&[ARN])]).on("DescribeCertificate", [pending()]);
    let (report, told) = deploy(&script, Records::ByHand, Names::online()).await;
    assert!(report.complete() && told.is_empty(), "{report:?} {told:?}");
}

#[tokio::test(start_paused = true)]
async fn an_old_one_goes_once_nobody_uses_it_and_its_record_goes_before_it() {
    let in_use = || json_error(400, "ResourceInUseException", "in use");
    let script = script()
        .on("ListCertificates", [listed(&[ARN]), listed(&[ARN]), listed(&[ARN]), listed(&[ARN]), listed(&[])])
        .on("DescribeCertificate", [issued()])
        .on(SETS, [records(&[(PROOF, VALUE)]), records(&[])])
        .on(CHANGE, [changed()])
        .on("DeleteCertificate", [in_use(), in_use(), ok("{}")]);
    let (report, told) = remove_old(&script, written()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(told, ["CloudFront to let go of the old certificate (usually some minutes)"]);
    assert_eq!((count(&script, CHANGE), count(&script, "DeleteCertificate")), (1, 3));
}

/// Every certificate for a name asks for the same record.
#[tokio::test(start_paused = true)]
async fn a_record_that_another_certificate_needs_stays() {
    let other = "arn:aws:acm:us-east-1:123456789012:certificate/other";
    let theirs = said(&json!({ "Tags": [] }));
    let script = Script::new()
        .on("ListTagsForCertificate", [tags(), theirs])
        .on("ListCertificates", [listed(&[ARN, other]), listed(&[other])])
        .on("DescribeCertificate", [issued()])
        .on(SETS, [records(&[(PROOF, VALUE)])])
        .on("DeleteCertificate", [ok("{}")]);
    let (report, _) = remove_old(&script, written()).await;
    assert_eq!(report.nodes.len(), 1);
    assert_eq!((count(&script, CHANGE), count(&script, "DeleteCertificate")), (0, 1));
}
