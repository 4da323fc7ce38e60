//! The distribution: created, changed by hand, repaired, deleted, requested, and crashed at every call.

use std::sync::Arc;

use aws_sdk_cloudfront::types::{
    Aliases, CacheBehavior, DistributionConfig, FunctionConfig, FunctionRuntime, FunctionStage, PriceClass,
    Tag, TagKeys, Tags,
};
use aws_sdk_s3::{
    primitives::ByteStream,
    types::{BucketLocationConstraint, CreateBucketConfiguration},
};
use aws_smithy_types::Blob;
use futures_util::{FutureExt as _, future::BoxFuture};
use reconcile::{
    Choices, Graph, Outcome, Resource as _,
    testing::{LossyCloud as _, every_crash_point},
};
use testbed::{
    clock::fast_clock,
    emulator,
    http::{self, Response},
};
use twinctl::{
    artifacts::web::{PageSources, exceptions},
    targets::aws::{
        Cloud,
        resources::{
            AliasOwner, Delivery, DeliveryDesired, DeliveryOutput, Distribution, DistributionDesired,
            DistributionOutput,
        },
    },
    targets::record::OriginSecret,
};

use super::sandbox::{Sandbox, changes, destroy, labels};

const FILES: [&str; 3] = ["index.html", "about.html", "docs/index.html"];

fn distribution() -> Distribution {
    Distribution::new("twin-dev", labels())
}

fn bucket(cloud: &Cloud) -> String {
    format!("twin-dev-frontend-{}", cloud.account)
}

fn delivery() -> (Delivery, DeliveryDesired) {
    let script_hashes = vec!["'sha256-abc='".to_owned()];
    let desired = DeliveryDesired {
        script_hashes,
        sources: PageSources::default(),
        frame_ancestors: vec![],
        paths: exceptions(FILES),
        redirect: None,
    };
    (Delivery::new("twin-dev"), desired)
}

fn desired(cloud: &Cloud, delivery: DeliveryOutput) -> DistributionDesired {
    DistributionDesired {
        birth: "01JD".to_owned(),
        bucket_host: format!("{}.s3.eu-central-1.amazonaws.com", bucket(cloud)),
        api_endpoint: "http://abc.execute-api.localhost:4566".to_owned(),
        stream_endpoint: None,
        origin_secrets: vec![OriginSecret::new("hush")],
        delivery,
        alias_owner: AliasOwner::Distribution,
    }
}

fn graph(cloud: &Arc<Cloud>) -> Graph<Cloud> {
    let mut graph = Graph::new();
    let (delivery, wanted) = delivery();
    let delivery = graph.add("delivery", delivery, (), move |()| wanted.clone());
    let cloud = Arc::clone(cloud);
    graph.add("distribution", distribution(), (delivery,), move |(delivery,)| desired(&cloud, delivery));
    graph
}

/// The number of resources of each kind, and the differences of our resources from the desired state.
fn picture(cloud: Arc<Cloud>) -> BoxFuture<'static, String> {
    async move {
        let counts = counts(&cloud).await;
        let changes = changes(Arc::clone(&cloud), graph(&cloud)).await;
        let function = cloud.cloudfront.list_functions().stage(FunctionStage::Live).send().await.unwrap();
        let published = function.function_list.map_or(0, |list| list.quantity);
        format!("{counts:?} {published} {changes:#?}")
    }
    .boxed()
}

/// Returns the numbers of distributions, access controls, functions and headers policies.
async fn counts(cloud: &Cloud) -> [i32; 4] {
    let client = &cloud.cloudfront;
    let distributions = client.list_distributions().send().await.unwrap().distribution_list.unwrap();
    let access = client.list_origin_access_controls().send().await.unwrap();
    let functions = client.list_functions().stage(FunctionStage::Development).send().await.unwrap();
    let headers = client.list_response_headers_policies().r#type("custom".into()).send().await.unwrap();
    [
        distributions.quantity,
        access.origin_access_control_list.unwrap().quantity,
        functions.function_list.unwrap().quantity,
        headers.response_headers_policy_list.unwrap().quantity,
    ]
}

async fn plan(sandbox: &Sandbox) -> Vec<String> {
    changes(Arc::clone(&sandbox.by_hand), graph(&sandbox.by_hand)).await
}

async fn output(cloud: &Cloud) -> DistributionOutput {
    let actual = distribution().observe(cloud, &mut None).await.unwrap().expect("it exists");
    distribution().output(&actual).expect("it has an output")
}

