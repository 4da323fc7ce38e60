//! Custom domains: added, changed, removed, and blocked by other records.

use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
use testbed::proxy::{Selector, Timing};
use testbed::twin_lambda::first_zip;

use super::{
    inventory::inventory,
    twin::{ENVIRONMENT, Twin, deploy_args},
};

pub(super) const CHAT: &str = "domain: { name: chat.ada.example, www_redirect: true }\n";
const ALL_OF_CHAT: [&str; 7] = [
    "certificate for chat.ada.example www.chat.ada.example",
    "record _acme-challenge.chat.ada.example. CNAME",
    "record _acme-challenge.www.chat.ada.example. CNAME",
    "record chat.ada.example. A",
    "record chat.ada.example. AAAA",
    "record www.chat.ada.example. A",
    "record www.chat.ada.example. AAAA",
];

fn set_domain(twin: &Twin, domain: &str) {
    twin.write("environments/dev.yaml", format!("{ENVIRONMENT}{domain}"));
}

/// A twin in an account with the hosted zone `ada.example`.
pub(super) async fn twin_with_zone() -> Twin {
    let twin = Twin::new();
    create_zone(&twin, "ada.example").await;
    twin
}

pub(super) async fn create_zone(twin: &Twin, name: &str) -> String {
    let request = twin.by_hand.route53.create_hosted_zone().name(name);
    let nth = twin.by_hand.route53.list_hosted_zones().send().await.unwrap().hosted_zones().len();
    let created = request.caller_reference(format!("{name} {nth}")).send().await.unwrap();
    created.hosted_zone().unwrap().id().to_owned()
}

async fn put_record(twin: &Twin, zone: &str, name: &str, kind: RrType, value: &str) {
    let record = ResourceRecord::builder().value(value).build().unwrap();
    let set = ResourceRecordSet::builder().name(name).r#type(kind).ttl(60).resource_records(record).build();
    let change = Change::builder().action(ChangeAction::Upsert).resource_record_set(set.unwrap()).build();
    let batch = ChangeBatch::builder().changes(change.unwrap()).build().unwrap();
    let request = twin.by_hand.route53.change_resource_record_sets().hosted_zone_id(zone);
    request.change_batch(batch).send().await.unwrap();
}

/// Runs the CloudFront function for a request to `host`. The emulator routes to a distribution only by its CloudFront
/// name, so the function is run here, with Node.
async fn run_edge_function(twin: &Twin, host: &str) -> String {
    let live = aws_sdk_cloudfront::types::FunctionStage::Live;
    let function =
        twin.by_hand.cloudfront.get_function().name("ada-dev-paths").stage(live).send().await.unwrap();
    let code = String::from_utf8(function.function_code.unwrap().into_inner()).unwrap();
    let visit = format!(
        "const event = {{ request: {{ uri: '/about', headers: {{ host: {{ value: '{host}' }} }}, querystring: {{
           a: {{ value: '1', multiValue: [{{ value: '1' }}, {{ value: '2' }}] }},
           b: {{ value: '' }}, c: {{ value: '%20' }} }} }} }};
         const seen = handler(event);
         console.log(seen.uri || seen.statusCode + ' ' + seen.headers.location.value);"
    );
    let ran =
        tokio::process::Command::new("node").args(["-e", &format!("{code}{visit}")]).output().await.unwrap();
    assert!(ran.status.success(), "{ran:?}");
    String::from_utf8(ran.stdout).unwrap().trim_end().to_owned()
}

/// Returns the certificates and records in the account.
async fn domain_resources(twin: &Twin) -> Vec<String> {
    let all = inventory(&twin.by_hand).await;
    all.into_iter().filter(|line| line.starts_with("certificate") || line.starts_with("record")).collect()
}

#[testbed::test(emulator, node)]
async fn a_domain_is_added_and_removed() {
    let twin = twin_with_zone().await;
    twin.deploy(&[]).await.exits_with(0);
    set_domain(&twin, CHAT);
    let deployed = twin.deploy(&[]).await.exits_with(0);
    assert_eq!(deployed.url(), "https://chat.ada.example");
    assert_eq!(domain_resources(&twin).await, ALL_OF_CHAT);
    assert_eq!(run_edge_function(&twin, "chat.ada.example").await, "/about.html");
    let redirect = run_edge_function(&twin, "www.chat.ada.example").await;
    assert_eq!(redirect, "301 https://chat.ada.example/about?a=1&a=2&b&c=%20");

    twin.proxy.reset();
    assert_eq!(twin.deploy(&[]).await.exits_with(0).url(), "https://chat.ada.example");
    assert!(twin.writes().is_empty(), "{:?}", twin.writes());
    twin.run(&["status", "dev"]).await.exits_with(0);
    assert_eq!(twin.run(&["outputs", "dev"]).await.exits_with(0).url(), "https://chat.ada.example");

    set_domain(&twin, "");
    assert!(twin.deploy(&[]).await.exits_with(0).url().ends_with(".cloudfront.net"));
    assert_eq!(domain_resources(&twin).await, [""; 0]);
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0);
    let domain_services = ["acm", "route53"];
    assert!(!twin.proxy.calls().iter().any(|call| domain_services.contains(&call.service.as_str())));
}

