//! A certificate with scripted ACM and Route 53 responses and a clock that does not wait.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use reconcile::{Apply, Choices, Engine, Graph, Halt, Observer, Outcome, Report, Resource as _, Waits};
use serde_json::{Value, json};

use super::{Certificate, CertificateMemory, DnsMode, OldCertificate};
use crate::targets::aws::{
    Cloud, Labels,
    dns::script::ScriptedDns,
    resources::{
        route53::Zones,
        testing::{self, count},
    },
    script::{Reply, Script, json_error, ok, xml_error},
};

const ARN: &str = "arn:aws:acm:us-east-1:123456789012:certificate/1";
const RECORD: &str = "_a.chat.ada.example";
const VALUE: &str = "_b.acm-validations.aws";

fn labels() -> Labels {
    Labels::new("twin", "dev", &BTreeMap::new())
}

fn certificate(dns: DnsMode) -> Certificate {
    let names = vec!["chat.ada.example".to_owned()];
    Certificate::new(names.clone(), names.into_iter().collect(), "01JD".to_owned(), labels(), dns)
}

fn route53() -> DnsMode {
    DnsMode::Route53(Arc::new(Zones::new(None)))
}

fn json_body(value: &Value) -> Reply {
    ok(&value.to_string())
}

fn listed(arns: &[&str]) -> Reply {
    let summary = |arn: &&str| json!({ "CertificateArn": arn, "DomainName": "chat.ada.example" });
    json_body(&json!({ "CertificateSummaryList": arns.iter().map(summary).collect::<Vec<_>>() }))
}

fn detail(status: &str, more: Value) -> Reply {
    let mut detail = json!({
        "CertificateArn": ARN, "DomainName": "chat.ada.example", "SubjectAlternativeNames": ["chat.ada.example"],
        "Status": status, "DomainValidationOptions": [{ "DomainName": "chat.ada.example",
            "ResourceRecord": { "Name": format!("{RECORD}."), "Type": "CNAME", "Value": format!("{VALUE}.") } }],
    });
    if let (Some(detail), Value::Object(more)) = (detail.as_object_mut(), more) {
        detail.extend(more);
    }
    json_body(&json!({ "Certificate": detail }))
}

fn pending() -> Reply {
    detail("PENDING_VALIDATION", json!({}))
}

fn issued() -> Reply {
    detail("ISSUED", json!({}))
}

fn tags() -> Reply {
    json_body(&json!({ "Tags": [{ "Key": "twinctl:project", "Value": "twin" },
        { "Key": "twinctl:environment", "Value": "dev" }] }))
}

