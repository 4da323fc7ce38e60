//! Somebody changes things by hand: all of it is named, and put back.

use aws_sdk_apigatewayv2::types::RouteSettings;
use aws_sdk_cloudfront::types::ViewerProtocolPolicy;
use aws_sdk_lambda::types::Environment;
use aws_sdk_s3::primitives::ByteStream;
use serde_json::{Value, json};
use twinctl::aws::Cloud;

use crate::{account::inventory, twin::Twin};

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
        "",
    ];
    let status = twin.run(&["status", "dev", "--json"]).await.ends_with(7);
    assert_eq!(fields(&status.stdout), expected);
    let zip = crate::code::before().to_str().unwrap();
    let plan = twin.run(&["plan", "dev", "--exit-code", "--json", "--lambda-zip", zip]).await.ends_with(7);
    assert_eq!(fields(&plan.stdout), expected);
    assert_eq!(twin.writes().len(), 0);

    assert_eq!(twin.deploy(&[]).await.ends_with(0).url(), url);
    twin.run(&["status", "dev"]).await.ends_with(0);
    twin.plan().await.ends_with(0);
    assert_eq!(settled(inventory(&twin.by_hand).await), before);
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
    let added = json!({ "Sid": "ByHand", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
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
    let settled = aws_sdk_lambda::client::Waiters::wait_until_function_updated_v2(&cloud.lambda);
    settled.function_name(FUNCTION).wait(std::time::Duration::from_secs(20)).await.unwrap();
    let version = cloud.lambda.publish_version().function_name(FUNCTION).send().await.unwrap();
    let alias = cloud.lambda.update_alias().function_name(FUNCTION).name("live");
    alias.function_version(version.version().unwrap()).send().await.unwrap();
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
