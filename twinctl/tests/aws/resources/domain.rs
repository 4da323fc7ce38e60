//! Certificate and domain against the emulated AWS: asked for, changed, taken away, and killed at every call.

use std::{collections::BTreeSet, sync::Arc};

use aws_sdk_cloudfront::types::MinimumProtocolVersion;
use futures_util::{FutureExt as _, future::BoxFuture};
use reconcile::{Apply, Choices, Engine, Graph, Halt, Silent, Waits, testing::every_crash_point};
use testbed::clock::hurry;
use twinctl::targets::aws::{
    Cloud, Labels,
    resources::{
        AliasOwner, Certificate, CertificateOutput, DeliveryOutput, Distribution, DistributionDesired,
        Domain, DomainDesired, OldCertificate, OriginSecret, certificate::DnsMode, domain::OtherRecords,
        route53::Zones,
    },
};

use super::sandbox::Sandbox;

/// What is wanted, and what was before.
type Wish = (&'static [&'static str], &'static [&'static str]);

const CHAT: Wish = (&["chat.ada.example"], &[]);
const HELLO: Wish = (&["hello.ada.example"], &["chat.ada.example"]);
const NONE: Wish = (&[], &["chat.ada.example"]);

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
        origin_secret: OriginSecret::new("hush"),
        delivery: DeliveryOutput {
            access_id: "EACCESS".to_owned(),
            headers_id: "headers-id".to_owned(),
            function: "twin-dev-paths".to_owned(),
        },
        alias_owner: AliasOwner::Domain,
    }
}

/// As `stack` adds them, in one graph for all wishes.
fn graph((wanted, former): Wish) -> Graph<Cloud> {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let primary_names: BTreeSet<_> =
        owned(wanted).into_iter().take(1).chain(owned(former).into_iter().take(1)).collect();
    let dns = DnsMode::Route53(Arc::new(Zones::new(None)));
    let mut graph = Graph::new();
    let there = graph.add("distribution", distribution(), (), |()| desired());
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
    let inputs = (certificate, old.after(), there.early());
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

/// An account whose owner has the zone, and a distribution that came to this wish in order.
async fn after(wishes: &[Wish]) -> Sandbox {
    let sandbox = Sandbox::new(picture);
    let zone = sandbox.by_hand.route53.create_hosted_zone().name("ada.example").caller_reference("1");
    zone.send().await.unwrap();
    for wish in wishes {
        assert!(by_hand(&sandbox, graph(*wish)).await, "{wish:?}");
    }
    sandbox
}

/// Past the proxy: neither counted nor lost.
async fn by_hand(sandbox: &Sandbox, graph: Graph<Cloud>) -> bool {
    let cloud = Arc::clone(&sandbox.by_hand);
    let engine = Engine::new(graph, cloud, Arc::new(Silent), Halt::new(), Choices::default());
    engine.observe().await.unwrap();
    let plan = engine.plan();
    engine.apply(&plan, Apply { waits: Waits::Yes, observed: true }).await.complete()
}

async fn everywhere(before: &'static [Wish], wish: Wish) {
    let _fast = hurry();
    let run = async |sandbox: &Sandbox| sandbox.succeeds(graph(wish), Choices::default()).await;
    every_crash_point(async || after(before).await, run).await;
}

#[testbed::test(emulator)]
async fn a_domain_that_is_asked_for_survives_a_crash_at_every_call() {
    everywhere(&[(&[], &[])], CHAT).await;
}

#[testbed::test(emulator)]
async fn a_domain_that_is_changed_survives_a_crash_at_every_call() {
    everywhere(&[CHAT], HELLO).await;
}

#[testbed::test(emulator)]
async fn a_domain_that_is_taken_away_survives_a_crash_at_every_call() {
    everywhere(&[CHAT], NONE).await;
}
