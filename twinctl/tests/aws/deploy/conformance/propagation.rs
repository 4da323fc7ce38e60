//! Resources that AWS does not know everywhere yet after it has created them: reads answer "not found", and calls are
//! denied.

use std::collections::BTreeSet;

use aws_sdk_s3::config::Credentials;
use testbed::{
    emulator::PUBLIC_ACCOUNT,
    proxy::{Call, Selector},
};
use twinctl::targets::aws::Cloud;

use super::super::{
    alarms::ALARMS,
    api_key::piped,
    budget::BUDGET,
    domain::{CHAT, create_zone, twin_with_zone},
    inventory::inventory,
    streaming::STREAMING,
    twin::{ENVIRONMENT, Twin},
};
use crate::cloud::{cloud, config};

/// A call that creates a resource, and how the service answers that the resource does not exist.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Creation {
    operation: &'static str,
    service: &'static str,
    /// A part of the names of the operations on the resource.
    calls: &'static str,
    not_found: (u16, &'static str),
}

const fn creation(
    service: &'static str,
    operation: &'static str,
    calls: &'static str,
    not_found: (u16, &'static str),
) -> Creation {
    Creation { operation, service, calls, not_found }
}

const CREATIONS: &[Creation] = &[
    creation("dynamodb", "CreateTable", "Item", (400, "ResourceNotFoundException")),
    creation("iam", "CreateRole", "Role", (404, "NoSuchEntity")),
    creation("logs", "CreateLogGroup", "", (400, "ResourceNotFoundException")),
    creation("s3", "PUT /{bucket}", "/{bucket}", (404, "NoSuchBucket")),
    creation("lambda", "POST /2015-03-31/functions", "/functions/{}", (404, "ResourceNotFoundException")),
    creation("apigateway", "POST /v2/apis", "/v2/apis/{}", (404, "NotFoundException")),
    creation(
        "lambda",
        "POST /2015-03-31/functions/{}/aliases",
        "/aliases/{}",
        (404, "ResourceNotFoundException"),
    ),
    creation(
        "cloudfront",
        "POST /2020-05-31/origin-access-control",
        "/origin-access-control/{}",
        (404, "NoSuchOriginAccessControl"),
    ),
    creation("cloudfront", "POST /2020-05-31/function", "/function/{}", (404, "NoSuchFunctionExists")),
    creation(
        "cloudfront",
        "POST /2020-05-31/response-headers-policy",
        "/response-headers-policy/{}",
        (404, "NoSuchResponseHeadersPolicy"),
    ),
    creation("cloudfront", "POST /2020-05-31/distribution", "/distribution/{}", (404, "NoSuchDistribution")),
    creation("secretsmanager", "CreateSecret", "Secret", (400, "ResourceNotFoundException")),
    creation("sns", "CreateTopic", "", (404, "NotFound")),
    creation("acm", "RequestCertificate", "Certificate", (400, "ResourceNotFoundException")),
    creation("apigateway", "POST /restapis", "/restapis/{}", (404, "NotFoundException")),
    creation("monitoring", "PutDashboard", "Dashboard", (404, "ResourceNotFound")),
    creation("budgets", "CreateBudget", "", (400, "NotFoundException")),
    // The usage table, which is created after the role. The first `CreateTable` creates the lock table.
    creation("dynamodb", "CreateRole", "DescribeTable", (400, "ResourceNotFoundException")),
];

/// Listings that do not contain a new resource yet: the call that creates it, the listing, and its empty response.
const EMPTY_LISTS: &[(&str, &str, &str)] = &[
    ("CreateLogGroup", "DescribeLogGroups", r#"{"logGroups": []}"#),
    ("POST /v2/apis", "GET /v2/apis", r#"{"items": []}"#),
    ("PutMetricAlarm", "DescribeAlarms", r#"{"MetricAlarms": []}"#),
    ("RequestCertificate", "ListCertificates", r#"{"CertificateSummaryList": []}"#),
    ("POST /restapis", "GET /restapis", r#"{"item": []}"#),
    (
        "POST /2013-04-01/hostedzone/{}/rrset",
        "GET /2013-04-01/hostedzone/{}/rrset",
        "<ListResourceRecordSetsResponse><ResourceRecordSets/><IsTruncated>false</IsTruncated>\
         <MaxItems>20</MaxItems></ListResourceRecordSetsResponse>",
    ),
    (
        "POST /2020-05-31/origin-access-control",
        "GET /2020-05-31/origin-access-control",
        "<OriginAccessControlList><MaxItems>100</MaxItems><Quantity>0</Quantity></OriginAccessControlList>",
    ),
    (
        "POST /2020-05-31/response-headers-policy",
        "GET /2020-05-31/response-headers-policy",
        "<ResponseHeadersPolicyList><MaxItems>100</MaxItems><Quantity>0</Quantity></ResponseHeadersPolicyList>",
    ),
    (
        "POST /2020-05-31/distribution",
        "GET /2020-05-31/distribution",
        "<DistributionList><MaxItems>100</MaxItems><IsTruncated>false</IsTruncated><Quantity>0</Quantity></DistributionList>",
    ),
];

/// The calls of each operation that are refused after the creation.
const REFUSED: usize = 2;

/// Clients in the account of a twin and another region.
fn by_hand(twin: &Twin, region: &str) -> Cloud {
    let credentials = Credentials::new(PUBLIC_ACCOUNT, "test", None, None, "by hand");
    cloud(&config(credentials, region, &twin.emulator.endpoint()), PUBLIC_ACCOUNT)
}

fn creations(calls: &[Call]) -> Vec<&str> {
    let names: BTreeSet<_> = CREATIONS.iter().map(|creation| creation.operation).collect();
    let mut made: Vec<_> = calls
        .iter()
        .filter(|call| call.status.is_some_and(|status| status < 300))
        .map(|call| call.operation.as_str())
        .filter(|operation| names.contains(operation))
        .collect();
    made.sort_unstable();
    made
}

async fn store_key(twin: &Twin) {
    piped(twin, &["secret", "set", "dev", "openai"], "sk-proj-0123456789").await.exits_with(0);
}

/// Deploys once undisturbed, with everything that a twin can have. Then deploys to a new account, in which the calls of new
/// resources that `is_refused` selects fail for a while.
async fn deploys_the_same(
    region: &str,
    refusal: fn(&Creation) -> (u16, &'static str),
    is_refused: fn(&Call) -> bool,
) {
    let twin = twin_with_zone().await;
    let environment = ENVIRONMENT.replace("us-east-1", region).replace("builtin", "openai, id: tiny");
    twin.write(
        "environments/dev.yaml",
        format!("{environment}{CHAT}{STREAMING}{ALARMS}{BUDGET}release: {{ ask: false }}\n"),
    );
    store_key(&twin).await;
    twin.deploy(&[]).await.exits_with(0);
    let cloud = by_hand(&twin, region);
    let (calls, expected) = (twin.proxy.calls(), inventory(&cloud).await);
    twin.reset();
    create_zone(&twin, "ada.example").await;
    let rules = CREATIONS.iter().flat_map(|creation| operations(&calls, creation, is_refused));
    let rules: Vec<_> = rules.collect();
    assert!(rules.len() > 25, "{}", rules.len());
    for (creation, operation) in &rules {
        let (status, code) = refusal(creation);
        twin.proxy.refuse(Selector::first_after(creation.operation, REFUSED, operation), status, code);
    }
    for (creation, list, empty) in EMPTY_LISTS {
        let which = Selector::first_after(creation, REFUSED, list);
        twin.proxy.edit(which, |_| (*empty).to_owned());
    }
    store_key(&twin).await;
    twin.deploy(&[]).await.exits_with(0);
    let disturbed = twin.proxy.calls();
    assert!(
        disturbed.len() > calls.len() + rules.len(),
        "{} calls instead of {}",
        disturbed.len(),
        calls.len()
    );
    assert_eq!(creations(&disturbed), creations(&calls), "nothing is created twice");
    assert_eq!(inventory(&cloud).await, expected);
}

/// Returns the operations on a new resource that are refused.
fn operations<'a>(
    calls: &'a [Call],
    creation: &'a Creation,
    is_refused: fn(&Call) -> bool,
) -> BTreeSet<(&'a Creation, &'a str)> {
    let on_it = calls
        .iter()
        .filter(|call| call.service == creation.service && call.operation.contains(creation.calls))
        .filter(|call| call.operation != creation.operation && is_refused(call));
    on_it.map(|call| (creation, call.operation.as_str())).collect()
}

/// Whether the service may answer that the resource does not exist. A listing is empty instead.
fn may_miss(call: &Call) -> bool {
    !EMPTY_LISTS.iter().any(|(_, list, _)| *list == call.operation)
}

fn reads_and_may_miss(call: &Call) -> bool {
    call.is_read() && may_miss(call)
}

#[testbed::test(emulator)]
async fn reads_that_do_not_find_a_new_resource_create_nothing_twice_in_us_east_1() {
    deploys_the_same("us-east-1", |creation| creation.not_found, reads_and_may_miss).await;
}

#[testbed::test(emulator)]
async fn calls_that_do_not_find_a_new_resource_create_nothing_twice_in_another_region() {
    deploys_the_same("eu-central-1", |creation| creation.not_found, may_miss).await;
}

#[testbed::test(emulator)]
async fn calls_that_are_denied_after_a_creation_are_repeated() {
    let denied = |creation: &Creation| match creation.service {
        "cloudfront" | "iam" | "s3" => (403, "AccessDenied"),
        "sns" => (403, "AuthorizationError"),
        "acm" | "budgets" | "dynamodb" | "logs" | "monitoring" | "secretsmanager" => {
            (400, "AccessDeniedException")
        }
        _ => (403, "AccessDeniedException"),
    };
    deploys_the_same("us-east-1", denied, |_| true).await;
}
