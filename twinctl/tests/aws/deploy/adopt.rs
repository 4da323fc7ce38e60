//! `adopt --from` and `unadopt`: a twin of Terraform is taken over from its state, and returned.

use std::collections::BTreeMap;

use aws_sdk_apigatewayv2::types::{IntegrationType, ProtocolType};
use aws_sdk_cloudfront::types::Origins;
use aws_sdk_lambda::types::{Environment, FunctionCode, Runtime};
use aws_sdk_s3::types::{Tag, Tagging};
use serde_json::{Value, json};
use testbed::{Run, proxy::Selector, proxy::Timing, twin_lambda::first_zip};

use super::{
    adoption::{WEB_BUCKET, create_former_page, resources, web_policy},
    twin::{ENVIRONMENT, PAGE, Twin, is_write},
};

pub(super) const MEMORY: &str = "ada-conversations";
pub(super) const FUNCTION: &str = "ada-chat";
const ROLE: &str = "ada-chat-role";
const API: &str = "ada-http";
const REMOTE: &str = "s3://ada-states/twin/dev.tfstate";
const BASIC: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

/// A resource in a state.
fn managed(kind: &str, name: &str, attributes: &Value) -> Value {
    json!({ "mode": "managed", "type": kind, "name": name, "instances": [{ "attributes": attributes }] })
}

/// Creates the resources of a twin as its Terraform files make them, with an old conversation. Returns their state.
pub(super) async fn create_former_twin(twin: &Twin) -> Value {
    let turns = json!([
        { "role": "user", "content": "Do you weave?" },
        { "role": "assistant", "content": "Yes, on a loom." },
    ]);
    create_former_twin_with(twin, "old.json", turns.to_string()).await
}

/// Like [`create_former_twin`], with this conversation.
pub(super) async fn create_former_twin_with(twin: &Twin, key: &str, conversation: String) -> Value {
    let distribution = create_former_page(twin, &[]).await;
    let s3 = &twin.by_hand.s3;
    s3.create_bucket().bucket(MEMORY).send().await.unwrap();
    let tag = Tag::builder().key("Project").value("ada").build().unwrap();
    let tagging = Tagging::builder().tag_set(tag).build().unwrap();
    s3.put_bucket_tagging().bucket(MEMORY).tagging(tagging).send().await.unwrap();
    let put = s3.put_object().bucket(MEMORY).key(key).body(conversation.into_bytes().into());
    put.send().await.unwrap();

    let role_arn = create_role(twin).await;
    let zip = std::fs::read(first_zip()).unwrap();
    let code = FunctionCode::builder().zip_file(zip.into()).build();
    let variables = Environment::builder().variables("S3_BUCKET", MEMORY).build();
    let function = twin.by_hand.lambda.create_function().function_name(FUNCTION).role(&role_arn).code(code);
    let function = function.runtime(Runtime::Providedal2023).handler("bootstrap").environment(variables);
    let function_arn = function.send().await.unwrap().function_arn.unwrap();
    let group = format!("/aws/lambda/{FUNCTION}");
    twin.by_hand.logs.create_log_group().log_group_name(&group).send().await.unwrap();
    let api_id = create_api(twin, &function_arn).await;

    let origin = format!("{WEB_BUCKET}.s3-website-us-east-1.amazonaws.com");
    let function = json!({
        "function_name": FUNCTION, "arn": function_arn, "role": role_arn,
        "environment": [{ "variables": { "S3_BUCKET": MEMORY } }],
    });
    json!({ "version": 4, "terraform_version": "1.9.8", "serial": 3, "resources": [
        managed("aws_s3_bucket", "frontend", &json!({ "bucket": WEB_BUCKET })),
        managed("aws_s3_bucket_policy", "frontend", &json!({ "bucket": WEB_BUCKET })),
        managed("aws_s3_bucket", "memory", &json!({ "bucket": MEMORY })),
        managed("aws_iam_role", "lambda", &json!({ "name": ROLE, "arn": role_arn })),
        managed("aws_iam_role_policy_attachment", "basic", &json!({ "role": ROLE, "policy_arn": BASIC })),
        managed("aws_lambda_function", "api", &function),
        managed("aws_cloudwatch_log_group", "api", &json!({ "name": group })),
        managed("aws_apigatewayv2_api", "main", &json!({ "id": api_id, "name": API })),
        managed("aws_apigatewayv2_integration", "main", &json!({ "api_id": api_id, "integration_uri": function_arn })),
        managed("aws_cloudfront_distribution", "main", &json!({ "id": distribution, "origin": [{ "domain_name": origin }] })),
        managed("aws_sns_topic", "alarms", &json!({ "name": "alarms" })),
    ] })
}

