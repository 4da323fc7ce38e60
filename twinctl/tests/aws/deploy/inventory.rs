//! The contents of an account, by name and without IDs, to find leftover and duplicate resources.

use serde_json::{Value, json};
use twinctl::targets::aws::Cloud;

use crate::cloud::{budgets, monitoring, rest};

/// One line per resource, sorted.
pub(crate) async fn inventory(cloud: &Cloud) -> Vec<String> {
    let mut all = [
        buckets(cloud).await,
        backend(cloud).await,
        apis(cloud).await,
        rest_apis(cloud),
        alarms(cloud).await,
        cost_budgets(cloud),
        cloudfront(cloud).await,
        domains(cloud).await,
        locks(cloud).await,
    ]
    .concat();
    all.sort();
    all
}

async fn buckets(cloud: &Cloud) -> Vec<String> {
    let mut all = Vec::new();
    for bucket in cloud.s3.list_buckets().send().await.unwrap().buckets() {
        let name = bucket.name().unwrap();
        all.push(format!("bucket {name}"));
        let objects = cloud.s3.list_objects_v2().bucket(name).send().await.unwrap();
        let keys = objects.contents().iter().filter_map(|object| object.key());
        // The history contains the ID of the release.
        let keys = keys.filter(|key| !key.starts_with(".twinctl/"));
        all.extend(keys.map(|key| format!("object {name}/{key}")));
    }
    all
}

async fn backend(cloud: &Cloud) -> Vec<String> {
    let mut all = Vec::new();
    for role in cloud.iam.list_roles().send().await.unwrap().roles() {
        let name = role.role_name();
        all.push(format!("role {name}"));
        let inline = cloud.iam.list_role_policies().role_name(name).send().await.unwrap();
        all.extend(inline.policy_names().iter().map(|policy| format!("policy {policy} of {name}")));
        let attached = cloud.iam.list_attached_role_policies().role_name(name).send().await.unwrap();
        all.extend(attached.attached_policies().iter().map(|policy| format!("attached {policy:?}")));
    }
    let groups = cloud.logs.describe_log_groups().send().await.unwrap();
    all.extend(
        groups.log_groups().iter().map(|group| format!("log group {}", group.log_group_name().unwrap())),
    );
    for function in cloud.lambda.list_functions().send().await.unwrap().functions() {
        let name = function.function_name().unwrap();
        all.push(format!("function {name}"));
        let versions = cloud.lambda.list_versions_by_function().function_name(name).send().await.unwrap();
        let versions = versions.versions().iter().filter_map(|version| version.version());
        all.extend(versions.map(|version| format!("version {version} of {name}")));
        let aliases = cloud.lambda.list_aliases().function_name(name).send().await.unwrap();
        all.extend(aliases.aliases().iter().map(|alias| {
            format!("alias {} of {name} at {}", alias.name().unwrap(), alias.function_version().unwrap())
        }));
    }
    all
}

async fn apis(cloud: &Cloud) -> Vec<String> {
    let mut all = Vec::new();
    for api in cloud.api.get_apis().send().await.unwrap().items() {
        let (id, name) = (api.api_id().unwrap(), api.name().unwrap());
        all.push(format!("api {name}"));
        let routes = cloud.api.get_routes().api_id(id).send().await.unwrap();
        all.extend(
            routes.items().iter().map(|route| format!("route {} of {name}", route.route_key().unwrap())),
        );
        let integrations = cloud.api.get_integrations().api_id(id).send().await.unwrap();
        all.extend(integrations.items().iter().map(|_| format!("integration of {name}")));
        let stages = cloud.api.get_stages().api_id(id).send().await.unwrap();
        all.extend(
            stages.items().iter().map(|stage| format!("stage {} of {name}", stage.stage_name().unwrap())),
        );
    }
    all
}

fn rest_apis(cloud: &Cloud) -> Vec<String> {
    let list = |path: &str, name: &str| -> Vec<String> {
        let items = rest(cloud, &format!("GET {path}"), &Value::Null);
        let items = items["item"].as_array().into_iter().flatten();
        items.filter_map(|item| item[name].as_str().map(ToOwned::to_owned)).collect()
    };
    let mut all = Vec::new();
    for (id, name) in list("/restapis", "id").into_iter().zip(list("/restapis", "name")) {
        all.push(format!("REST API {name}"));
        let stages = list(&format!("/restapis/{id}/stages"), "stageName");
        all.extend(stages.iter().map(|stage| format!("REST stage {stage} of {name}")));
        let deployments = list(&format!("/restapis/{id}/deployments"), "id");
        all.extend(deployments.iter().map(|_| format!("REST deployment of {name}")));
    }
    all
}