#[testbed::test(emulator)]
async fn a_changed_domain_replaces_the_first_one_completely() {
    let twin = twin_with_zone().await;
    set_domain(&twin, CHAT);
    twin.deploy(&[]).await.exits_with(0);
    let expected = inventory(&twin.by_hand).await;
    set_domain(&twin, "domain: twin.ada.example\n");
    assert_eq!(twin.deploy(&[]).await.exits_with(0).url(), "https://twin.ada.example");
    assert_eq!(
        domain_resources(&twin).await,
        [
            "certificate for twin.ada.example",
            "record _acme-challenge.twin.ada.example. CNAME",
            "record twin.ada.example. A",
            "record twin.ada.example. AAAA",
        ]
    );
    twin.plan().await.exits_with(0);
    set_domain(&twin, CHAT);
    twin.deploy(&[]).await.exits_with(0);
    assert_eq!(inventory(&twin.by_hand).await, expected);
    twin.destroy(&[]).await.exits_with(0);
    assert_eq!(inventory(&twin.by_hand).await, ["table twinctl-locks"]);
}

#[testbed::test(emulator)]
async fn blocking_records_are_reported_before_any_change() {
    let twin = Twin::new();
    set_domain(&twin, CHAT);
    twin.deploy(&[]).await.exits_with(6).reports("no public hosted zone contains `chat.ada.example`");
    let (zone, twin_zone) =
        (create_zone(&twin, "ada.example").await, create_zone(&twin, "ada.example").await);
    twin.deploy(&[]).await.exits_with(6).reports("2 public hosted zones named `ada.example`");
    twin.by_hand.route53.delete_hosted_zone().id(twin_zone).send().await.unwrap();
    put_record(&twin, &zone, "chat.ada.example", RrType::A, "192.0.2.1").await;
    let refused = twin.deploy(&[]).await.exits_with(6);
    refused.reports("the A record `chat.ada.example` points to 192.0.2.1");
    refused.reports("--take-record");
    let only = ["item ada/dev free", "record chat.ada.example. A", "table twinctl-locks"];
    assert_eq!(inventory(&twin.by_hand).await, only);
    twin.deploy(&["--take-record"]).await.exits_with(0);
    assert_eq!(domain_resources(&twin).await, ALL_OF_CHAT);
    twin.plan().await.exits_with(0);
}

#[testbed::test(emulator)]
async fn a_record_changed_by_hand_is_overwritten_only_with_take_record() {
    let twin = twin_with_zone().await;
    set_domain(&twin, "domain: chat.ada.example\n");
    twin.deploy(&[]).await.exits_with(0);
    let zones = twin.by_hand.route53.list_hosted_zones().send().await.unwrap();
    let zone = zones.hosted_zones()[0].id().to_owned();
    put_record(&twin, &zone, "chat.ada.example", RrType::A, "192.0.2.1").await;
    twin.run(&["status", "dev"]).await.exits_with(7).reports("192.0.2.1");
    twin.deploy(&[]).await.exits_with(6).reports("--take-record");
    twin.deploy(&["--take-record"]).await.exits_with(0);
    twin.run(&["status", "dev"]).await.exits_with(0);
}

/// Owners with another DNS provider write the records themselves.
#[testbed::test(emulator)]
async fn manual_dns_records_are_printed_and_not_written() {
    let twin = twin_with_zone().await;
    set_domain(&twin, "domain: { name: chat.ada.example, dns: manual }\n");
    let deployed = twin.deploy(&[]).await.exits_with(0);
    deployed.reports("chat.ada.example  CNAME  d");
    assert_eq!(domain_resources(&twin).await, ["certificate for chat.ada.example"]);
    twin.run(&["status", "dev"]).await.exits_with(0).reports("points visitors to the page");
    twin.destroy(&[]).await.exits_with(0);
    assert_eq!(domain_resources(&twin).await, [""; 0]);
}

/// Kills a deploy at every write, while it adds, changes and removes a domain. Calls overlap, so a number is not
/// always the same call.
#[testbed::test(emulator)]
async fn a_deploy_killed_while_the_domain_changes_is_finished_by_the_next_one() {
    let twin = twin_with_zone().await;
    twin.deploy(&[]).await.exits_with(0);
    let mut stages = Vec::new();
    for domain in [CHAT, "domain: twin.ada.example\n", ""] {
        twin.proxy.reset();
        set_domain(&twin, domain);
        twin.deploy(&[]).await.exits_with(0);
        let numbers: Vec<_> = twin.writes().iter().map(|call| call.number).collect();
        stages.push((domain, numbers, domain_resources(&twin).await));
    }
    let args = deploy_args(first_zip());
    for (index, (domain, numbers, expected)) in stages.iter().enumerate() {
        let before = stages[(index + 2) % 3].0;
        for (number, moment) in numbers.iter().zip([Timing::BeforeEffect, Timing::AfterEffect].iter().cycle())
        {
            set_domain(&twin, before);
            twin.deploy(&[]).await.exits_with(0);
            twin.proxy.reset();
            set_domain(&twin, domain);
            twin.kill_at(Selector::Nth(*number), *moment, &args).await;
            twin.proxy.reset();
            twin.deploy(&[]).await.exits_with(0);
            assert_eq!(
                domain_resources(&twin).await,
                *expected,
                "{domain} killed {moment:?} at call {number}"
            );
            twin.plan().await.exits_with(0);
        }
    }
}