async fn create_role(twin: &Twin) -> String {
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole",
    }]});
    let iam = &twin.by_hand.iam;
    let role = iam.create_role().role_name(ROLE).assume_role_policy_document(trust.to_string()).send().await;
    iam.attach_role_policy().role_name(ROLE).policy_arn(BASIC).send().await.unwrap();
    let all = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "s3:*", "Resource": format!("arn:aws:s3:::{MEMORY}/*"),
    }]});
    let put = iam.put_role_policy().role_name(ROLE).policy_name("memory").policy_document(all.to_string());
    put.send().await.unwrap();
    role.unwrap().role.unwrap().arn
}

async fn create_api(twin: &Twin, function_arn: &str) -> String {
    let api = twin.by_hand.api.create_api().name(API).protocol_type(ProtocolType::Http);
    let id = api.send().await.unwrap().api_id.unwrap();
    let integration = twin.by_hand.api.create_integration().api_id(&id).integration_uri(function_arn);
    let integration = integration.integration_type(IntegrationType::AwsProxy).payload_format_version("2.0");
    let target = format!("integrations/{}", integration.send().await.unwrap().integration_id.unwrap());
    let route = twin.by_hand.api.create_route().api_id(&id).route_key("POST /chat").target(target);
    route.send().await.unwrap();
    twin.by_hand
        .api
        .create_stage()
        .api_id(&id)
        .stage_name("$default")
        .auto_deploy(true)
        .send()
        .await
        .unwrap();
    id
}

/// Returns what `unadopt` restores: tags, policies, public access and the comment of the distribution.
pub(super) async fn settings(twin: &Twin) -> BTreeMap<&'static str, String> {
    let by_hand = &twin.by_hand;
    let (s3, iam) = (&by_hand.s3, &by_hand.iam);
    let mut all = BTreeMap::new();
    for (name, bucket) in [("memory", MEMORY), ("web", WEB_BUCKET)] {
        let tags =
            s3.get_bucket_tagging().bucket(bucket).send().await.map(|tags| tags.tag_set).unwrap_or_default();
        let policy = s3.get_bucket_policy().bucket(bucket).send().await.map(|policy| policy.policy);
        let block = s3.get_public_access_block().bucket(bucket).send().await.is_ok();
        let rules = s3.get_bucket_lifecycle_configuration().bucket(bucket).send().await.is_ok();
        all.insert(name, format!("{tags:?} {:?} {block} {rules}", policy.ok()));
    }
    let role = iam.get_role().role_name(ROLE).send().await.unwrap().role.unwrap();
    let inline = iam.list_role_policies().role_name(ROLE).send().await.unwrap().policy_names;
    let attached = iam.list_attached_role_policies().role_name(ROLE).send().await.unwrap().attached_policies;
    let trust = role.assume_role_policy_document;
    all.insert("role", format!("{:?} {trust:?} {inline:?} {attached:?}", role.tags.unwrap_or_default()));
    let function = by_hand.lambda.get_function().function_name(FUNCTION).send().await.unwrap();
    all.insert("function", format!("{:?}", function.tags.unwrap_or_default()));
    let apis = by_hand.api.get_apis().send().await.unwrap().items.unwrap_or_default();
    all.insert("api", format!("{:?}", apis[0].tags.clone().unwrap_or_default()));
    let groups = by_hand.logs.describe_log_groups().send().await.unwrap().log_groups.unwrap_or_default();
    let group = groups.iter().find(|group| group.log_group_name().unwrap().ends_with(FUNCTION)).unwrap();
    all.insert("log group", format!("{:?}", group.retention_in_days));
    let listed = by_hand.cloudfront.list_distributions().send().await.unwrap().distribution_list.unwrap();
    let one = &listed.items()[0];
    let tags = by_hand.cloudfront.list_tags_for_resource().resource(&one.arn).send().await.unwrap().tags;
    all.insert("distribution", format!("{} {} {tags:?}", one.id, one.comment));
    all
}

