//! The function. These tests use the real clock, because the emulator needs some time for each change.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use aws_sdk_lambda::types::{Environment, TracingConfig, TracingMode};
use reconcile::{Outcome, testing::every_crash_point};
use twinctl::{
    artifacts::lambda::LambdaZip,
    targets::aws::{
        Cloud,
        resources::function::{Function, FunctionDesired},
    },
};

use super::{
    sandbox::{Losing, REGION, Sandbox, labels, only},
    zip,
};

const NAME: &str = "twin-dev-api";

fn function(account: &str) -> Function {
    Function::new(NAME.to_owned(), format!("arn:aws:lambda:{REGION}:{account}:function:{NAME}"), labels())
}

fn desired(account: &str, code: Arc<LambdaZip>) -> FunctionDesired {
    FunctionDesired {
        role_arn: format!("arn:aws:iam::{account}:role/twin-dev-lambda-role"),
        code: Some(code),
        memory_mb: 256,
        timeout_s: 29,
        environment: BTreeMap::from([("LOG_LEVEL".to_owned(), "info".to_owned())]),
        log_group: "/aws/lambda/twin-dev-api".to_owned(),
        reserved_concurrency: Some(5),
    }
}

/// Creates the role of the function, which must exist.
pub(crate) async fn create_role(cloud: &Cloud) {
    let create = cloud.iam.create_role().role_name("twin-dev-lambda-role");
    create.assume_role_policy_document("{}").send().await.unwrap();
}

async fn deploy(sandbox: &Sandbox, desired: FunctionDesired) -> bool {
    let report = sandbox.deploy(function(&sandbox.account), desired).await;
    report.is_some_and(|report| report.complete())
}

async fn new_sandbox() -> Sandbox {
    losing_writes(&Arc::default()).await
}

/// `known` receives the writes of the first run.
async fn losing_writes(known: &Arc<Mutex<Vec<String>>>) -> Sandbox {
    let losing = Losing::Writes(Arc::clone(known));
    let sandbox = Sandbox::losing(losing, |cloud| Box::pin(snapshot(cloud)));
    create_role(&sandbox.by_hand).await;
    sandbox
}

#[testbed::test(emulator)]
async fn created_kept_repaired_and_deleted() {
    let sandbox = new_sandbox().await;
    let desired = desired(&sandbox.account, zip::returning("1"));
    assert!(deploy(&sandbox, desired.clone()).await);
    let functions = "POST /2015-03-31/functions";
    let concurrency = "PUT /2017-10-31/functions/{}/concurrency";
    assert_eq!(sandbox.operations(), [functions, concurrency]);

    sandbox.forget_calls();
    let report = sandbox.deploy(function(&sandbox.account), desired.clone()).await.unwrap();
    assert!(matches!(report.outcome("resource"), Some(Outcome::Unchanged)), "{report:?}");
    assert!(sandbox.operations().is_empty());

    change_everything(&sandbox).await;
    let changes = sandbox.changes(only(function(&sandbox.account), desired.clone())).await;
    assert_eq!(
        changes,
        [
            "code",
            "memory_mb",
            "timeout_s",
            "environment.BESIDE",
            "environment.LOG_LEVEL",
            "description",
            "tracing",
            "reserved_concurrency",
            "version",
            "tags.beside",
            "tags.cost",
        ]
    );
    assert!(deploy(&sandbox, desired.clone()).await);
    assert!(sandbox.changes(only(function(&sandbox.account), desired.clone())).await.is_empty());

    assert!(sandbox.destroy(function(&sandbox.account), desired).await.unwrap().complete());
    let left = sandbox.by_hand.lambda.list_functions().send().await.unwrap().functions.unwrap_or_default();
    assert!(left.is_empty(), "{left:?}");
}

async fn change_everything(sandbox: &Sandbox) {
    let lambda = &sandbox.by_hand.lambda;
    let code = zip::returning("by hand").bytes.clone();
    let update = lambda.update_function_code().function_name(NAME).zip_file(code.into());
    update.send().await.unwrap();
    let variables = Environment::builder().variables("BESIDE", "ours").build();
    let update = lambda.update_function_configuration().function_name(NAME).environment(variables);
    let update = update.memory_size(512).timeout(3).description("mine now");
    let tracing = TracingConfig::builder().mode(TracingMode::Active).build();
    update.tracing_config(tracing).send().await.unwrap();
    lambda.delete_function_concurrency().function_name(NAME).send().await.unwrap();
    let arn = format!("arn:aws:lambda:{REGION}:{}:function:{NAME}", sandbox.account);
    lambda.tag_resource().resource(arn).tags("beside", "ours").tags("cost", "you").send().await.unwrap();
}

#[testbed::test(emulator)]
async fn tags_and_concurrency_publish_no_new_version() {
    let sandbox = new_sandbox().await;
    let desired = desired(&sandbox.account, zip::returning("1"));
    assert!(deploy(&sandbox, desired.clone()).await);
    assert!(deploy(&sandbox, FunctionDesired { reserved_concurrency: None, ..desired }).await);
    assert_eq!(versions(&sandbox.by_hand).await, 1);
}

#[testbed::test(emulator)]
async fn without_code_only_settings_are_compared_and_updated() {
    let sandbox = new_sandbox().await;
    let desired = desired(&sandbox.account, zip::returning("1"));
    assert!(deploy(&sandbox, desired.clone()).await);
    let desired = FunctionDesired { code: None, ..desired };
    assert!(sandbox.changes(only(function(&sandbox.account), desired.clone())).await.is_empty());
    assert!(deploy(&sandbox, FunctionDesired { memory_mb: 300, ..desired }).await);
    assert_eq!(versions(&sandbox.by_hand).await, 2);
}

#[testbed::test(emulator)]
async fn creation_survives_every_lost_write() {
    let code = zip::returning("1");
    let known = Arc::default();
    let fresh = async || losing_writes(&known).await;
    every_crash_point(fresh, async |sandbox: &Sandbox| {
        deploy(sandbox, desired(&sandbox.account, Arc::clone(&code))).await
    })
    .await;
}

#[testbed::test(emulator)]
async fn an_update_survives_every_lost_write() {
    let (old, new) = (zip::returning("1"), zip::returning("2"));
    let known = Arc::default();
    let fresh = async || {
        let sandbox = losing_writes(&known).await;
        assert!(deploy(&sandbox, desired(&sandbox.account, Arc::clone(&old))).await);
        sandbox.forget_calls();
        sandbox
    };
    every_crash_point(fresh, async |sandbox: &Sandbox| {
        let desired = desired(&sandbox.account, Arc::clone(&new));
        deploy(sandbox, FunctionDesired { memory_mb: 300, ..desired }).await
    })
    .await;
}

async fn versions(cloud: &Cloud) -> usize {
    let listed = cloud.lambda.list_versions_by_function().function_name(NAME).send().await.unwrap();
    listed.versions.unwrap().len() - 1
}

async fn snapshot(cloud: Arc<Cloud>) -> String {
    let function = cloud.lambda.get_function().function_name(NAME).send().await.unwrap();
    let latest = function.configuration.unwrap();
    let concurrency = function.concurrency.and_then(|set| set.reserved_concurrent_executions);
    let published = cloud.lambda.list_versions_by_function().function_name(NAME).send().await.unwrap();
    let newest = published.versions.unwrap().pop().unwrap();
    assert_ne!(newest.version(), Some("$LATEST"));
    format!(
        "{:?} {:?} {concurrency:?}, newest version {:?} {:?}",
        latest.code_sha256, latest.memory_size, newest.code_sha256, newest.memory_size
    )
}
