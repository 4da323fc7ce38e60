//! `eject`: an environment as a Terraform configuration that imports it.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use hcl_edit::{
    parser::parse_body,
    structure::{BlockLabel, Body, Structure},
};
use serde_json::Value;
use testbed::{Run, emulator::PUBLIC_ACCOUNT, model_server::FIRST, proxy::Selector};

use super::{
    alarms::{ALARMS, TOPIC},
    api_key::piped,
    budget::BUDGET,
    conformance::defaults::add_defaults,
    domain::{CHAT, twin_with_zone},
    inventory::inventory,
    twin::{ENVIRONMENT, Twin},
};

const FOLDER: &str = "terraform-dev";
/// How Terraform reaches the emulator.
const OVERRIDE: &str = "\
provider \"aws\" {
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
}
";
/// The emulator returns empty access log settings, where AWS returns none.
const OVERRIDE_OF_STREAM: &str = "
resource \"aws_api_gateway_stage\" \"stream\" {
  lifecycle {
    ignore_changes = [access_log_settings]
  }
}
";
/// The kinds of Terraform by the lines of the inventory that they describe.
const KINDS: [(&str, &str); 24] = [
    ("REST API", "aws_api_gateway_rest_api"),
    ("REST deployment", "aws_api_gateway_deployment"),
    ("REST stage", "aws_api_gateway_stage"),
    ("alarm", "aws_cloudwatch_metric_alarm"),
    ("alias", "aws_lambda_alias"),
    ("api", "aws_apigatewayv2_api"),
    ("bucket", "aws_s3_bucket"),
    ("budget", "aws_budgets_budget"),
    ("certificate", "aws_acm_certificate"),
    ("dashboard", "aws_cloudwatch_dashboard"),
    ("distribution", "aws_cloudfront_distribution"),
    ("edge function", "aws_cloudfront_function"),
    ("function", "aws_lambda_function"),
    ("headers policy", "aws_cloudfront_response_headers_policy"),
    ("integration", "aws_apigatewayv2_integration"),
    ("log group", "aws_cloudwatch_log_group"),
    ("metric filter", "aws_cloudwatch_log_metric_filter"),
    ("origin access control", "aws_cloudfront_origin_access_control"),
    ("policy", "aws_iam_role_policy"),
    ("record", "aws_route53_record"),
    ("role", "aws_iam_role"),
    ("route", "aws_apigatewayv2_route"),
    ("stage", "aws_apigatewayv2_stage"),
    ("topic", "aws_sns_topic"),
];

/// Deploys a twin with everything that an environment can have.
async fn full_twin() -> Twin {
    let twin = twin_with_zone().await;
    let model = "{ source: openai, id: tiny, base_url: \"http://127.0.0.2:9/v1\" }";
    let model = ENVIRONMENT.replace("{ source: builtin }", model);
    let more = "streaming: true\nrelease: { ask: false }\nmemory: { expire_after_days: 30 }\n";
    twin.write("environments/dev.yaml", format!("{model}{more}{ALARMS}{BUDGET}{CHAT}"));
    piped(&twin, &["secret", "set", "dev", "openai"], FIRST).await.exits_with(0);
    twin.deploy(&[]).await.exits_with(0);
    twin
}

async fn eject(twin: &Twin, more: &[&str]) -> Run {
    twin.run(&[&["eject", "dev", "--to", "terraform"], more].concat()).await
}

/// Returns the ids of the imports by their addresses.
fn imports(twin: &Twin) -> BTreeMap<String, String> {
    let body: Body = parse_body(&twin.read(&format!("{FOLDER}/imports.tf"))).unwrap();
    let import = |structure: &Structure| {
        let block = structure.as_block()?;
        let attribute = |name: &str| block.body.get_attribute(name).map(|attribute| attribute.value.clone());
        let id = attribute("id").and_then(|id| id.as_str().map(ToOwned::to_owned)).unwrap();
        Some((attribute("to").unwrap().to_string().trim().to_owned(), id))
    };
    body.iter().filter_map(import).collect()
}