async fn adopt(twin: &Twin, from: &str, more: &[&str]) -> Run {
    let zip = first_zip().to_str().unwrap();
    twin.run(&[&["adopt", "dev", "--from", from, "--lambda-zip", zip], more].concat()).await
}

#[testbed::test(emulator)]
async fn the_resources_that_terraform_manages_are_taken_over_and_returned() {
    let twin = Twin::new();
    let state = create_former_twin(&twin).await.to_string();
    twin.write("terraform.tfstate", &state);
    let (before, former) = (resources(&twin).await, settings(&twin).await);

    let planned = adopt(&twin, "terraform.tfstate", &["--dry-run"]).await.exits_with(0);
    planned.reports("aws_s3_bucket.memory: becomes the memory bucket `ada-conversations`");
    planned.reports("aws_iam_role_policy_attachment.basic: becomes a setting of the role");
    planned.reports("aws_sns_topic.alarms: not taken over: twinctl manages no resources of this type");
    planned.reports("names.function ada-chat (to write)");
    assert_eq!(twin.read("environments/dev.yaml"), ENVIRONMENT);
    assert_eq!(resources(&twin).await, before);

    let adopted = adopt(&twin, "terraform.tfstate", &["--yes"]).await.exits_with(0);
    adopted.reports("terraform state rm");
    adopted.reports("aws_cloudfront_distribution.main");
    assert!(!adopted.stderr.contains("\n    aws_sns_topic.alarms"), "{}", adopted.stderr);
    let url = adopted.url().to_owned();
    let file = twin.read("environments/dev.yaml");
    for line in [
        "  memory_bucket: ada-conversations",
        "  function: ada-chat",
        "  role: ada-chat-role",
        "  api: ada-http",
    ] {
        assert!(file.contains(line), "{file}");
    }
    assert_eq!(twin.read("terraform.tfstate"), state, "the state is never changed");
    let listed = twin.by_hand.cloudfront.list_distributions().send().await.unwrap();
    assert_eq!(listed.distribution_list.unwrap().items().len(), 1, "the address stays");
    // The first run keeps the web bucket public for the edge locations that still have the former configuration.
    twin.deploy(&[]).await.exits_with(0);
    twin.plan().await.exits_with(0);
    let history = twin.visit(&url, "/api/chat/history/old").body;
    assert!(history.contains("Yes, on a loom."), "{history}");

    twin.run(&["unadopt", "dev", "--dry-run"]).await.exits_with(0).reports("");
    assert_ne!(settings(&twin).await, former);
    let returned = twin.run(&["unadopt", "dev", "--yes"]).await.exits_with(0);
    returned.reports("released the memory bucket `ada-conversations`");
    assert_eq!(settings(&twin).await, former);
    twin.run(&["unadopt", "dev", "--yes"]).await.exits_with(0).reports("`dev` has taken over no resources");
    twin.plan().await.exits_with(6).reports("not managed by twinctl");

    twin.destroy(&[]).await.exits_with(0);
    assert_eq!(settings(&twin).await, former, "what was returned is unchanged");
    let after = resources(&twin).await;
    let kept = before
        .iter()
        .filter(|resource| !resource.starts_with("integration") && !resource.starts_with("route"));
    for resource in kept {
        assert!(after.contains(resource), "{resource} in {after:#?}");
    }
}