/// Returns topics, alarms, metric filters and dashboards.
async fn alarms(cloud: &Cloud) -> Vec<String> {
    let mut all = Vec::new();
    for topic in cloud.sns.list_topics().send().await.unwrap().topics() {
        let arn = topic.topic_arn().unwrap();
        all.push(format!("topic {arn}"));
        let listed = cloud.sns.list_subscriptions_by_topic().topic_arn(arn).send().await.unwrap();
        let subscriptions = listed.subscriptions().iter();
        all.extend(
            subscriptions
                .map(|one| format!("subscription {} {}", one.protocol().unwrap(), one.endpoint().unwrap())),
        );
    }
    let filters = cloud.logs.describe_metric_filters().send().await.unwrap();
    all.extend(filters.metric_filters().iter().map(|filter| {
        format!("metric filter {} of {}", filter.filter_name().unwrap(), filter.log_group_name().unwrap())
    }));
    let names = |operation: &str, list: &str, name: &str| -> Vec<String> {
        let found = monitoring(cloud, operation, &json!({}));
        let found = found[list].as_array().into_iter().flatten();
        found.filter_map(|item| item[name].as_str().map(ToOwned::to_owned)).collect()
    };
    let alarms = names("DescribeAlarms", "MetricAlarms", "AlarmName");
    all.extend(alarms.iter().map(|name| format!("alarm {name}")));
    let dashboards = names("ListDashboards", "DashboardEntries", "DashboardName");
    all.extend(dashboards.iter().map(|name| format!("dashboard {name}")));
    all
}

/// Returns the budgets of AWS Budgets, with the receivers of their mail.
fn cost_budgets(cloud: &Cloud) -> Vec<String> {
    let list = |operation: &str, body: Value, list: &str| {
        budgets(cloud, operation, &body)[list].as_array().cloned().unwrap_or_default()
    };
    let mut all = Vec::new();
    for budget in list("DescribeBudgets", json!({ "AccountId": cloud.account }), "Budgets") {
        let name = budget["BudgetName"].as_str().unwrap();
        let limit = budget["BudgetLimit"]["Amount"].as_str().unwrap();
        all.push(format!("budget {name} of {limit}"));
        let mut request = json!({ "AccountId": cloud.account, "BudgetName": name });
        for notification in list("DescribeNotificationsForBudget", request.clone(), "Notifications") {
            let threshold = notification["Threshold"].to_string();
            request["Notification"] = notification;
            let receivers = list("DescribeSubscribersForNotification", request.clone(), "Subscribers");
            let mail =
                |receiver: &Value| format!("mail at {threshold}% of {name} to {}", receiver["Address"]);
            all.extend(receivers.iter().map(mail));
        }
    }
    all
}

async fn cloudfront(cloud: &Cloud) -> Vec<String> {
    let mut all = Vec::new();
    let found = cloud.cloudfront.list_distributions().send().await.unwrap();
    let distributions = found.distribution_list().map(|list| list.items().to_vec()).unwrap_or_default();
    all.extend(distributions.iter().map(|one| {
        let names = one.aliases().map(|aliases| aliases.items().join(" ")).unwrap_or_default();
        format!("distribution {} {names}", one.comment()).trim_end().to_owned()
    }));
    let found = cloud.cloudfront.list_origin_access_controls().send().await.unwrap();
    let controls = found.origin_access_control_list().map(|list| list.items().to_vec()).unwrap_or_default();
    all.extend(controls.iter().map(|one| format!("origin access control {}", one.name())));
    let found = cloud.cloudfront.list_functions().send().await.unwrap();
    let functions = found.function_list().map(|list| list.items().to_vec()).unwrap_or_default();
    all.extend(functions.iter().map(|one| format!("edge function {}", one.name())));
    let own = aws_sdk_cloudfront::types::ResponseHeadersPolicyType::Custom;
    let found = cloud.cloudfront.list_response_headers_policies().r#type(own).send().await.unwrap();
    let policies = found.response_headers_policy_list().map(|list| list.items().to_vec()).unwrap_or_default();
    all.extend(policies.iter().filter_map(|one| {
        let policy = one.response_headers_policy()?;
        Some(format!("headers policy {}", policy.response_headers_policy_config()?.name()))
    }));
    all
}

/// Returns certificates and records, but not the hosted zones, which belong to the owner.
async fn domains(cloud: &Cloud) -> Vec<String> {
    let mut all = Vec::new();
    let certificates = cloud.acm.list_certificates().send().await.unwrap();
    for certificate in certificates.certificate_summary_list() {
        let arn = certificate.certificate_arn().unwrap();
        let described = cloud.acm.describe_certificate().certificate_arn(arn).send().await.unwrap();
        let names = described.certificate().unwrap().subject_alternative_names().join(" ");
        all.push(format!("certificate for {names}"));
    }
    for zone in cloud.route53.list_hosted_zones().send().await.unwrap().hosted_zones() {
        let listed =
            cloud.route53.list_resource_record_sets().hosted_zone_id(zone.id()).send().await.unwrap();
        let sets = listed.resource_record_sets().iter();
        let sets = sets.filter(|set| !["NS", "SOA"].contains(&set.r#type().as_str()));
        all.extend(sets.map(|set| format!("record {} {}", set.name(), set.r#type())));
    }
    all
}

async fn locks(cloud: &Cloud) -> Vec<String> {
    let mut all = Vec::new();
    for table in cloud.dynamodb.list_tables().send().await.unwrap().table_names() {
        all.push(format!("table {table}"));
        let items = cloud.dynamodb.scan().table_name(table).send().await.unwrap();
        all.extend(items.items().iter().map(|item| {
            let Some(id) = item.get("id") else { return format!("a month of {table}") };
            let held = if item.contains_key("lease") { "held" } else { "free" };
            format!("item {} {held}", id.as_s().unwrap())
        }));
    }
    all
}
