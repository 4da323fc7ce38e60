//! Somebody changes things by hand: all of it is named, and put back.

use aws_sdk_apigatewayv2::types::RouteSettings;
use aws_sdk_cloudfront::types::ViewerProtocolPolicy;
use aws_sdk_lambda::types::Environment;
use aws_sdk_s3::{
    primitives::ByteStream,
    types::{BucketVersioningStatus, VersioningConfiguration},
};
use serde_json::{Value, json};
use twinctl::aws::Cloud;

use crate::{account::inventory, code, twin::Twin};

const WEB: &str = "ada-dev-frontend-000000000000";
const ROLE: &str = "ada-dev-lambda-role";
const FUNCTION: &str = "ada-dev-api";

#[tokio::test]
async fn everything_changed_deleted_or_added_by_hand_is_named_and_repaired() {
    let Some(twin) = Twin::new() else { return };
    let url = twin.deploy(&[]).await.ends_with(0).url().to_owned();
    let before = settled(inventory(&twin.by_hand).await);
    drift(&twin.by_hand).await;

    twin.proxy.reset();
    let expected = [
        "log group: retention_days",
        "role: inline_policy",
        "role: attached_policy",
        "function: environment.LOG_LEVEL",
        // Whatever is published next; what `live` runs was not touched.
        "function: version",
        "api: throttle.burst",
        "api: throttle.rate",
        "api: route.GET /by-hand",
        "distribution: path.*",
        "web access: policy.ByHand",
        "site: files.assets/main-7c211433.js",
        "site: files.by-hand.html",
    ];
    let status = twin.run(&["status", "dev", "--json"]).await.ends_with(7);
    assert_eq!(fields(&status.stdout), expected);
    let zip = code::before().to_str().unwrap();
    let plan = twin.run(&["plan", "dev", "--exit-code", "--json", "--lambda-zip", zip]).await.ends_with(7);
    // Only who has the bundle at hand knows which addresses the caches have to ask for again.
    assert_eq!(fields(&plan.stdout), [&expected[..], &["site: invalidation"]].concat());
    assert_eq!(twin.writes().len(), 0);

    assert_eq!(twin.deploy(&[]).await.ends_with(0).url(), url);
    twin.run(&["status", "dev"]).await.ends_with(0);
    twin.plan().await.ends_with(0);
    assert_eq!(settled(inventory(&twin.by_hand).await), before);
}

#[tokio::test]
async fn what_weakens_the_twin_is_named_and_repaired() {
    let Some(twin) = Twin::new() else { return };
    twin.deploy(&[]).await.ends_with(0);
    let cloud = &twin.by_hand;
    anybody_may_assume(cloud).await;
    let suspended = VersioningConfiguration::builder().status(BucketVersioningStatus::Suspended).build();
    let versioning = cloud.s3.put_bucket_versioning().bucket("ada-dev-memory-000000000000");
    versioning.versioning_configuration(suspended).send().await.unwrap();
    cloud.s3.delete_public_access_block().bucket("ada-dev-data-000000000000").send().await.unwrap();
    let permission = cloud.lambda.add_permission().function_name(FUNCTION).qualifier("live");
    let permission = permission.statement_id("by-hand").action("lambda:InvokeFunction").principal("*");
    permission.send().await.unwrap();
    cloud
        .lambda
        .put_function_concurrency()
        .function_name(FUNCTION)
        .reserved_concurrent_executions(1)
        .send()
        .await
        .unwrap();
    another_secret_and_another_header(cloud).await;

    let status = twin.run(&["status", "dev", "--json"]).await.ends_with(7);
    assert_eq!(
        fields(&status.stdout),
        [
            "memory bucket: versioning",
            "data bucket: public access",
            "role: trust.1",
            "role: trust.Lambda",
            "function: reserved_concurrency",
            "live: permission.by-hand",
            "distribution: origin.api.secret",
        ]
    );
    assert!(!status.stdout.contains("guessed"), "a secret is shown:\n{}", status.stdout);
    twin.deploy(&[]).await.ends_with(0);
    twin.run(&["status", "dev"]).await.ends_with(0);
    twin.plan().await.ends_with(0);
}