#[testbed::test(emulator)]
async fn a_tfstate_file_in_s3_is_read_and_one_of_another_region_is_refused() {
    let twin = Twin::new();
    let mut state = create_former_twin(&twin).await;
    let s3 = &twin.by_hand.s3;
    s3.create_bucket().bucket("ada-states").send().await.unwrap();
    let body = state.to_string().into_bytes();
    s3.put_object().bucket("ada-states").key("twin/dev.tfstate").body(body.into()).send().await.unwrap();
    let planned = adopt(&twin, REMOTE, &["--dry-run", "--json"]).await.exits_with(0);
    let object = planned.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let object = object.into_iter().find(|object| object["kind"] == "adopt" || object["type"] == "adopt");
    let object = object.unwrap_or_else(|| panic!("{}", planned.stdout));
    assert_eq!(object["names"]["names.memory_bucket"], MEMORY);
    assert_eq!(object["state_rm"].as_array().unwrap().len(), 10);
    adopt(&twin, "s3://ada-states/none", &["--dry-run"]).await.exits_with(6).reports("could not read");

    let function = state["resources"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .find(|each| each["type"] == "aws_lambda_function");
    let arn = &mut function.unwrap()["instances"][0]["attributes"]["arn"];
    *arn = arn.as_str().unwrap().replace("us-east-1", "eu-west-1").into();
    twin.write("terraform.tfstate", state.to_string());
    let refused = adopt(&twin, ".", &["--yes"]).await.exits_with(3);
    refused.reports("are in eu-west-1, and the environment is in us-east-1; nothing was changed");
}

/// Writes the environment file as `adopt` does.
pub(super) fn write_names(twin: &Twin) {
    let names =
        format!("names: {{ memory_bucket: {MEMORY}, function: {FUNCTION}, role: {ROLE}, api: {API} }}\n");
    twin.write("environments/dev.yaml", format!("{ENVIRONMENT}{names}"));
}

/// Kills an adoption at every call. Visitors of the existing page always get a page: the former one until the distribution has
/// twinctl's configuration.
async fn killed_adoption(half: usize) {
    let twin = Twin::new();
    create_former_twin(&twin).await;
    write_names(&twin);
    twin.proxy.reset();
    twin.deploy(&["--adopt"]).await.exits_with(0);
    let calls = twin.proxy.calls();
    twin.deploy(&[]).await.exits_with(0);
    let expected = resources(&twin).await;
    let moments = [Timing::BeforeEffect, Timing::AfterEffect].into_iter().cycle();
    let points: Vec<_> =
        calls.iter().filter(|call| is_write(call)).map(|call| call.number).zip(moments).collect();
    let mut failed = Vec::new();
    for (point, moment) in points.into_iter().filter(|(point, _)| point / 2 % 2 == half) {
        twin.reset();
        create_former_twin(&twin).await;
        twin.proxy.reset();
        let zip = first_zip().to_str().unwrap();
        let args = ["deploy", "dev", "--yes", "--adopt", "--lambda-zip", zip];
        twin.kill_at(Selector::Nth(point), moment, &args).await;
        let early = is_early(&twin).await;
        twin.proxy.reset();
        let mut again = twin.deploy(&[]).await;
        if again.code == Some(6) {
            again = twin.deploy(&["--adopt"]).await;
        }
        let order = page_before_switch(&twin);
        twin.deploy(&[]).await;
        let now = resources(&twin).await;
        let why = [
            (again.code != Some(0)).then(|| format!("ended with {:?}: {}", again.code, again.stderr)),
            early.then(|| "twinctl's page was uploaded before the switch of the distribution".to_owned()),
            order.then(|| "the repeated run uploaded the page before the switch".to_owned()),
            (now != expected).then(|| format!("{now:#?}")),
        ];
        failed.extend(why.into_iter().flatten().map(|why| format!("{point} {moment:?}: {why}")));
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Returns whether twinctl's page is in the bucket although the distribution has its former configuration, or the former page is
/// no longer public.
async fn is_early(twin: &Twin) -> bool {
    let listed =
        twin.by_hand.cloudfront.list_distributions().send().await.unwrap().distribution_list.unwrap();
    let mut origins = listed.items()[0].origins.iter().flat_map(Origins::items);
    let is_former =
        origins.all(|origin| origin.origin_access_control_id.as_ref().is_none_or(String::is_empty));
    let page = twin.by_hand.s3.get_object().bucket(WEB_BUCKET).key("index.html").send().await.unwrap();
    let page = page.body.collect().await.unwrap().to_vec();
    let is_public = web_policy(twin).await.contains("PublicReadGetObject");
    let is_blocked = twin.by_hand.s3.get_public_access_block().bucket(WEB_BUCKET).send().await.is_ok();
    is_former && (page == PAGE.as_bytes() || !is_public || is_blocked)
}

fn page_before_switch(twin: &Twin) -> bool {
    let calls = twin.proxy.calls();
    let at = |service: &str, ending: &str| {
        calls
            .iter()
            .position(|call| call.service == service && call.method == "PUT" && call.path.ends_with(ending))
    };
    matches!((at("s3", "/index.html"), at("cloudfront", "/config")), (Some(page), Some(switch)) if page < switch)
}

#[testbed::test(emulator)]
async fn an_adoption_killed_at_any_write_keeps_the_page_online_first_half() {
    killed_adoption(0).await;
}

#[testbed::test(emulator)]
async fn an_adoption_killed_at_any_write_keeps_the_page_online_second_half() {
    killed_adoption(1).await;
}

/// Kills the return of all resources at every write. Visitors always get the page, and the next run returns the rest.
#[testbed::test(emulator)]
async fn a_return_killed_at_any_write_keeps_the_page_online_and_is_continued() {
    let twin = Twin::new();
    create_former_twin(&twin).await;
    write_names(&twin);
    let former = settings(&twin).await;
    let unadopt = ["unadopt", "dev", "--yes"];
    let take_over = async || {
        let url = twin.deploy(&["--adopt"]).await.exits_with(0).url().to_owned();
        twin.proxy.reset();
        url
    };
    let mut calls = Vec::new();
    // The second time, the distribution has twinctl's origins already, as in all rounds below.
    for _ in 0..2 {
        take_over().await;
        twin.run(&unadopt).await.exits_with(0);
        calls = twin.proxy.calls();
    }
    let moments = [Timing::BeforeEffect, Timing::AfterEffect].into_iter().cycle();
    let points = calls.iter().filter(|call| is_write(call)).map(|call| call.number).zip(moments);
    let mut failed = Vec::new();
    for (point, moment) in points {
        let url = take_over().await;
        twin.kill_at(Selector::Nth(point), moment, &unadopt).await;
        let page = twin.visit(&url, "/");
        let history = twin.visit(&url, "/api/chat/history/old");
        let again = twin.run(&unadopt).await;
        let now = settings(&twin).await;
        let why = [
            (page.status != 200).then(|| format!("the page was offline: {page:?}")),
            (!history.body.contains("on a loom")).then(|| format!("the conversation was lost: {history:?}")),
            (again.code != Some(0)).then(|| format!("ended with {:?}: {}", again.code, again.stderr)),
            (now != former).then(|| format!("{now:#?} is not {former:#?}")),
        ];
        failed.extend(why.into_iter().flatten().map(|why| format!("{point} {moment:?}: {why}")));
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
