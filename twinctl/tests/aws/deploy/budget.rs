//! The budget of a twin on AWS: its table, the amounts in it, and the answers when it is used up.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use serde_json::{Value, json};
use testbed::{
    model_server::{FIRST, ModelServer},
    proxy::Selector,
    twin_lambda::{first_zip, second_zip},
    wait,
};

use super::{
    api_key::piped,
    by_hand::{FUNCTION, ROLE},
    releases::releases,
    twin::{ENVIRONMENT, Twin, deploy_args, finish},
};

const FILE: &str = "environments/dev.yaml";
const TABLE: &str = "ada-dev-usage";
/// A budget for any model but the built-in one, which costs nothing.
pub(super) const BUDGET: &str =
    "budget: { monthly_usd: 5, email: ada@example.com, price: { input: 1, output: 2 } }\n";
const VISITORS: usize = 50;
/// The rest of the budget of today at the start of the attack, in billionths of a dollar.
const LEFT: u64 = 60_000_000;
/// The price of the 1,234 and 7 tokens that the stand-in of a model server reports.
const TURN: u64 = 1_234 * 1_000 + 7 * 2_000;

/// Creates a twin with data files, a model server and its key. Returns its environment file without a budget.
async fn twin() -> (Twin, ModelServer, String) {
    let twin = Twin::new();
    // `secret set` rejects 127.0.0.1, which a function in AWS cannot reach.
    let server = ModelServer::start("127.0.0.2");
    let model = format!("{{ source: openai, id: tiny, base_url: \"http://{}/v1\" }}", server.address);
    let file = ENVIRONMENT.replace("{ source: builtin }", &model);
    twin.write(FILE, &file);
    twin.write("data/facts.json", r#"{ "full_name": "Ada Example", "email": "ada@example.com" }"#);
    piped(&twin, &["secret", "set", "dev", "openai"], FIRST).await.exits_with(0);
    (twin, server, file)
}

/// Returns the environment file of a twin with a model that costs something and is not asked.
pub(super) fn with_bedrock() -> String {
    let model = "{ source: bedrock, id: anthropic.claude-3-haiku-20240307-v1:0 }";
    format!("{}release: {{ ask: false }}\n", ENVIRONMENT.replace("{ source: builtin }", model))
}

/// Returns the same of a twin whose requests end soon. A deploy that removes its budget waits until they have ended.
pub(super) fn with_short_requests() -> String {
    format!("{}lambda: {{ timeout_s: 3 }}\n", with_bedrock())
}

fn budget(monthly_usd: &str) -> String {
    format!("budget: {{ monthly_usd: {monthly_usd}, price: {{ input: 1, output: 2 }} }}\n")
}

async fn items(twin: &Twin) -> Vec<(String, u64)> {
    let items = twin.by_hand.dynamodb.scan().table_name(TABLE).send().await.unwrap();
    let item = |item: &std::collections::HashMap<String, AttributeValue>| {
        (item["month"].as_s().unwrap().clone(), item["spent"].as_n().unwrap().parse().unwrap())
    };
    items.items().iter().map(item).collect()
}

async fn spent(twin: &Twin) -> u64 {
    items(twin).await.iter().map(|(_, spent)| spent).sum()
}

async fn tables(twin: &Twin) -> Vec<String> {
    twin.by_hand.dynamodb.list_tables().send().await.unwrap().table_names().to_vec()
}

fn ask(twin: &Twin, url: &str, message: &str) -> Value {
    let answered = twin.ask(url, "POST /api/chat", &json!({ "message": message }).to_string());
    assert_eq!(answered.status, 200, "{answered:?}");
    serde_json::from_str(&answered.body).unwrap()
}

/// Returns the policy with which the function counts, if the role has it.
async fn usage_policy(twin: &Twin) -> Option<String> {
    let policy = twin.by_hand.iam.get_role_policy().role_name(ROLE).policy_name("twinctl-usage");
    policy.send().await.ok().map(|found| found.policy_document)
}

/// Returns whether the version that visitors reach counts what its model costs.
async fn live_counts(twin: &Twin) -> bool {
    let found = twin.by_hand.lambda.get_function().function_name(FUNCTION).qualifier("live").send();
    let live = found.await.unwrap().configuration.unwrap();
    live.environment.unwrap().variables.unwrap().contains_key("USAGE_TABLE")
}

async fn set_spent(twin: &Twin, amount: u64) {
    let month = items(twin).await[0].0.clone();
    let put = twin.by_hand.dynamodb.put_item().table_name(TABLE).item("month", AttributeValue::S(month));
    put.item("spent", AttributeValue::N(amount.to_string())).send().await.unwrap();
}

/// Returns the sorted operations of an unchanged deploy.
async fn unchanged(twin: &Twin) -> Vec<String> {
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    let mut operations: Vec<_> = twin.proxy.calls().into_iter().map(|call| call.operation).collect();
    operations.sort();
    operations
}

#[testbed::test(emulator)]
async fn a_twin_stops_asking_its_model_when_the_budget_is_used_up() {
    let (twin, server, file) = twin().await;
    twin.write(FILE, format!("{file}{}", budget("31")));
    let deployed = twin.deploy(&[]).await.exits_with(0);
    deployed.reports("usage table");
    deployed.reports("the budget of $31.00 a month pays for about");
    let url = deployed.url().to_owned();
    assert_eq!(ask(&twin, &url, "Who are you?")["response"], "I know the key.");
    assert_eq!(spent(&twin).await, 2 * TURN, "the question of the deploy and that of the visitor");
    twin.run(&["status", "dev"])
        .await
        .exits_with(0)
        .reports("the model has cost $0.0025 of $31.00 this month");
    set_spent(&twin, 31_000_000_000).await;
    server.take_received();
    let answer = ask(&twin, &url, "Was machst du beruflich?")["response"].as_str().unwrap().to_owned();
    assert!(answer.contains("Komm bitte später wieder.") && answer.contains("ada@example.com"), "{answer}");
    twin.run(&["status", "dev"]).await.exits_with(0).reports("the budget is used up");
    twin.deploy_zip(second_zip()).await.exits_with(0).reports("the budget of the day is used up");
    assert!(server.take_received().is_empty(), "neither the visitor's question nor that of the deploy");
    twin.destroy(&[]).await.exits_with(0);
    assert_eq!(tables(&twin).await, ["twinctl-locks"]);
}

#[testbed::test(emulator)]
async fn a_budget_that_is_removed_leaves_no_table_no_permission_and_no_call() {
    let (twin, _server, file) = twin().await;
    twin.write(FILE, &file);
    twin.deploy(&[]).await.exits_with(0);
    let before = unchanged(&twin).await;
    twin.write(FILE, format!("{file}{}", budget("31")));
    let url = twin.deploy(&[]).await.exits_with(0).url().to_owned();
    let policy = usage_policy(&twin).await.unwrap();
    assert!(policy.contains("dynamodb%3AUpdateItem") || policy.contains("dynamodb:UpdateItem"), "{policy}");
    let mut with = unchanged(&twin).await;
    for operation in &before {
        with.remove(with.iter().position(|other| other == operation).unwrap());
    }
    assert_eq!(with, ["DescribeTable", "GetRolePolicy", "ListTagsOfResource"]);

    twin.write(FILE, &file);
    twin.deploy(&[]).await.exits_with(0).reports("usage table");
    assert_eq!(ask(&twin, &url, "Who are you?")["response"], "I know the key.");
    assert_eq!(tables(&twin).await, ["twinctl-locks"]);
    assert_eq!(usage_policy(&twin).await, None);
    assert_eq!(unchanged(&twin).await, before, "the record forgets the table");
}

#[testbed::test(emulator)]
async fn live_moves_to_a_version_that_counts_only_when_table_and_permission_are_there() {
    let (twin, _server, file) = twin().await;
    for (operation, status, code) in
        [("CreateTable", 400, "LimitExceededException"), ("PutRolePolicy", 409, "LimitExceeded")]
    {
        twin.proxy.reset();
        twin.write(FILE, &file);
        let url = twin.deploy(&[]).await.exits_with(0).url().to_owned();
        twin.write(FILE, format!("{file}{}", budget("31")));
        twin.proxy.refuse(Selector::first(1000, operation), status, code);
        assert_ne!(twin.deploy(&[]).await.code, Some(0), "{operation}");
        assert!(!live_counts(&twin).await, "{operation}");
        assert_eq!(ask(&twin, &url, "Who are you?")["response"], "I know the key.");
    }
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0);
    assert!(live_counts(&twin).await && usage_policy(&twin).await.is_some());
}