#[testbed::test(emulator)]
async fn a_distribution_is_created_in_sixteen_calls_and_then_unchanged() {
    let sandbox = Sandbox::new(picture);
    let report = sandbox.run(graph(&sandbox.cloud), Choices::default()).await.expect("it runs");
    assert!(matches!(report.outcome("distribution"), Some(Outcome::Created)), "{report:?}");
    // Five reads, five writes (three components, publishing one of them, the distribution), and six reads to verify.
    assert_eq!((sandbox.calls(), sandbox.writes()), (5 + 5 + 6, 5));
    assert_eq!(plan(&sandbox).await, [""; 0]);
    assert!(sandbox.succeeds(graph(&sandbox.cloud), Choices::default()).await);
    assert_eq!(sandbox.writes(), 5);
    assert_eq!(counts(&sandbox.by_hand).await, [1; 4]);
}

#[testbed::test(emulator)]
async fn every_setting_changed_by_hand_is_detected_and_repaired() {
    let sandbox = Sandbox::new(picture);
    assert!(sandbox.succeeds(graph(&sandbox.cloud), Choices::default()).await);
    let wanted = sandbox.snapshot().await;
    let DistributionOutput { id, arn, .. } = output(&sandbox.by_hand).await;
    drift_the_distribution(&sandbox.by_hand, &id, &arn).await;
    drift_the_parts(&sandbox.by_hand).await;
    assert_eq!(
        plan(&sandbox).await,
        [
            "access_control",
            "function.code",
            "headers.content-security-policy",
            "headers.content-security-policy.script.abc=",
            "function.comment",
            "enabled",
            "origin.bucket",
            "path.*",
            "path./chat",
            "price_class",
            "aliases",
            "path./odd",
            "origin.api.secret",
            "tags.cost",
            "tags.odd",
        ]
    );
    assert!(sandbox.succeeds(graph(&sandbox.cloud), Choices::default()).await);
    assert_eq!(sandbox.snapshot().await, wanted);
}

async fn drift_the_distribution(cloud: &Cloud, id: &str, arn: &str) {
    let client = &cloud.cloudfront;
    let got = client.get_distribution_config().id(id).send().await.unwrap();
    let mut config: DistributionConfig = got.distribution_config.unwrap();
    config.enabled = false;
    config.price_class = Some(PriceClass::PriceClass100);
    config.aliases = Some(Aliases::builder().quantity(1).items("odd.example").build().unwrap());
    let origins = config.origins.as_mut().unwrap();
    origins.items[0].origin_path = Some("/odd".to_owned());
    "odd".clone_into(
        &mut origins.items[1].custom_headers.as_mut().unwrap().items.as_mut().unwrap()[0].header_value,
    );
    config.default_cache_behavior.as_mut().unwrap().compress = Some(false);
    let behaviors = config.cache_behaviors.as_mut().unwrap();
    let items = behaviors.items.as_mut().unwrap();
    let mut odd: CacheBehavior = items[0].clone();
    "/odd".clone_into(&mut odd.path_pattern);
    items[1].origin_request_policy_id = None;
    items.push(odd);
    behaviors.quantity += 1;
    let update = client.update_distribution().id(id).set_if_match(got.e_tag);
    update.distribution_config(config).send().await.unwrap();
    let odd = Tags::builder().items(Tag::builder().key("odd").value("1").build().unwrap()).build();
    client.tag_resource().resource(arn).tags(odd).send().await.unwrap();
    let cost = TagKeys::builder().items("cost").build();
    client.untag_resource().resource(arn).tag_keys(cost).send().await.unwrap();
}

async fn drift_the_parts(cloud: &Cloud) {
    let client = &cloud.cloudfront;
    let access = client.list_origin_access_controls().send().await.unwrap();
    let id = access.origin_access_control_list.unwrap().items.unwrap()[0].id.clone();
    let got = client.get_origin_access_control_config().id(&id).send().await.unwrap();
    let mut config = got.origin_access_control_config.unwrap();
    config.signing_behavior = "never".into();
    let update = client.update_origin_access_control().id(&id).set_if_match(got.e_tag);
    update.origin_access_control_config(config).send().await.unwrap();

    let name = "twin-dev-paths";
    let written = async || {
        let described = client.describe_function().name(name).stage(FunctionStage::Development);
        described.send().await.unwrap().e_tag
    };
    let config = FunctionConfig::builder().comment("odd").runtime(FunctionRuntime::CloudfrontJs20);
    let update = client.update_function().name(name).set_if_match(written().await);
    let update = update.function_config(config.build().unwrap()).function_code(Blob::new("odd"));
    update.send().await.unwrap();
    client.publish_function().name(name).set_if_match(written().await).send().await.unwrap();

    let headers = client.list_response_headers_policies().r#type("custom".into()).send().await.unwrap();
    let list = headers.response_headers_policy_list.unwrap().items.unwrap();
    let id = list[0].response_headers_policy.as_ref().unwrap().id.clone();
    let got = client.get_response_headers_policy_config().id(&id).send().await.unwrap();
    let mut config = got.response_headers_policy_config.unwrap();
    config.security_headers_config.as_mut().unwrap().content_security_policy = None;
    let update = client.update_response_headers_policy().id(&id).set_if_match(got.e_tag);
    update.response_headers_policy_config(config).send().await.unwrap();
}

