//! The alias `live`.

use std::sync::Arc;

use std::collections::HashMap;

use aws_sdk_lambda::types::{AliasRoutingConfiguration, FunctionCode, Runtime};
use reconcile::{Outcome, Problem, testing::every_crash_point};
use twinctl::targets::aws::{
    Cloud,
    resources::live::{Live, LiveDesired, StreamPermission, Unhealthy, move_alias},
};

use super::{
    function::create_role,
    sandbox::{REGION, Sandbox, only},
    zip,
};

const NAME: &str = "twin-dev-api";
const HEALTHY: &str = r#"{"status":"healthy"}"#;

fn live(account: &str) -> Live {
    Live::new(NAME.to_owned(), format!("arn:aws:lambda:{REGION}:{account}:function:{NAME}:live"))
}

fn version(account: &str, number: u32) -> LiveDesired {
    LiveDesired {
        version: number.to_string(),
        api_execution_arn: format!("arn:aws:execute-api:{REGION}:{account}:api1/*/*"),
        stream: StreamPermission::None,
        ask: true,
        is_checked: false,
    }
}

async fn deploy(sandbox: &Sandbox, number: u32) -> bool {
    let report = sandbox.deploy(live(&sandbox.account), version(&sandbox.account, number)).await;
    report.is_some_and(|report| report.complete())
}

/// Deploys after a release, which the first version is a part of.
async fn redeploy(sandbox: &Sandbox, number: u32) -> bool {
    let live = live(&sandbox.account).found_before(true);
    let report = sandbox.deploy(live, version(&sandbox.account, number)).await;
    report.is_some_and(|report| report.complete())
}

/// Creates a function with a version for each response.
async fn sandbox(responses: &[&str]) -> Sandbox {
    let sandbox = Sandbox::new(|cloud| Box::pin(snapshot(cloud)));
    create_role(&sandbox.by_hand).await;
    let lambda = &sandbox.by_hand.lambda;
    let code = FunctionCode::builder().zip_file(zip::returning(responses[0]).bytes.clone().into()).build();
    let create = lambda.create_function().function_name(NAME).code(code).publish(true);
    let create = create.runtime(Runtime::Providedal2023).handler("bootstrap");
    let role = format!("arn:aws:iam::{}:role/twin-dev-lambda-role", sandbox.account);
    create.role(role).send().await.unwrap();
    for response in &responses[1..] {
        let code = zip::returning(response).bytes.clone();
        let update = lambda.update_function_code().function_name(NAME).zip_file(code.into());
        update.publish(true).send().await.unwrap();
    }
    sandbox
}

#[testbed::test(emulator, paused_clock)]
async fn created_moved_repaired_and_deleted() {
    let sandbox = sandbox(&[HEALTHY, r#"{"status":"healthy","version":2}"#]).await;
    let aliases = "/2015-03-31/functions/{}/aliases";
    let policy = "/2015-03-31/functions/{}/policy";
    assert!(deploy(&sandbox, 1).await);
    assert_eq!(sandbox.operations(), [format!("POST {aliases}"), format!("POST {policy}")]);

    sandbox.forget_calls();
    assert!(redeploy(&sandbox, 1).await);
    assert!(sandbox.operations().is_empty());

    assert!(redeploy(&sandbox, 2).await);
    assert_eq!(current(&sandbox.by_hand).await.as_deref(), Some("2"));
    move_alias(&sandbox.by_hand, NAME, "1").await.unwrap();
    assert_eq!(
        sandbox.changes(only(live(&sandbox.account).found_before(true), version(&sandbox.account, 2))).await,
        ["version"]
    );
    assert!(redeploy(&sandbox, 2).await);

    change_everything(&sandbox.by_hand).await;
    let changes =
        sandbox.changes(only(live(&sandbox.account).found_before(true), version(&sandbox.account, 2))).await;
    assert_eq!(changes, ["routing_weight.1", "permission.beside", "permission.twinctl-api"]);
    assert!(redeploy(&sandbox, 2).await);
    assert!(
        sandbox
            .changes(only(live(&sandbox.account).found_before(true), version(&sandbox.account, 2)))
            .await
            .is_empty()
    );

    let report = sandbox.destroy(live(&sandbox.account), version(&sandbox.account, 2)).await.unwrap();
    assert!(report.complete());
    assert_eq!(current(&sandbox.by_hand).await, None);
}

async fn change_everything(cloud: &Cloud) {
    let lambda = &cloud.lambda;
    let weights = AliasRoutingConfiguration::builder();
    let weights = weights.set_additional_version_weights(Some(HashMap::from([("1".to_owned(), 0.25)])));
    let update = lambda.update_alias().function_name(NAME).name("live").routing_config(weights.build());
    update.send().await.unwrap();
    let remove = lambda.remove_permission().function_name(NAME).qualifier("live");
    remove.statement_id("twinctl-api").send().await.unwrap();
    for id in ["twinctl-api", "beside"] {
        let add = lambda.add_permission().function_name(NAME).qualifier("live").statement_id(id);
        add.action("lambda:InvokeFunction").principal("*").send().await.unwrap();
    }
}

#[testbed::test(emulator, paused_clock)]
async fn a_version_is_checked_again_if_the_run_that_created_the_alias_was_interrupted() {
    let sandbox = sandbox(&[r#"{"status": "ill"}"#]).await;
    let create = sandbox.by_hand.lambda.create_alias().function_name(NAME).name("live");
    create.function_version("1").send().await.unwrap();
    assert!(!deploy(&sandbox, 1).await);
    assert_eq!(current(&sandbox.by_hand).await, None);
}

#[testbed::test(emulator, paused_clock)]
async fn the_alias_is_not_moved_to_an_unhealthy_version() {
    let sandbox = sandbox(&[HEALTHY, r#"{"status": "ill"}"#]).await;
    assert!(deploy(&sandbox, 1).await);
    let report = sandbox.deploy(live(&sandbox.account), version(&sandbox.account, 2)).await.unwrap();
    let Some(Outcome::Failed(failure)) = report.outcome("resource") else { panic!("{report:?}") };
    let Problem::Fault(fault) = &failure.problem else { panic!("{failure:?}") };
    let unhealthy: &Unhealthy = fault.cause().unwrap();
    assert_eq!((unhealthy.version.as_str(), unhealthy.answer.as_str()), ("2", r#"{"status": "ill"}"#));
    assert_eq!(current(&sandbox.by_hand).await.as_deref(), Some("1"));
}

#[testbed::test(emulator, paused_clock)]
async fn creation_survives_every_lost_call() {
    every_crash_point(async || sandbox(&[HEALTHY]).await, async |sandbox: &Sandbox| deploy(sandbox, 1).await)
        .await;
}

/// The version that visitors reach.
async fn current(cloud: &Cloud) -> Option<String> {
    let alias = cloud.lambda.get_alias().function_name(NAME).name("live").send().await;
    alias.ok().and_then(|alias| alias.function_version)
}

async fn snapshot(cloud: Arc<Cloud>) -> String {
    let version = current(&cloud).await;
    let policy = cloud.lambda.get_policy().function_name(NAME).qualifier("live").send().await.unwrap();
    let statements = policy.policy.unwrap();
    format!("{version:?} {}", statements.matches("Sid").count())
}