#[testbed::test(emulator)]
async fn table_and_permission_stay_as_long_as_live_counts() {
    let (twin, _server, file) = twin().await;
    twin.write(FILE, format!("{file}{}", budget("31")));
    let url = twin.deploy(&[]).await.exits_with(0).url().to_owned();
    twin.write(FILE, &file);
    for operation in ["PUT /2015-03-31/functions/{}/configuration", "PUT /2015-03-31/functions/{}/aliases/{}"]
    {
        twin.proxy.reset();
        twin.proxy.refuse(Selector::first(1000, operation), 400, "InvalidParameterValueException");
        assert_ne!(twin.deploy(&[]).await.code, Some(0), "{operation}");
        assert!(live_counts(&twin).await, "{operation}");
        assert!(usage_policy(&twin).await.is_some(), "{operation}");
        let before = spent(&twin).await;
        assert_eq!(ask(&twin, &url, "Who are you?")["response"], "I know the key.");
        assert_eq!(spent(&twin).await, before + TURN, "{operation}");
    }
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0);
    assert_eq!((tables(&twin).await, usage_policy(&twin).await), (vec!["twinctl-locks".to_owned()], None));
}

/// The health check runs after the table is deleted. The old version would not ask its model without it.
#[testbed::test(emulator)]
async fn live_is_not_moved_back_to_a_version_whose_table_is_gone_and_a_rollback_creates_it_again() {
    let (twin, _server, file) = twin().await;
    twin.write(FILE, format!("{file}{}", budget("31")));
    let url = twin.deploy(&[]).await.exits_with(0).url().to_owned();
    twin.write(FILE, &file);
    twin.proxy.reset();
    twin.proxy.refuse(Selector::first(1000, "GET /api/health"), 503, "Unavailable");
    let unhealthy = twin.deploy(&[]).await.exits_with(8);
    unhealthy.reports("which was deleted with `budget`");
    twin.proxy.reset();
    assert!(!live_counts(&twin).await);
    assert_eq!(ask(&twin, &url, "Who are you?")["response"], "I know the key.");

    let id = releases(&twin).await[0]["id"].as_str().unwrap().to_owned();
    twin.run(&["rollback", "dev", &id, "--yes"]).await.exits_with(0);
    assert!(live_counts(&twin).await);
    assert_eq!(ask(&twin, &url, "Who are you?")["response"], "I know the key.");
    assert_eq!(spent(&twin).await, TURN);
    twin.deploy(&[]).await.exits_with(0);
    assert_eq!((tables(&twin).await, usage_policy(&twin).await), (vec!["twinctl-locks".to_owned()], None));
}