/// Returns the addresses of the resources, and checks the syntax of all files.
fn described(twin: &Twin) -> Vec<String> {
    let files = twin.contents().into_iter().filter(|(name, _)| name.starts_with(FOLDER));
    let mut all = Vec::new();
    for (name, text) in
        files.filter(|(name, _)| ![".gitignore", "paths.js"].iter().any(|other| name.ends_with(other)))
    {
        let body: Body = parse_body(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let resources =
            body.iter().filter_map(Structure::as_block).filter(|block| block.ident.as_str() == "resource");
        all.extend(
            resources.map(|block| block.labels.iter().map(BlockLabel::as_str).collect::<Vec<_>>().join(".")),
        );
    }
    all.sort();
    all
}

/// Compares the imports with the contents of the account.
async fn check_imports(twin: &Twin) {
    let imports = imports(twin);
    assert_eq!(imports.keys().cloned().collect::<Vec<_>>(), described(twin));
    // The inventory has a line for each stage of an edge function.
    let inventory: BTreeSet<_> = inventory(&twin.by_hand).await.into_iter().collect();
    let ids: Vec<_> = imports.values().map(String::as_str).collect();
    for (prefix, kind) in KINDS {
        let is_theirs = |line: &&String| line.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(' '));
        let expected = inventory.iter().filter(is_theirs).count();
        let is_kind = |address: &&String| address.split('.').next() == Some(kind);
        assert_eq!(
            imports.keys().filter(is_kind).count(),
            expected,
            "{kind}: {imports:#?} of {inventory:#?}"
        );
    }
    for line in &inventory {
        let id = match line.split(' ').collect::<Vec<_>>()[..] {
            ["bucket" | "role" | "function" | "topic" | "alarm" | "dashboard", id]
            | ["log" | "edge", _, id] => id.to_owned(),
            ["budget", id, "of", _] => format!("000000000000:{id}"),
            ["table", id] if id != "twinctl-locks" => id.to_owned(),
            ["policy", policy, "of", role] => format!("{role}:{policy}"),
            ["alias", alias, "of", function, ..] => format!("{function}/{alias}"),
            ["metric", _, filter, "of", group] => format!("{group}:{filter}"),
            _ => continue,
        };
        assert!(ids.contains(&id.as_str()), "{line}: {id} in {ids:#?}");
    }
}

#[testbed::test(emulator)]
async fn a_configuration_has_the_import_ids_of_all_resources() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    twin.proxy.reset();
    let ejected = eject(&twin, &[]).await.exits_with(0);
    assert!(twin.writes().is_empty(), "{:?}", twin.writes());
    insta::assert_snapshot!("eject", ejected.stderr);
    insta::assert_snapshot!("eject_storage", twin.read(&format!("{FOLDER}/storage.tf")));
    insta::assert_snapshot!("eject_terraform", twin.read(&format!("{FOLDER}/terraform.tf")));
    check_imports(&twin).await;

    let twin = full_twin().await;
    // AWS omits the default.
    twin.proxy.edit(Selector::first(1, "DescribeNotificationsForBudget"), |text| {
        let mut found: Value = serde_json::from_str(text).unwrap();
        for notification in found["Notifications"].as_array_mut().unwrap() {
            notification.as_object_mut().unwrap().remove("ThresholdType").unwrap();
        }
        found.to_string()
    });
    let ejected = eject(&twin, &["--json"]).await.exits_with(0);
    let types = twin.contents().into_values().map(|text| text.matches("threshold_type").count());
    assert_eq!(types.sum::<usize>(), 2);
    let object: Value = serde_json::from_str(ejected.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(object["resources"].as_array().unwrap().len(), imports(&twin).len());
    let outside = object["not_described"].to_string();
    for text in ["ada-dev-openai-key", "hosted zone", "1 unconfirmed subscription", "twinctl-locks"] {
        assert!(outside.contains(text), "{text} in {outside}");
    }
    check_imports(&twin).await;
    let secret = twin.read(&format!("{FOLDER}/secrets.auto.tfvars"));
    let secret = secret.split('"').nth(1).unwrap();
    let files = twin.contents();
    let with_secret = files.iter().filter(|(name, text)| name.starts_with(FOLDER) && text.contains(secret));
    assert_eq!(with_secret.count(), 1, "only one file contains the origin secret");
    assert!(twin.read(&format!("{FOLDER}/.gitignore")).contains("secrets.auto.tfvars"));
}

#[testbed::test(emulator)]
async fn other_files_are_not_overwritten_and_a_missing_or_local_twin_is_refused() {
    let twin = Twin::new();
    eject(&twin, &[]).await.exits_with(8).reports("twinctl deploy dev");
    twin.write("environments/local.yaml", "project: ada\nenvironment: local\ntarget: local\n");
    let refused = twin.run(&["eject", "local", "--to", "terraform"]).await.exits_with(2);
    refused.reports("`local` is on this machine");
    eject(&twin, &["--to", "pulumi"]).await.exits_with(2);
    twin.deploy(&[]).await.exits_with(0);

    twin.write("infra/page.tf", "# mine\n");
    let refused = eject(&twin, &["--out", "infra"]).await.exits_with(2);
    refused.reports("infra has other content in page.tf; nothing was written");
    assert_eq!(twin.contents().keys().filter(|name| name.starts_with("infra")).count(), 1);
    eject(&twin, &["--out", "infra", "--force"]).await.exits_with(0);
    assert!(twin.read("infra/page.tf").contains("aws_cloudfront_distribution"));
    eject(&twin, &["--out", "infra"]).await.exits_with(0);

    twin.by_hand
        .logs
        .put_retention_policy()
        .log_group_name("/aws/lambda/ada-dev-api")
        .retention_in_days(3)
        .send()
        .await
        .unwrap();
    let ejected = eject(&twin, &["--out", "infra", "--force"]).await.exits_with(0);
    ejected.reports("differs from its environment file");
    assert!(twin.read("infra/function.tf").contains("retention_in_days = 3"));
}

