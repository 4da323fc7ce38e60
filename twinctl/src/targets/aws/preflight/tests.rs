//! The checks, with scripted DNS and a scripted AWS.

use std::sync::Arc;

use super::{Finding, Severity, check};
use crate::{
    spec::{Dns, Domain},
    targets::aws::{
        dns::{DnsRecord, RecordType, script::ScriptedDns},
        script::{Reply, Script, ok},
    },
};

const SERVERS: [&str; 2] = ["ns-1.awsdns-1.com", "ns-2.awsdns-2.net"];

fn domain() -> Domain {
    Domain::named("chat.ada.example".parse().unwrap())
}

fn zones(zones: &[(&str, &str, bool)]) -> Reply {
    let zone = |(id, name, private): &(&str, &str, bool)| {
        format!(
            "<HostedZone><Id>/hostedzone/{id}</Id><Name>{name}.</Name><CallerReference>1</CallerReference>\
             <Config><PrivateZone>{private}</PrivateZone></Config></HostedZone>"
        )
    };
    let zones: String = zones.iter().map(zone).collect();
    ok(&format!(
        "<ListHostedZonesResponse><HostedZones>{zones}</HostedZones><IsTruncated>false</IsTruncated>\
         <MaxItems>100</MaxItems></ListHostedZonesResponse>"
    ))
}

fn one_zone() -> Reply {
    zones(&[("Z1", "ada.example", false)])
}

fn records(name: &str, kind: &str, value: &str) -> Reply {
    ok(&format!(
        "<ListResourceRecordSetsResponse><ResourceRecordSets><ResourceRecordSet><Name>{name}.</Name>\
         <Type>{kind}</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>{value}</Value></ResourceRecord>\
         </ResourceRecords></ResourceRecordSet></ResourceRecordSets><IsTruncated>false</IsTruncated>\
         <MaxItems>20</MaxItems></ListResourceRecordSetsResponse>"
    ))
}

fn distributions(all: &[(&str, &str, &str, &str)]) -> Reply {
    let one = |(id, host, comment, alias): &(&str, &str, &str, &str)| {
        format!(
            "<DistributionSummary><Id>{id}</Id><ARN>a</ARN><Status>Deployed</Status>\
             <LastModifiedTime>2026-01-01T00:00:00Z</LastModifiedTime><DomainName>{host}</DomainName>\
             <Aliases><Quantity>1</Quantity><Items><CNAME>{alias}</CNAME></Items></Aliases>\
             <Comment>{comment}</Comment><PriceClass>PriceClass_All</PriceClass><Enabled>true</Enabled>\
             <WebACLId></WebACLId><HttpVersion>http2</HttpVersion><IsIPV6Enabled>true</IsIPV6Enabled>\
             <Staging>false</Staging></DistributionSummary>"
        )
    };
    let items: String = all.iter().map(one).collect();
    ok(&format!(
        "<DistributionList><Marker></Marker><MaxItems>100</MaxItems><IsTruncated>false</IsTruncated>\
         <Quantity>{}</Quantity><Items>{items}</Items></DistributionList>",
        all.len()
    ))
}

/// Adds responses for a domain without problems. Responses that a test adds before take precedence.
fn with_valid_domain(script: Script) -> Script {
    let servers = SERVERS.map(|server| format!("<NameServer>{server}</NameServer>")).concat();
    script
        .on("GET /2013-04-01/hostedzone/Z1/rrset", [records("_x.chat.ada.example", "TXT", "x")])
        .on(
            "GET /2013-04-01/hostedzone/Z1",
            [ok(&format!(
                "<GetHostedZoneResponse><HostedZone><Id>/hostedzone/Z1</Id><Name>ada.example.</Name>\
                 <CallerReference>1</CallerReference></HostedZone><DelegationSet><NameServers>{servers}\
                 </NameServers></DelegationSet></GetHostedZoneResponse>"
            ))],
        )
        .on("GET /2013-04-01/hostedzone", [one_zone()])
        .on("GET /2020-05-31/distribution", [distributions(&[])])
}

fn dns() -> ScriptedDns {
    ScriptedDns::online().with(
        "ada.example",
        RecordType::Ns,
        SERVERS.map(|server| DnsRecord::Ns(server.to_owned())),
    )
}

fn caa(value: &str) -> [DnsRecord; 1] {
    [DnsRecord::Caa { tag: "issue".to_owned(), value: value.to_owned() }]
}