#[testbed::test(emulator)]
async fn a_table_that_twinctl_does_not_manage_is_not_touched_without_adopt() {
    let (twin, _server, file) = twin().await;
    let name = AttributeDefinition::builder().attribute_name("month").attribute_type(ScalarAttributeType::S);
    let key = KeySchemaElement::builder().attribute_name("month").key_type(KeyType::Hash);
    let create =
        twin.by_hand.dynamodb.create_table().table_name(TABLE).billing_mode(BillingMode::PayPerRequest);
    let create = create.attribute_definitions(name.build().unwrap()).key_schema(key.build().unwrap());
    create.send().await.unwrap();
    twin.write(FILE, format!("{file}{}", budget("31")));
    let refused = twin.deploy(&[]).await.exits_with(6);
    refused.reports("the table `ada-dev-usage` exists but is not managed by twinctl");
    assert!(twin.by_hand.lambda.list_functions().send().await.unwrap().functions().is_empty());
    twin.deploy(&["--adopt"]).await.exits_with(0);
    assert_eq!(spent(&twin).await, TURN);
}

/// Fifty visitors ask at once, before, while and after the second version goes live.
#[testbed::test(emulator)]
async fn the_model_bill_of_an_attacked_twin_stays_within_the_budget_of_two_versions() {
    let (twin, server, file) = twin().await;
    let file = format!("{file}api: {{ throttle: {{ burst: 1000, rate: 1000 }} }}\n");
    // A share of a day is at least 32 cents, and a turn costs an eighth of a cent.
    twin.write(FILE, format!("{file}{}", budget("10")));
    let url = twin.deploy(&[]).await.exits_with(0).url().to_owned();
    // All but the highest price of some turns is spent.
    let before = allowed_until_today(&twin).await - LEFT;
    set_spent(&twin, before).await;
    server.take_received();
    let done = AtomicBool::new(false);
    let attack = || {
        loop {
            let answer = ask(&twin, &url, "Hi there")["response"].take();
            if answer.as_str().unwrap().contains("reached my limit") && done.load(Ordering::Relaxed) {
                break;
            }
        }
    };
    let mut deploy = twin.spawn(&deploy_args(second_zip()));
    thread::scope(|scope| {
        (0..VISITORS).for_each(|_| drop(scope.spawn(attack)));
        wait::until("the deploy ends", || deploy.try_wait().unwrap().is_some());
        done.store(true, Ordering::Relaxed);
    });
    finish(deploy).await.exits_with(0);
    let asked = server.take_received().len() as u64;
    let (counted, actual) = (spent(&twin).await - before, asked * TURN);
    assert!(asked > 0 && before + actual <= allowed_until_today(&twin).await, "{asked} turns cost {actual}");
    assert!(counted.abs_diff(actual) * 20 <= actual, "counted {counted}, actual {actual}");
}

