//! Certificate and domain: added, changed, removed, and crashed at every call.

use std::{collections::BTreeSet, sync::Arc};

use aws_sdk_cloudfront::types::MinimumProtocolVersion;
use futures_util::{FutureExt as _, future::BoxFuture};
use reconcile::{Apply, Choices, Engine, Graph, Halt, Silent, Waits, testing::every_crash_point};
use testbed::clock::fast_clock;
use twinctl::targets::aws::{
    Cloud, Labels,
    resources::{
        AliasOwner, Certificate, CertificateOutput, DeliveryOutput, Distribution, DistributionDesired,
        Domain, DomainDesired, OldCertificate, certificate::DnsMode, domain::OtherRecords, route53::Zones,
    },
};
use twinctl::targets::record::OriginSecret;

use super::sandbox::Sandbox;

/// The desired hostnames, and the previous ones.
type Hostnames = (&'static [&'static str], &'static [&'static str]);

const CHAT: Hostnames = (&["chat.ada.example"], &[]);
const HELLO: Hostnames = (&["hello.ada.example"], &["chat.ada.example"]);
const NONE: Hostnames = (&[], &["chat.ada.example"]);

fn labels() -> Labels {
    Labels::new("twin", "dev", &std::collections::BTreeMap::new())
}

fn distribution() -> Distribution {
    Distribution::new("twin-dev", labels())
}

fn desired() -> DistributionDesired {
    DistributionDesired {
        birth: "01JD".to_owned(),
        bucket_host: "twin-dev-frontend.s3.eu-central-1.amazonaws.com".to_owned(),
        api_endpoint: "http://abc.execute-api.localhost:4566".to_owned(),
        stream_endpoint: None,
        origin_secrets: vec![OriginSecret::new("hush")],
        delivery: DeliveryOutput {
            access_id: "EACCESS".to_owned(),
            headers_id: "headers-id".to_owned(),
            function: "twin-dev-paths".to_owned(),
        },
        alias_owner: AliasOwner::Domain,
    }
}

/// The graph as `stack` builds it.
fn graph((wanted, former): Hostnames) -> Graph<Cloud> {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let primary_names: BTreeSet<_> =
        owned(wanted).into_iter().take(1).chain(owned(former).into_iter().take(1)).collect();
    let dns = DnsMode::Route53(Arc::new(Zones::new(None)));
    let mut graph = Graph::new();
    let distribution_node = graph.add("distribution", distribution(), (), |()| desired());
    let is_wanted = !wanted.is_empty();
    let certificate =
        Certificate::new(owned(wanted), primary_names.clone(), "01JD".to_owned(), labels(), dns.clone());
    let certificate = graph.add_if(is_wanted, "certificate", certificate, (), |()| ());
    let set = owned(wanted).into_iter().collect();
    let old = OldCertificate::new(set, primary_names, labels(), dns.clone());
    let old = graph.add_if(false, "old certificate", old, (), |()| ());
    let domain = Domain {
        names: owned(wanted),
        former: owned(former).into_iter().collect(),
        dns,
        other_records: OtherRecords::Keep,
        distribution: distribution(),
    };
    let inputs = (certificate, old.after(), distribution_node.early());
    graph.add_if(is_wanted, "domain", domain, inputs, |(certificate, (), distribution)| {
        let none = CertificateOutput { arn: String::new(), issued: false, validation_records: vec![] };
        DomainDesired { certificate: certificate.unwrap_or(none), distribution }
    });
    graph
}

fn picture(cloud: Arc<Cloud>) -> BoxFuture<'static, String> {
    async move {
        let mut all = Vec::new();
        for certificate in cloud.acm.list_certificates().send().await.unwrap().certificate_summary_list() {
            all.push(format!("certificate {}", certificate.domain_name().unwrap()));
        }
        for zone in cloud.route53.list_hosted_zones().send().await.unwrap().hosted_zones() {
            let sets =
                cloud.route53.list_resource_record_sets().hosted_zone_id(zone.id()).send().await.unwrap();
            all.extend(
                sets.resource_record_sets().iter().map(|set| format!("{} {}", set.name(), set.r#type())),
            );
        }
        let found = cloud.cloudfront.list_distributions().send().await.unwrap().distribution_list;
        for one in found.unwrap().items() {
            let mut names = one.aliases().map(|aliases| aliases.items().to_vec()).unwrap_or_default();
            names.sort();
            let certificate = one.viewer_certificate().unwrap();
            let oldest = certificate.minimum_protocol_version().map(MinimumProtocolVersion::as_str);
            all.push(format!(
                "distribution {names:?} {oldest:?} {}",
                certificate.acm_certificate_arn().is_some()
            ));
        }
        all.sort();
        all.join("\n")
    }
    .boxed()
}

/// An account with the hosted zone, after deploys of these hostnames.
async fn sandbox_after(all: &[Hostnames]) -> Sandbox {
    let sandbox = Sandbox::new(picture);
    let zone = sandbox.by_hand.route53.create_hosted_zone().name("ada.example").caller_reference("1");
    zone.send().await.unwrap();
    for hostnames in all {
        assert!(by_hand(&sandbox, graph(*hostnames)).await, "{hostnames:?}");
    }
    sandbox
}

/// Deploys without the proxy, so that no call is counted or lost.
async fn by_hand(sandbox: &Sandbox, graph: Graph<Cloud>) -> bool {
    let cloud = Arc::clone(&sandbox.by_hand);
    let engine = Engine::new(graph, cloud, Arc::new(Silent), Halt::new(), Choices::default());
    engine.observe().await.unwrap();
    let plan = engine.plan();
    engine.apply(&plan, Apply { waits: Waits::Yes, observed: true }).await.complete()
}

async fn survives_every_crash(before: &'static [Hostnames], hostnames: Hostnames) {
    let _clock = fast_clock();
    let run = async |sandbox: &Sandbox| sandbox.succeeds(graph(hostnames), Choices::default()).await;
    every_crash_point(async || sandbox_after(before).await, run).await;
}

#[testbed::test(emulator)]
async fn adding_a_domain_survives_a_crash_at_any_call() {
    survives_every_crash(&[(&[], &[])], CHAT).await;
}

#[testbed::test(emulator)]
async fn changing_a_domain_survives_a_crash_at_any_call() {
    survives_every_crash(&[CHAT], HELLO).await;
}

#[testbed::test(emulator)]
async fn removing_a_domain_survives_a_crash_at_any_call() {
    survives_every_crash(&[CHAT], NONE).await;
}