#[testbed::test(emulator)]
async fn it_is_deleted_completely() {
    let sandbox = Sandbox::new(picture);
    assert!(sandbox.succeeds(graph(&sandbox.cloud), Choices::default()).await);
    assert!(sandbox.succeeds(graph(&sandbox.cloud), destroy()).await);
    assert_eq!(counts(&sandbox.by_hand).await, [0; 4]);
    assert!(sandbox.succeeds(graph(&sandbox.cloud), destroy()).await);
}

#[testbed::test(emulator)]
async fn a_deploy_crashed_at_any_call_is_finished_by_the_next_one() {
    let _clock = fast_clock();
    let fresh = async || Sandbox::new(picture);
    every_crash_point(fresh, async |sandbox: &Sandbox| {
        sandbox.succeeds(graph(&sandbox.cloud), Choices::default()).await
    })
    .await;
}

#[testbed::test(emulator)]
async fn a_destroy_crashed_at_any_call_is_finished_by_the_next_one() {
    let _clock = fast_clock();
    let fresh = async || {
        let sandbox = Sandbox::new(picture);
        assert!(sandbox.succeeds(graph(&sandbox.cloud), Choices::default()).await);
        sandbox.restore();
        sandbox
    };
    every_crash_point(fresh, async |sandbox: &Sandbox| {
        sandbox.succeeds(graph(&sandbox.cloud), destroy()).await
    })
    .await;
}

#[testbed::test(emulator)]
async fn pages_are_served_without_html_extensions() {
    let sandbox = Sandbox::new(picture);
    assert!(sandbox.succeeds(graph(&sandbox.cloud), Choices::default()).await);
    let DistributionOutput { arn, domain, .. } = output(&sandbox.by_hand).await;
    publish(&sandbox.by_hand, &arn).await;
    let table = [
        ("/", 200, "index.html"),
        ("/about", 200, "about.html"),
        ("/docs", 200, "docs/index.html"),
        ("/docs/", 200, "docs/index.html"),
        // AWS returns 404 if the bucket may be listed. The emulator ignores that permission.
        ("/nothing", 403, ""),
    ];
    for (path, status, content) in table {
        let response = get(&sandbox.account, &domain, path);
        assert!(response.status == status && response.body.contains(content), "{path}: {response:?}");
    }
    let page = get(&sandbox.account, &domain, "/");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'self'; script-src 'self' 'sha256-abc='"), "{page:?}");
    assert_eq!(page.header("x-frame-options"), Some("DENY"));
}

/// Creates the bucket with its files, readable only by this distribution.
async fn publish(cloud: &Cloud, arn: &str) {
    let (s3, name) = (&cloud.s3, bucket(cloud));
    let place =
        CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::EuCentral1);
    s3.create_bucket().bucket(&name).create_bucket_configuration(place.build()).send().await.unwrap();
    let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": { "Service": "cloudfront.amazonaws.com" },
        "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": [format!("arn:aws:s3:::{name}"), format!("arn:aws:s3:::{name}/*")],
        "Condition": { "StringEquals": { "AWS:SourceArn": arn } },
    }]});
    s3.put_bucket_policy().bucket(&name).policy(policy.to_string()).send().await.unwrap();
    for file in FILES {
        let body = ByteStream::from_static(file.as_bytes());
        let put = s3.put_object().bucket(&name).key(file).content_type("text/html").body(body);
        put.send().await.unwrap();
    }
}

/// Sends a request through the distribution, as if it came over TLS.
fn get(account: &str, host: &str, path: &str) -> Response {
    // The emulator derives the account from the access key ID.
    let scope = format!("{account}/20260101/us-east-1/cloudfront/aws4_request");
    let signature = format!("AWS4-HMAC-SHA256 Credential={scope}");
    let headers = [("Authorization", signature.as_str()), ("X-Forwarded-Proto", "https")];
    let address = ("127.0.0.1", emulator::of_this_test().port());
    http::send(address, host, &format!("GET {path}"), &headers, "").unwrap()
}