async fn anybody_may_assume(cloud: &Cloud) {
    let trust = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "sts:AssumeRole" }
    ]});
    let update = cloud.iam.update_assume_role_policy().role_name(ROLE);
    update.policy_document(trust.to_string()).send().await.unwrap();
}

/// The distribution no longer shows the function the secret that it asks for.
async fn another_secret_and_another_header(cloud: &Cloud) {
    let found = cloud.cloudfront.list_distributions().send().await.unwrap();
    let id = found.distribution_list().unwrap().items()[0].id().to_owned();
    let found = cloud.cloudfront.get_distribution_config().id(&id).send().await.unwrap();
    let (etag, mut config) = (found.e_tag().unwrap(), found.distribution_config().unwrap().clone());
    let origins = config.origins.as_mut().unwrap();
    for origin in &mut origins.items {
        for header in origin.custom_headers.iter_mut().flat_map(|headers| headers.items.iter_mut().flatten())
        {
            header.header_value = "guessed".to_owned();
        }
    }
    let update = cloud.cloudfront.update_distribution().id(&id).if_match(etag);
    update.distribution_config(config).send().await.unwrap();
}

#[tokio::test]
async fn the_alias_moved_back_by_hand_is_named_and_repaired() {
    let Some(twin) = Twin::new() else { return };
    twin.deploy(&[]).await.ends_with(0);
    twin.deploy_of(code::after(), &[]).await.ends_with(0);
    let alias = twin.by_hand.lambda.update_alias().function_name(FUNCTION).name("live");
    alias.function_version("1").send().await.unwrap();

    let status = twin.run(&["status", "dev", "--json"]).await.ends_with(7);
    assert_eq!(fields(&status.stdout), ["live: version"]);
    twin.deploy_of(code::after(), &[]).await.ends_with(0);
    let alias = twin.by_hand.lambda.get_alias().function_name(FUNCTION).name("live").send().await.unwrap();
    assert_ne!(alias.function_version(), Some("1"));
    twin.run(&["status", "dev"]).await.ends_with(0);
}

#[tokio::test]
async fn what_was_deleted_by_hand_is_made_anew() {
    let Some(twin) = Twin::new() else { return };
    twin.deploy(&[]).await.ends_with(0);
    let before = settled(inventory(&twin.by_hand).await);
    let cloud = &twin.by_hand;
    cloud.lambda.delete_function().function_name(FUNCTION).send().await.unwrap();
    cloud.logs.delete_log_group().log_group_name("/aws/lambda/ada-dev-api").send().await.unwrap();
    let apis = cloud.api.get_apis().send().await.unwrap();
    cloud.api.delete_api().api_id(apis.items()[0].api_id().unwrap()).send().await.unwrap();
    cloud.s3.delete_bucket().bucket("ada-dev-data-000000000000").send().await.unwrap();
    cloud.s3.delete_bucket_policy().bucket(WEB).send().await.unwrap();

    twin.run(&["status", "dev"]).await.ends_with(8);
    let url = twin.deploy(&[]).await.ends_with(0).url().to_owned();
    assert_eq!(settled(inventory(cloud).await), before);
    assert_eq!(twin.visit(&url, "/api/health").await.status, 200);
    twin.plan().await.ends_with(0);
}

#[tokio::test]
async fn without_its_record_an_environment_is_found_by_its_tags_and_gets_another_secret() {
    let Some(twin) = Twin::new() else { return };
    let url = twin.deploy(&[]).await.ends_with(0).url().to_owned();
    let before = settled(inventory(&twin.by_hand).await);
    twin.by_hand.dynamodb.delete_table().table_name("twinctl-locks").send().await.unwrap();
    assert_eq!(twin.deploy(&[]).await.ends_with(0).url(), url);
    assert_eq!(settled(inventory(&twin.by_hand).await), before);
    assert_eq!(twin.visit(&url, "/api/health").await.status, 200);
    twin.plan().await.ends_with(0);
}

/// Repairing the function publishes another version.
fn settled(mut lines: Vec<String>) -> Vec<String> {
    lines.retain(|line| !line.starts_with("version ") && !line.starts_with("alias "));
    lines
}