async fn findings(script: Script, dns: ScriptedDns, domain: &Domain) -> Vec<Finding> {
    let mut cloud = with_valid_domain(script).cloud();
    cloud.dns = Arc::new(dns);
    check(&cloud, domain, "twin-dev", "twin-dev-frontend-1").await.unwrap()
}

/// Returns each finding as text.
async fn report(script: Script, dns: ScriptedDns, domain: &Domain) -> String {
    let findings = findings(script, dns, domain).await;
    let line = |finding: &Finding| format!("{:?}: {}\n  {}", finding.severity, finding.message, finding.hint);
    findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_valid_domain_has_no_findings() {
    assert_eq!(findings(Script::new(), dns(), &domain()).await, []);
    let allowed = dns().with("ada.example", RecordType::Caa, caa("amazonaws.com; account=1"));
    assert_eq!(findings(Script::new(), allowed, &domain()).await, []);
}

#[tokio::test]
async fn every_finding_has_a_message_and_a_hint() {
    let zone = |zones: Reply| Script::new().on("GET /2013-04-01/hostedzone", [zones]);
    let other_servers = || {
        ScriptedDns::online().with(
            "ada.example",
            RecordType::Ns,
            [DnsRecord::Ns("ns.registrar.example".to_owned())],
        )
    };
    let record = |kind: &str, value: &str| {
        Script::new().on("GET /2013-04-01/hostedzone/Z1/rrset", [records("chat.ada.example", kind, value)])
    };
    let conflict = || {
        let other = ("E2", "d2.cloudfront.net", "my old site", "chat.ada.example");
        Script::new().on("GET /2020-05-31/distribution", [distributions(&[other])])
    };
    let alias = [DnsRecord::Cname("d9.cloudfront.net".to_owned())];
    let cases = [
        ("no zone", zone(zones(&[])), dns()),
        (
            "a private zone only",
            zone(zones(&[("Z9", "ada.example", true), ("Z8", "bob.example", false)])),
            dns(),
        ),
        ("two zones", zone(zones(&[("Z1", "ada.example", false), ("Z2", "ada.example", false)])), dns()),
        ("other name servers", Script::new(), other_servers()),
        ("no name servers", Script::new(), ScriptedDns::online()),
        ("another issuer", Script::new(), dns().with("ada.example", RecordType::Caa, caa("letsencrypt.org"))),
        ("no issuer", Script::new(), dns().with("chat.ada.example", RecordType::Caa, caa(";"))),
        ("a record", record("A", "192.0.2.1"), dns()),
        ("an alias", record("CNAME", "pages.example"), dns()),
        ("another distribution", conflict(), dns()),
        (
            "a distribution in public DNS",
            Script::new(),
            dns().with("chat.ada.example", RecordType::Cname, alias),
        ),
        ("offline", Script::new(), ScriptedDns::default()),
    ];
    let mut all = String::new();
    for (case, script, dns) in cases {
        let report = report(script, dns, &domain()).await;
        all = format!("{all}--- {case}\n{report}\n");
    }
    insta::assert_snapshot!(all);
}

#[tokio::test]
async fn a_record_that_is_ours_or_to_be_replaced_is_no_finding() {
    let ours = ("E1", "d1.cloudfront.net", "twinctl twin-dev", "chat.ada.example");
    let pointing_to = |value: &str| {
        Script::new()
            .on("GET /2013-04-01/hostedzone/Z1/rrset", [records("chat.ada.example", "CNAME", value)])
            .on("GET /2020-05-31/distribution", [distributions(&[ours])])
    };
    assert_eq!(findings(pointing_to("d1.cloudfront.net."), dns(), &domain()).await, []);
    let replacing = Domain { take_record: true, ..domain() };
    assert_eq!(findings(pointing_to("pages.example."), dns(), &replacing).await, []);
}

#[tokio::test]
async fn zones_are_not_listed_if_another_provider_hosts_the_domain() {
    let manual = Domain { dns: Dns::Manual, ..domain() };
    let script = Script::new();
    assert_eq!(findings(script.clone(), ScriptedDns::online(), &manual).await, []);
    assert!(!script.log().iter().any(|line| line.contains("hostedzone")));
}

#[tokio::test]
async fn all_errors_are_reported_together() {
    let script = Script::new().on("GET /2013-04-01/hostedzone", [zones(&[])]);
    let dns = dns().with("ada.example", RecordType::Caa, caa("letsencrypt.org"));
    let findings = findings(script, dns, &domain()).await;
    assert!(findings.iter().all(|finding| finding.severity == Severity::Error));
    insta::assert_snapshot!(Finding::diagnostic(&findings).unwrap().render());
    assert_eq!(Finding::diagnostic(&[]), None);
}