#[testbed::test(emulator)]
async fn what_was_removed_from_the_distribution_is_reported_and_not_imported() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    eject(&twin, &[]).await.exits_with(0);
    let cloudfront = &twin.by_hand.cloudfront;
    let listed = cloudfront.list_distributions().send().await.unwrap().distribution_list.unwrap();
    let id = &listed.items()[0].id;
    let current = cloudfront.get_distribution_config().id(id).send().await.unwrap();
    let mut config = current.distribution_config.unwrap();
    for origin in &mut config.origins.as_mut().unwrap().items {
        origin.origin_access_control_id = Some(String::new());
    }
    let behavior = config.default_cache_behavior.as_mut().unwrap();
    behavior.response_headers_policy_id = None;
    behavior.function_associations = None;
    let update = cloudfront.update_distribution().id(id).set_if_match(current.e_tag);
    update.distribution_config(config).send().await.unwrap();

    let ejected = eject(&twin, &["--force"]).await.exits_with(0);
    for part in ["origin access control", "response headers policy", "function for the paths of the page"] {
        ejected.reports(&format!("not described: the {part}, which the distribution does not use any more"));
    }
    let imports = imports(&twin);
    assert_eq!(imports.keys().cloned().collect::<Vec<_>>(), described(&twin));
    assert!(imports.values().all(|id| !id.is_empty()), "{imports:?}");
    assert!(!imports.keys().any(|address| address.contains("_policy.page")), "{imports:?}");
}

fn terraform(twin: &Twin, args: &[&str]) -> String {
    let output = Command::new("terraform")
        .args(args)
        .current_dir(twin.join(FOLDER))
        .env("AWS_ENDPOINT_URL", twin.proxy.endpoint())
        .env("AWS_ACCESS_KEY_ID", PUBLIC_ACCOUNT)
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .output()
        .unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "terraform {args:?}: {stdout}\n{stderr}");
    stdout.into_owned()
}

/// Plans and applies the configuration with Terraform. Every resource is imported, and nothing changes.
async fn check_plan(twin: &Twin, overrides: &str) {
    eject(twin, &[]).await.exits_with(0);
    terraform(twin, &["init", "-input=false"]);
    assert_eq!(terraform(twin, &["fmt", "-check", "-diff"]), "");
    twin.write(&format!("{FOLDER}/test_override.tf"), overrides);
    let text = terraform(twin, &["plan", "-input=false", "-no-color", "-out=plan"]);
    let plan: Value = serde_json::from_str(&terraform(twin, &["show", "-json", "plan"])).unwrap();
    let changes = plan["resource_changes"].as_array().unwrap();
    let differs = changes.iter().filter(|change| {
        change["change"]["actions"] != serde_json::json!(["no-op"]) || change["change"]["importing"].is_null()
    });
    let differs: Vec<_> = differs.map(|change| change["address"].to_string()).collect();
    assert!(differs.is_empty(), "{differs:?} in {text}");
    assert_eq!(changes.len(), imports(twin).len());
    terraform(twin, &["apply", "-input=false", "-no-color", "plan"]);
    assert!(twin.writes().is_empty(), "an import changes nothing in AWS: {:?}", twin.writes());
}

#[testbed::test(emulator, terraform)]
async fn terraform_imports_a_plain_environment_as_aws_returns_it_and_plans_no_change() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    twin.proxy.reset();
    add_defaults(&twin, &["", "/{}", "/config", "/{}/config"]);
    check_plan(&twin, OVERRIDE).await;
}

#[testbed::test(emulator, terraform)]
async fn terraform_imports_an_environment_with_everything_and_plans_no_change() {
    let twin = full_twin().await;
    let confirm = twin.by_hand.sns.confirm_subscription().topic_arn(TOPIC).token("confirm");
    confirm.send().await.unwrap();
    twin.proxy.reset();
    check_plan(&twin, &[OVERRIDE, OVERRIDE_OF_STREAM].concat()).await;
}
