//! The resources that a run leaves behind, and their deletion.

use anyhow::Result;
use serde_json::{Value, json};

use super::by_hand::text;
use super::context::{Context, PROJECT, TWIN};
use super::twinctl::{DESTROY, ENVIRONMENT};

/// The repository that the CI roles trust. GitHub allows no owner with such a long name.
pub(super) const REPOSITORY: &str = "twinctl-acceptance-trusts-no-owner-on-github/acceptance";

const PROVIDER: &str = "token.actions.githubusercontent.com";
pub(super) const LOCK_TABLE: &str = "twinctl-locks";

/// Resources that all environments of an account share, and whether they existed before the run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shared {
    lock_table: bool,
    provider: bool,
}

/// A list of resources: how they are called, the service, the operation, its parameters, and the pointers to the list and to a name.
type List = (&'static str, &'static str, &'static str, Value, &'static str, &'static str);

fn lists() -> [List; 12] {
    let none = || json!({});
    [
        ("bucket", "s3", "list_buckets", none(), "/Buckets", "/Name"),
        ("role", "iam", "list_roles", none(), "/Roles", "/RoleName"),
        ("policy", "iam", "list_policies", json!({ "Scope": "Local" }), "/Policies", "/PolicyName"),
        ("log group", "logs", "describe_log_groups", none(), "/logGroups", "/logGroupName"),
        ("function", "lambda", "list_functions", none(), "/Functions", "/FunctionName"),
        ("HTTP API", "apigatewayv2", "get_apis", none(), "/Items", "/Name"),
        ("REST API", "apigateway", "get_rest_apis", json!({ "limit": 500 }), "/items", "/name"),
        ("distribution", "cloudfront", "list_distributions", none(), "/DistributionList/Items", "/Comment"),
        (
            "origin access control",
            "cloudfront",
            "list_origin_access_controls",
            none(),
            "/OriginAccessControlList/Items",
            "/Name",
        ),
        ("CloudFront function", "cloudfront", "list_functions", none(), "/FunctionList/Items", "/Name"),
        (
            "response headers policy",
            "cloudfront",
            "list_response_headers_policies",
            json!({ "Type": "custom" }),
            "/ResponseHeadersPolicyList/Items",
            "/ResponseHeadersPolicy/ResponseHeadersPolicyConfig/Name",
        ),
        ("web ACL", "wafv2", "list_web_acls", json!({ "Scope": "CLOUDFRONT" }), "/WebACLs", "/Name"),
    ]
}

impl Shared {
    pub(super) fn read(context: &mut Context) -> Result<Self> {
        let table = json!({ "TableName": LOCK_TABLE });
        let lock_table = context.aws.attempt("dynamodb", "describe_table", table, None)?.is_ok();
        let providers = context.aws.call("iam", "list_open_id_connect_providers", json!({}))?;
        Ok(Self { lock_table, provider: providers.to_string().contains(PROVIDER) })
    }
}

/// Returns the resources of the run that exist.
pub(super) fn find(context: &mut Context, shared: Shared) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for (kind, service, operation, parameters, list, name) in lists() {
        let answer = context.aws.call(service, operation, parameters)?;
        let items = answer.pointer(list).and_then(Value::as_array).into_iter().flatten();
        let names = items.filter_map(|item| item.pointer(name)?.as_str());
        found.extend(names.filter(|name| name.contains(PROJECT)).map(|name| format!("{kind} {name}")));
    }
    let now = Shared::read(context)?;
    if now.lock_table {
        let key = json!({ "id": { "S": format!("{PROJECT}/{ENVIRONMENT}") } });
        let item = json!({ "TableName": LOCK_TABLE, "Key": key });
        let has_item = context.aws.call("dynamodb", "get_item", item)?.get("Item").is_some();
        found.extend(has_item.then(|| format!("item of the lock table {LOCK_TABLE}")));
    }
    found.extend((now.lock_table && !shared.lock_table).then(|| format!("lock table {LOCK_TABLE}")));
    found.extend((now.provider && !shared.provider).then(|| format!("identity provider {PROVIDER}")));
    Ok(found)
}

/// Returns the resources of the run that exist, or that they are unknown.
pub(super) fn find_all(context: &mut Context, shared: Shared) -> Vec<String> {
    find(context, shared)
        .unwrap_or_else(|error| vec![format!("unknown, because AWS cannot be read: {error:#}")])
}

/// Deletes everything that the run created, as far as possible. Returns what is left.
pub(super) fn delete(context: &mut Context, shared: Shared) -> Vec<String> {
    if find(context, shared).is_ok_and(|found| found.is_empty()) {
        return Vec::new();
    }
    let steps: [fn(&mut Context, Shared) -> Result<()>; 5] = [ci, twin, web_acls, lock_table, provider];
    for step in steps {
        if let Err(error) = step(context, shared) {
            eprintln!("  {error:#}");
        }
    }
    find_all(context, shared)
}

/// Removes the CI roles. Succeeds if there are none.
pub(super) fn remove_ci(context: &Context) -> Result<()> {
    let remove = ["ci", "remove", ENVIRONMENT, "--repo", REPOSITORY, "--path", TWIN, "--yes"];
    context.twinctl.succeed(&remove).map(drop)
}

fn ci(context: &mut Context, _: Shared) -> Result<()> {
    context.write_files()?;
    remove_ci(context)
}

fn twin(context: &mut Context, _: Shared) -> Result<()> {
    let destroy = [&DESTROY[..], &["--lock-wait", "2m"]].concat();
    // The second attempt completes what the first left.
    context.twinctl.succeed(&destroy).or_else(|_| context.twinctl.succeed(&destroy)).map(drop)
}

fn web_acls(context: &mut Context, _: Shared) -> Result<()> {
    let listed = context.aws.call("wafv2", "list_web_acls", json!({ "Scope": "CLOUDFRONT" }))?;
    for acl in listed["WebACLs"].as_array().into_iter().flatten() {
        if text(&acl["Name"]).starts_with(PROJECT) {
            let (name, id, lock) = (&acl["Name"], &acl["Id"], &acl["LockToken"]);
            let delete = json!({ "Scope": "CLOUDFRONT", "Name": name, "Id": id, "LockToken": lock });
            context.aws.call("wafv2", "delete_web_acl", delete)?;
        }
    }
    Ok(())
}

fn lock_table(context: &mut Context, shared: Shared) -> Result<()> {
    if shared.lock_table {
        return Ok(());
    }
    context.twinctl.succeed(&["lock-table", "remove", ENVIRONMENT, "--yes"]).map(drop)
}

/// Deletes the identity provider of GitHub, which `ci remove` keeps for other roles.
fn provider(context: &mut Context, shared: Shared) -> Result<()> {
    if shared.provider || !Shared::read(context)?.provider {
        return Ok(());
    }
    let arn = format!("arn:aws:iam::{}:oidc-provider/{PROVIDER}", context.target.account);
    let delete = json!({ "OpenIDConnectProviderArn": arn });
    context.aws.call("iam", "delete_open_id_connect_provider", delete).map(drop)
}
