//! Step `drift`: changes by hand, which a deployment repairs or keeps.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::acceptance::assumption::Assumption;
use crate::acceptance::by_hand::text;
use crate::acceptance::context::{Context, PROJECT, name, waited};
use crate::acceptance::twinctl::{ENVIRONMENT, Outcome};

/// A change by hand: the assumption, the node of the plan, and the change.
type Change = (Assumption, &'static str, fn(&mut Context) -> Result<()>);

const CHANGES: [Change; 7] = [
    (Assumption::DriftOfBucket, "memory bucket", bucket),
    (Assumption::DriftOfLogGroup, "log group", log_group),
    (Assumption::DriftOfRole, "role", role),
    (Assumption::DriftOfFunction, "function", function),
    (Assumption::DriftOfApi, "api", api),
    (Assumption::DriftOfDistribution, "distribution", distribution),
    (Assumption::DriftOfPage, "site", page),
];

/// The number of times that `status` is asked until it shows every change.
const ATTEMPTS: usize = 6;

pub(super) fn run(context: &mut Context) -> Result<()> {
    let acl = web_acl(context)?;
    for (_, node, change) in CHANGES {
        change(context).with_context(|| format!("changing `{node}` by hand"))?;
    }
    context.change_distribution(|config| config["WebACLId"] = json!(acl))?;
    let reported = report(context)?;
    let repaired = context.deploy();
    let left = context.twinctl.run(&["status", ENVIRONMENT])?.changed_nodes();
    for (assumption, node, _) in CHANGES {
        let (was_reported, is_left) = (has(&reported, node), left.iter().any(|left| left == node));
        let deployed = repaired.as_ref().map_or_else(ToString::to_string, Outcome::seconds);
        let evidence =
            format!("reported: {was_reported}; still different: {is_left}; the deployment: {deployed}");
        context.findings.record(assumption, was_reported && !is_left && repaired.is_ok(), &evidence);
    }
    repaired?;
    detach(context, &acl, &left)?;
    recreated_role(context)
}

/// Returns what `status` reports after all changes can be read.
fn report(context: &mut Context) -> Result<Vec<String>> {
    let mut reported = Vec::new();
    for _ in 0..ATTEMPTS {
        reported = context.twinctl.run(&["status", ENVIRONMENT])?.changed_nodes();
        if CHANGES.iter().all(|(_, node, _)| has(&reported, node)) {
            break;
        }
        context.interrupt.pause(Duration::from_secs(10))?;
    }
    Ok(reported)
}

fn has(nodes: &[String], node: &str) -> bool {
    nodes.iter().any(|reported| reported == node)
}

/// Creates a web ACL that allows everything. Returns its ARN.
fn web_acl(context: &mut Context) -> Result<String> {
    let visibility =
        json!({ "SampledRequestsEnabled": false, "CloudWatchMetricsEnabled": false, "MetricName": PROJECT });
    let create = json!({
        "Name": PROJECT, "Scope": "CLOUDFRONT", "DefaultAction": { "Allow": {} }, "VisibilityConfig": visibility,
    });
    let created = context.aws.call("wafv2", "create_web_acl", create)?;
    Ok(text(&created["Summary"]["ARN"]))
}

/// Checks that the web ACL is still attached, and detaches it. The cleanup deletes it.
fn detach(context: &mut Context, acl: &str, left: &[String]) -> Result<()> {
    let attached = context.distribution()?.2["WebACLId"] == acl;
    let evidence = format!("attached after the deployment: {attached}; nodes that differ: {}", left.len());
    context.findings.record(Assumption::WebAclStays, attached && left.is_empty(), &evidence);
    context.change_distribution(|config| config["WebACLId"] = json!(""))
}

fn bucket(context: &mut Context) -> Result<()> {
    let versioning = json!({ "Status": "Suspended" });
    let put = json!({ "Bucket": context.target.bucket("memory"), "VersioningConfiguration": versioning });
    context.aws.call("s3", "put_bucket_versioning", put).map(drop)
}

fn log_group(context: &mut Context) -> Result<()> {
    let group = json!({ "logGroupName": format!("/aws/lambda/{}", name("api")) });
    context.aws.call("logs", "delete_retention_policy", group).map(drop)
}

/// Adds a permission that is of no use.
fn role(context: &mut Context) -> Result<()> {
    let statement = json!({ "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::twinctl-check-none" });
    let policy = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
    let put = json!({ "RoleName": name("lambda-role"), "PolicyName": "by-hand", "PolicyDocument": policy });
    context.aws.call("iam", "put_role_policy", put).map(drop)
}

fn function(context: &mut Context) -> Result<()> {
    let function = json!({ "FunctionName": name("api") });
    let mut found = context.aws.call("lambda", "get_function_configuration", function)?;
    let mut environment = json!({ "Variables": found["Environment"]["Variables"].take() });
    environment["Variables"]["LOG_LEVEL"] = json!("ERROR");
    let update = json!({ "FunctionName": name("api"), "Environment": environment });
    context.aws.call("lambda", "update_function_configuration", update).map(drop)
}

fn api(context: &mut Context) -> Result<()> {
    let api = context.api()?;
    let limits = json!({ "ThrottlingBurstLimit": 9, "ThrottlingRateLimit": 9.0 });
    let update = json!({ "ApiId": api, "StageName": "$default", "DefaultRouteSettings": limits });
    context.aws.call("apigatewayv2", "update_stage", update).map(drop)
}

fn distribution(context: &mut Context) -> Result<()> {
    context.change_distribution(|config| {
        config["DefaultCacheBehavior"]["ViewerProtocolPolicy"] = json!("https-only");
    })
}

fn page(context: &mut Context) -> Result<()> {
    let put = json!({ "Bucket": context.target.bucket("frontend"), "Key": "by-hand.html", "Body": "<p>By hand.</p>" });
    context.aws.call("s3", "put_object", put).map(drop)
}

/// Deletes the function's role, and deploys again.
fn recreated_role(context: &mut Context) -> Result<()> {
    let role = json!({ "RoleName": name("lambda-role") });
    let policies = context.aws.call("iam", "list_role_policies", role.clone())?;
    for policy in policies["PolicyNames"].as_array().into_iter().flatten() {
        let delete = json!({ "RoleName": role["RoleName"], "PolicyName": policy });
        context.aws.call("iam", "delete_role_policy", delete)?;
    }
    context.aws.call("iam", "delete_role", role)?;
    let deployed = context.deploy()?;
    let email = context.settings.email;
    let took = context.wait_for_answer(email, Duration::from_mins(2))?;
    let answered = waited(took, "not within two minutes");
    let evidence = format!("deployed in {}, answered {answered}", deployed.seconds());
    context.findings.record(Assumption::RecreatedRole, took.is_some(), &evidence);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_names_its_own_assumption_and_node() {
        let names: std::collections::BTreeSet<_> =
            CHANGES.iter().map(|(assumption, node, _)| (*assumption, *node)).collect();
        assert_eq!(names.len(), CHANGES.len());
    }
}