/// Returns what may be spent until the end of the day, in billionths of a dollar.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few dollars")]
async fn allowed_until_today(twin: &Twin) -> u64 {
    let status = twin.run(&["status", "dev", "--json"]).await;
    let mut objects = status.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let status = objects.find(|object| object["kind"] == "status").unwrap();
    (status["budget"]["allowed_until_today_usd"].as_f64().unwrap() * 1e9) as u64
}

#[testbed::test(emulator)]
async fn a_rollback_restores_a_budget_unless_its_table_was_removed() {
    let (twin, _server, file) = twin().await;
    twin.deploy(&[]).await.exits_with(0);
    twin.write(FILE, format!("{file}{}", budget("31")));
    let url = twin.deploy_zip(second_zip()).await.exits_with(0).url().to_owned();
    let with_budget = releases(&twin).await[0]["id"].as_str().unwrap().to_owned();
    let without = twin.run(&["rollback", "dev", "--yes"]).await.exits_with(0);
    without.reports("the restored version has no budget");
    assert!(!live_counts(&twin).await);
    twin.run(&["rollback", "dev", &with_budget, "--yes"]).await.exits_with(0);
    let before = spent(&twin).await;
    assert_eq!(ask(&twin, &url, "Who are you?")["response"], "I know the key.");
    assert_eq!(spent(&twin).await, before + TURN);
    twin.write(FILE, &file);
    twin.deploy_zip(first_zip()).await.exits_with(0);
    let refused = twin.run(&["rollback", "dev", &with_budget, "--yes"]).await.exits_with(6);
    refused.reports("counts its spending in a table that was deleted");
}