/// `node: field` of every change in the plan that was printed.
fn fields(ndjson: &str) -> Vec<String> {
    let objects = ndjson.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let plan = objects.into_iter().find(|object| object["kind"] == "plan").expect("a plan");
    let nodes = plan["nodes"].as_array().unwrap().clone();
    let changes = nodes.iter().flat_map(|node| {
        let changes = node["changes"].as_array().cloned().unwrap_or_default();
        changes.into_iter().map(|change| {
            format!("{}: {}", node["node"].as_str().unwrap(), change["field"].as_str().unwrap())
        })
    });
    changes.collect()
}

async fn drift(cloud: &Cloud) {
    role(cloud).await;
    bucket(cloud).await;
    api(cloud).await;
    function(cloud).await;
    cloud.logs.delete_retention_policy().log_group_name("/aws/lambda/ada-dev-api").send().await.unwrap();
    distribution(cloud).await;
}

async fn role(cloud: &Cloud) {
    let everything = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "s3:*", "Resource": "*" }
    ]})
    .to_string();
    let put = cloud.iam.put_role_policy().role_name(ROLE).policy_name("by-hand");
    put.policy_document(&everything).send().await.unwrap();
    let made = cloud.iam.create_policy().policy_name("by-hand").policy_document(&everything);
    let made = made.send().await.unwrap();
    let arn = made.policy().and_then(|policy| policy.arn()).unwrap();
    cloud.iam.attach_role_policy().role_name(ROLE).policy_arn(arn).send().await.unwrap();
}

async fn bucket(cloud: &Cloud) {
    let policy = cloud.s3.get_bucket_policy().bucket(WEB).send().await.unwrap();
    let mut policy: Value = serde_json::from_str(policy.policy().unwrap()).unwrap();
    let added = json!({ "Sid": "ByHand", "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::000000000000:root" }, "Action": "s3:GetObject",
        "Resource": format!("arn:aws:s3:::{WEB}/*") });
    policy["Statement"].as_array_mut().unwrap().push(added);
    cloud.s3.put_bucket_policy().bucket(WEB).policy(policy.to_string()).send().await.unwrap();
    let put = cloud.s3.put_object().bucket(WEB).key("by-hand.html");
    put.body(ByteStream::from_static(b"<p>Not ours.</p>")).send().await.unwrap();
    cloud.s3.delete_object().bucket(WEB).key("assets/main-7c211433.js").send().await.unwrap();
}

async fn api(cloud: &Cloud) {
    let found = cloud.api.get_apis().send().await.unwrap();
    let id = found.items()[0].api_id().unwrap();
    let open = RouteSettings::builder().throttling_burst_limit(5000).throttling_rate_limit(10_000.0).build();
    let stage = cloud.api.update_stage().api_id(id).stage_name("$default");
    stage.default_route_settings(open).send().await.unwrap();
    cloud.api.create_route().api_id(id).route_key("GET /by-hand").send().await.unwrap();
}

async fn function(cloud: &Cloud) {
    let found = cloud.lambda.get_function_configuration().function_name(FUNCTION).send().await.unwrap();
    let mut variables = found.environment().and_then(|environment| environment.variables()).unwrap().clone();
    variables.insert("LOG_LEVEL".to_owned(), "TRACE".to_owned());
    let changed = Environment::builder().set_variables(Some(variables)).build();
    let update = cloud.lambda.update_function_configuration().function_name(FUNCTION);
    update.environment(changed).send().await.unwrap();
}

async fn distribution(cloud: &Cloud) {
    let found = cloud.cloudfront.list_distributions().send().await.unwrap();
    let id = found.distribution_list().unwrap().items()[0].id().to_owned();
    let found = cloud.cloudfront.get_distribution_config().id(&id).send().await.unwrap();
    let etag = found.e_tag().unwrap();
    let mut config = found.distribution_config().unwrap().clone();
    let behaviour = config.default_cache_behavior.as_mut().unwrap();
    behaviour.viewer_protocol_policy = ViewerProtocolPolicy::AllowAll;
    let update = cloud.cloudfront.update_distribution().id(&id).if_match(etag);
    update.distribution_config(config).send().await.unwrap();
}