fn records(existing: &[(&str, &str)]) -> Reply {
    let set = |(name, value): &(&str, &str)| {
        format!(
            "<ResourceRecordSet><Name>{name}.</Name><Type>CNAME</Type><TTL>300</TTL><ResourceRecords>\
             <ResourceRecord><Value>{value}.</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>"
        )
    };
    let sets: String = existing.iter().map(set).collect();
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

/// Adds the zone. Rules of a test about its records come first.
fn with_zone(script: &Script) -> Script {
    script.clone().on("GET /2013-04-01/hostedzone", [zone()])
}

/// Scripts our tags and the request of a certificate.
fn script() -> Script {
    Script::new()
        .on("ListTagsForCertificate", [tags()])
        .on("RequestCertificate", [json_body(&json!({ "CertificateArn": ARN }))])
}

/// The reported reasons for waiting.
#[derive(Default)]
struct Reasons(std::sync::Mutex<Vec<String>>);

impl Observer for Reasons {
    fn on(&self, event: reconcile::Event) {
        if let reconcile::Event::Waiting { reason, .. } = event {
            self.0.lock().unwrap().push(reason);
        }
    }
}

async fn run(graph: Graph<Cloud>, cloud: Cloud) -> (Report, Vec<String>) {
    let reasons = Arc::new(Reasons::default());
    let engine =
        Engine::new(graph, Arc::new(cloud), Arc::clone(&reasons) as _, Halt::new(), Choices::default());
    engine.observe().await.unwrap();
    let plan = engine.plan();
    let report = engine.apply(&plan, Apply { waits: Waits::Yes, observed: true }).await;
    let report = engine.verify(&plan, report).await;
    let reasons = reasons.0.lock().unwrap().clone();
    (report, reasons)
}

async fn deploy(script: &Script, mode: DnsMode, dns: ScriptedDns) -> (Report, Vec<String>) {
    let mut graph = Graph::new();
    graph.add("certificate", certificate(mode), (), |()| ());
    let mut cloud = with_zone(script).cloud();
    cloud.dns = Arc::new(dns);
    run(graph, cloud).await
}

async fn remove_old(script: &Script, dns: DnsMode) -> (Report, Vec<String>) {
    let mut graph = Graph::new();
    let primary_names = ["chat.ada.example".to_owned()].into_iter().collect();
    let old = OldCertificate::new(BTreeSet::new(), primary_names, labels(), dns);
    graph.add_if(false, "old certificate", old, (), |()| ());
    run(graph, with_zone(script).cloud()).await
}

const SETS: &str = "GET /2013-04-01/hostedzone/Z1/rrset";
const CHANGE: &str = "POST /2013-04-01/hostedzone/Z1/rrset";

#[tokio::test(start_paused = true)]
async fn waiting_for_a_certificate_reports_the_reasons() {
    let late = detail("PENDING_VALIDATION", json!({ "DomainValidationOptions": [] }));
    let script = script()
        .on("ListCertificates", [listed(&[]), listed(&[]), listed(&[ARN])])
        // The validation record appears late, and issuing takes several reads.
        .on("DescribeCertificate", [late.clone(), late, pending(), pending(), pending(), issued()])
        .on(SETS, [records(&[]), records(&[(RECORD, VALUE)])])
        .on(CHANGE, [changed()]);
    let (report, reasons) = deploy(&script, route53(), ScriptedDns::online()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(
        reasons,
        [
            "Amazon to provide the validation records (usually a few seconds)",
            "Amazon to issue the certificate for chat.ada.example (usually 1 to 5 minutes)",
        ]
    );
    assert_eq!((count(&script, "RequestCertificate"), count(&script, CHANGE)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_pending_certificate_of_an_earlier_run_is_waited_for_and_not_requested_again() {
    let script = script()
        .on("ListCertificates", [listed(&[ARN])])
        .on("DescribeCertificate", [pending(), pending(), issued()])
        .on(SETS, [records(&[(RECORD, VALUE)])]);
    let (report, reasons) = deploy(&script, route53(), ScriptedDns::online()).await;
    assert!(matches!(report.outcome("certificate"), Some(Outcome::Unchanged)), "{report:?}");
    assert_eq!((reasons.len(), count(&script, "RequestCertificate")), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn the_timeout_of_a_pending_certificate_reports_the_record_that_public_dns_lacks() {
    let script = script()
        .on("ListCertificates", [listed(&[ARN])])
        .on("DescribeCertificate", [pending()])
        .on(SETS, [records(&[(RECORD, VALUE)])]);
    let (report, reasons) = deploy(&script, route53(), ScriptedDns::online()).await;
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert!(
        reasons[1].contains("public DNS does not show its validation record _a.chat.ada.example"),
        "{}",
        reasons[1]
    );
    let failure = report.failures().next().expect("a timeout").problem.to_string();
    assert!(failure.contains("public DNS does not show"), "{failure}");
}

#[tokio::test(start_paused = true)]
async fn a_failed_certificate_reports_its_reason_and_the_next_run_requests_another() {
    let failed = || detail("FAILED", json!({ "FailureReason": "CAA_ERROR" }));
    let script = script()
        .on("ListCertificates", [listed(&[ARN])])
        .on("DescribeCertificate", [pending(), failed()])
        .on(SETS, [records(&[(RECORD, VALUE)])]);
    let (report, _) = deploy(&script, route53(), ScriptedDns::online()).await;
    let failure = report.failures().next().expect("a failure").problem.to_string();
    assert!(failure.contains("CAA_ERROR"), "{failure}");
    assert_eq!(count(&script, "RequestCertificate"), 0);

    let script = self::script()
        .on("ListCertificates", [listed(&[ARN])])
        .on("DescribeCertificate", [failed(), issued()])
        .on(SETS, [records(&[(RECORD, VALUE)])]);
    let (report, _) = deploy(&script, route53(), ScriptedDns::online()).await;
    assert!(matches!(report.outcome("certificate"), Some(Outcome::Created)), "{report:?}");
    assert_eq!(count(&script, "RequestCertificate"), 1);
}

#[tokio::test(start_paused = true)]
async fn throttled_calls_and_changes_of_a_disabled_zone_are_retried() {
    let disabled = xml_error(400, "InvalidInput", "The hosted zone is marked disabled for mutation");
    let script = script()
        .on("ListCertificates", [json_error(400, "ThrottlingException", "slow"), listed(&[ARN])])
        .on("DescribeCertificate", [pending(), pending(), pending(), issued()])
        .on(SETS, [records(&[]), records(&[]), records(&[]), records(&[(RECORD, VALUE)])])
        .on(CHANGE, [disabled, xml_error(400, "Throttling", "Rate exceeded"), changed()]);
    let (report, _) = deploy(&script, route53(), ScriptedDns::online()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, CHANGE), 3);
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_response_was_lost_is_repeated_with_the_same_token() {
    let script = Script::new()
        .on("RequestCertificate", [Reply::Lost, json_body(&json!({ "CertificateArn": ARN }))])
        .on("ListTagsForCertificate", [tags()])
        // The list is stale.
        .on("ListCertificates", [listed(&[]), listed(&[]), listed(&[ARN])])
        .on("DescribeCertificate", [issued()])
        .on(SETS, [records(&[(RECORD, VALUE)])]);
    let (report, _) = deploy(&script, DnsMode::Manual, ScriptedDns::online()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, "RequestCertificate"), 2);
    let (one, other) = (certificate(DnsMode::Manual), certificate(route53()));
    let (no_failed, failed) = (BTreeSet::new(), BTreeSet::from([ARN.to_owned()]));
    assert_eq!(one.token(&no_failed), other.token(&no_failed));
    assert_ne!(one.token(&failed), other.token(&no_failed));
    assert!(one.token(&failed).len() <= 32 && one.token(&failed).chars().all(char::is_alphanumeric));
}

#[tokio::test(start_paused = true)]
async fn a_requested_certificate_that_is_not_found_or_has_no_tags_yet_is_not_requested_again() {
    let missing = || json_error(400, "ResourceNotFoundException", "not yet");
    let untagged = || json_body(&json!({ "Tags": [] }));
    let script = Script::new()
        .on("RequestCertificate", [json_body(&json!({ "CertificateArn": ARN }))])
        .on("ListCertificates", [listed(&[])])
        .on("DescribeCertificate", [missing(), missing(), issued()])
        .on("ListTagsForCertificate", [missing(), missing(), missing(), untagged(), tags()])
        .on(SETS, [records(&[(RECORD, VALUE)])]);
    let (report, _) = deploy(&script, route53(), ScriptedDns::online()).await;
    assert!(matches!(report.outcome("certificate"), Some(Outcome::Created)), "{report:?}");
    assert_eq!(count(&script, "RequestCertificate"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failed_certificate_is_remembered_although_a_later_list_is_stale() {
    let script = script()
        .on("ListCertificates", [listed(&[ARN]), listed(&[])])
        .on("DescribeCertificate", [detail("FAILED", json!({}))]);
    let (certificate, cloud) = (certificate(DnsMode::Manual), script.cloud());
    let mut memory = CertificateMemory::default();
    for _ in 0..2 {
        assert!(certificate.observe(&cloud, &mut memory).await.unwrap().is_none());
        assert_eq!(memory.unusable, BTreeSet::from([ARN.to_owned()]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_whose_response_was_lost_is_done() {
    let script = script()
        .on("ListCertificates", [listed(&[ARN]), listed(&[])])
        .on("DescribeCertificate", [issued()])
        .on("DeleteCertificate", [Reply::Lost]);
    let report = testing::destroy(&script, certificate(DnsMode::Manual), ()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, "DeleteCertificate"), 1);
}

#[tokio::test(start_paused = true)]
async fn manual_validation_is_not_waited_for() {
    let script = script().on("ListCertificates", [listed(&[ARN])]).on("DescribeCertificate", [pending()]);
    let (report, reasons) = deploy(&script, DnsMode::Manual, ScriptedDns::online()).await;
    assert!(report.complete() && reasons.is_empty(), "{report:?} {reasons:?}");
}

#[tokio::test(start_paused = true)]
async fn an_old_certificate_is_deleted_after_its_record_and_once_it_is_not_in_use() {
    let in_use = || json_error(400, "ResourceInUseException", "in use");
    let script = script()
        .on("ListCertificates", [listed(&[ARN]), listed(&[ARN]), listed(&[ARN]), listed(&[ARN]), listed(&[])])
        .on("DescribeCertificate", [issued()])
        .on(SETS, [records(&[(RECORD, VALUE)]), records(&[])])
        .on(CHANGE, [changed()])
        .on("DeleteCertificate", [in_use(), in_use(), ok("{}")]);
    let (report, reasons) = remove_old(&script, route53()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(reasons, ["CloudFront to release the old certificate (usually a few minutes)"]);
    assert_eq!((count(&script, CHANGE), count(&script, "DeleteCertificate")), (1, 3));
}

/// All certificates for a hostname need the same record.
#[tokio::test(start_paused = true)]
async fn a_record_that_another_certificate_needs_is_kept() {
    let other = "arn:aws:acm:us-east-1:123456789012:certificate/other";
    let no_tags = json_body(&json!({ "Tags": [] }));
    let script = Script::new()
        .on("ListTagsForCertificate", [tags(), no_tags])
        .on("ListCertificates", [listed(&[ARN, other]), listed(&[other])])
        .on("DescribeCertificate", [issued()])
        .on(SETS, [records(&[(RECORD, VALUE)])])
        .on("DeleteCertificate", [ok("{}")]);
    let (report, _) = remove_old(&script, route53()).await;
    assert_eq!(report.nodes.len(), 1);
    assert_eq!((count(&script, CHANGE), count(&script, "DeleteCertificate")), (0, 1));
}
