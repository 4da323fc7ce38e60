//! What the preflight says, against scripted DNS and a scripted AWS.

use std::sync::Arc;

use super::{Finding, Weight, ask};
use crate::{
    spec::{Dns, Domain},
    targets::aws::{
        dns::{Found, Kind, script::Names},
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

/// Everything as it should be; what a test says before comes first.
fn fine(script: Script) -> Script {
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

fn names() -> Names {
    Names::online().with("ada.example", Kind::Ns, SERVERS.map(|server| Found::Ns(server.to_owned())))
}

fn caa(value: &str) -> [Found; 1] {
    [Found::Caa { tag: "issue".to_owned(), value: value.to_owned() }]
}

async fn found(script: Script, dns: Names, domain: &Domain) -> Vec<Finding> {
    let mut cloud = fine(script).cloud();
    cloud.dns = Arc::new(dns);
    ask(&cloud, domain, "twin-dev").await.unwrap()
}

/// What is said, with its next step, as a person reads it.
async fn said(script: Script, dns: Names, domain: &Domain) -> String {
    let found = found(script, dns, domain).await;
    let line = |finding: &Finding| format!("{:?}: {}\n  {}", finding.weight, finding.sentence, finding.next);
    found.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn nothing_is_said_where_all_is_well() {
    assert_eq!(found(Script::new(), names(), &domain()).await, []);
    let allowed = names().with("ada.example", Kind::Caa, caa("amazonaws.com; account=1"));
    assert_eq!(found(Script::new(), allowed, &domain()).await, []);
}

#[tokio::test]
async fn each_thing_in_the_way_is_a_sentence_with_the_next_step() {
    let zone = |zones: Reply| Script::new().on("GET /2013-04-01/hostedzone", [zones]);
    let other_servers =
        || Names::online().with("ada.example", Kind::Ns, [Found::Ns("ns.registrar.example".to_owned())]);
    let record = |kind: &str, value: &str| {
        Script::new().on("GET /2013-04-01/hostedzone/Z1/rrset", [records("chat.ada.example", kind, value)])
    };
    let taken = || {
        let other = ("E2", "d2.cloudfront.net", "my old site", "chat.ada.example");
        Script::new().on("GET /2020-05-31/distribution", [distributions(&[other])])
    };
    let alias = [Found::Cname("d9.cloudfront.net".to_owned())];
    let cases = [
        ("no zone at all", zone(zones(&[])), names()),
        (
            "a private zone only",
            zone(zones(&[("Z9", "ada.example", true), ("Z8", "bob.example", false)])),
            names(),
        ),
        ("two zones", zone(zones(&[("Z1", "ada.example", false), ("Z2", "ada.example", false)])), names()),
        ("other name servers", Script::new(), other_servers()),
        ("no name servers", Script::new(), Names::online()),
        ("another issuer", Script::new(), names().with("ada.example", Kind::Caa, caa("letsencrypt.org"))),
        ("no issuer", Script::new(), names().with("chat.ada.example", Kind::Caa, caa(";"))),
        ("a record", record("A", "192.0.2.1"), names()),
        ("an alias", record("CNAME", "pages.example"), names()),
        ("another distribution", taken(), names()),
        ("a distribution of somebody", Script::new(), names().with("chat.ada.example", Kind::Cname, alias)),
        ("offline", Script::new(), Names::default()),
    ];
    let mut all = String::new();
    for (case, script, dns) in cases {
        let said = said(script, dns, &domain()).await;
        all = format!("{all}--- {case}\n{said}\n");
    }
    insta::assert_snapshot!(all);
}

#[tokio::test]
async fn a_record_may_be_taken_and_our_own_is_in_nobodys_way() {
    let own = ("E1", "d1.cloudfront.net", "twinctl twin-dev", "chat.ada.example");
    let leading = |value: &str| {
        Script::new()
            .on("GET /2013-04-01/hostedzone/Z1/rrset", [records("chat.ada.example", "CNAME", value)])
            .on("GET /2020-05-31/distribution", [distributions(&[own])])
    };
    assert_eq!(found(leading("d1.cloudfront.net."), names(), &domain()).await, []);
    let taking = Domain { take_record: true, ..domain() };
    assert_eq!(found(leading("pages.example."), names(), &taking).await, []);
}

#[tokio::test]
async fn where_another_host_keeps_the_domain_nobody_asks_for_zones() {
    let manual = Domain { dns: Dns::Manual, ..domain() };
    let script = Script::new();
    assert_eq!(found(script.clone(), Names::online(), &manual).await, []);
    assert!(!script.log().iter().any(|line| line.contains("hostedzone")));
}

#[tokio::test]
async fn all_that_stops_is_one_error() {
    let script = Script::new().on("GET /2013-04-01/hostedzone", [zones(&[])]);
    let dns = names().with("ada.example", Kind::Caa, caa("letsencrypt.org"));
    let findings = found(script, dns, &domain()).await;
    assert!(findings.iter().all(|finding| finding.weight == Weight::Stops));
    insta::assert_snapshot!(Finding::diagnostic(&findings).unwrap().render());
    assert_eq!(Finding::diagnostic(&[]), None);
}
