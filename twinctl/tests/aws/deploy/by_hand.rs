//! Changes that are made without twinctl.

use aws_sdk_apigatewayv2::types::RouteSettings;
use aws_sdk_cloudfront::types::ViewerProtocolPolicy;
use aws_sdk_lambda::types::Environment;
use aws_sdk_s3::{
    primitives::ByteStream,
    types::{BucketVersioningStatus, VersioningConfiguration},
};
use serde_json::{Value, json};
use twinctl::targets::aws::Cloud;

pub(crate) const WEB: &str = "ada-dev-frontend-000000000000";
pub(crate) const FUNCTION: &str = "ada-dev-api";
pub(crate) const LOG_GROUP: &str = "/aws/lambda/ada-dev-api";
pub(crate) const ROLE: &str = "ada-dev-lambda-role";

/// Changes, deletes and adds resources of every kind.
pub(crate) async fn drift(cloud: &Cloud) {
    role(cloud).await;
    bucket(cloud).await;
    api(cloud).await;
    function(cloud).await;
    cloud.logs.delete_retention_policy().log_group_name(LOG_GROUP).send().await.unwrap();
    distribution(cloud).await;
}

async fn role(cloud: &Cloud) {
    let everything = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "s3:*", "Resource": "*" }
    ]})
    .to_string();
    let put = cloud.iam.put_role_policy().role_name(ROLE).policy_name("by-hand");
    put.policy_document(&everything).send().await.unwrap();
    let created = cloud.iam.create_policy().policy_name("by-hand").policy_document(&everything);
    let created = created.send().await.unwrap();
    let arn = created.policy().and_then(|policy| policy.arn()).unwrap();
    cloud.iam.attach_role_policy().role_name(ROLE).policy_arn(arn).send().await.unwrap();
}

async fn bucket(cloud: &Cloud) {
    let policy = cloud.s3.get_bucket_policy().bucket(WEB).send().await.unwrap();
    let mut policy: Value = serde_json::from_str(policy.policy().unwrap()).unwrap();
    let added = json!({ "Sid": "ByHand", "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::000000000000:root" },
        "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{WEB}/*") });
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
    let behavior = config.default_cache_behavior.as_mut().unwrap();
    behavior.viewer_protocol_policy = ViewerProtocolPolicy::AllowAll;
    let update = cloud.cloudfront.update_distribution().id(&id).if_match(etag);
    update.distribution_config(config).send().await.unwrap();
}

/// Weakens security settings.
pub(crate) async fn weaken(cloud: &Cloud) {
    anyone_may_assume(cloud).await;
    anyone_may_invoke(cloud).await;
    let suspended = VersioningConfiguration::builder().status(BucketVersioningStatus::Suspended).build();
    let versioning = cloud.s3.put_bucket_versioning().bucket("ada-dev-memory-000000000000");
    versioning.versioning_configuration(suspended).send().await.unwrap();
    cloud.s3.delete_public_access_block().bucket("ada-dev-data-000000000000").send().await.unwrap();
    let concurrency = cloud.lambda.put_function_concurrency().function_name(FUNCTION);
    concurrency.reserved_concurrent_executions(1).send().await.unwrap();
    change_origin_secret(cloud).await;
}

async fn anyone_may_assume(cloud: &Cloud) {
    let trust = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "sts:AssumeRole" }
    ]});
    let update = cloud.iam.update_assume_role_policy().role_name(ROLE);
    update.policy_document(trust.to_string()).send().await.unwrap();
}

async fn anyone_may_invoke(cloud: &Cloud) {
    let permission = cloud.lambda.add_permission().function_name(FUNCTION).qualifier("live");
    let permission = permission.statement_id("by-hand").action("lambda:InvokeFunction").principal("*");
    permission.send().await.unwrap();
}

/// Changes the secret header that the distribution sends to the function.
async fn change_origin_secret(cloud: &Cloud) {
    let found = cloud.cloudfront.list_distributions().send().await.unwrap();
    let id = found.distribution_list().unwrap().items()[0].id().to_owned();
    let found = cloud.cloudfront.get_distribution_config().id(&id).send().await.unwrap();
    let (etag, mut config) = (found.e_tag().unwrap(), found.distribution_config().unwrap().clone());
    let origins = config.origins.as_mut().unwrap();
    for origin in &mut origins.items {
        for header in origin.custom_headers.iter_mut().flat_map(|headers| headers.items.iter_mut().flatten())
        {
            "guessed".clone_into(&mut header.header_value);
        }
    }
    let update = cloud.cloudfront.update_distribution().id(&id).if_match(etag);
    update.distribution_config(config).send().await.unwrap();
}
