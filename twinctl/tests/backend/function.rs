//! The function. Time is real here: the emulator takes half a second for each change.

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
use xtask::emulator;

use crate::{
    place::{Losing, Place, REGION, labels},
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

/// The function runs as a role that has to exist.
pub(crate) async fn make_role(cloud: &Cloud) {
    let create = cloud.iam.create_role().role_name("twin-dev-lambda-role");
    create.assume_role_policy_document("{}").send().await.unwrap();
}

async fn deploy(place: &Place, desired: FunctionDesired) -> bool {
    let report = place.deploy(function(&place.account), desired).await;
    report.is_some_and(|report| report.complete())
}

async fn place() -> Place {
    losing_writes(&Arc::default()).await
}

/// `known` are the writes of the first run.
async fn losing_writes(known: &Arc<Mutex<Vec<String>>>) -> Place {
    let losing = Losing::Writes(Arc::clone(known));
    let place = Place::with(|cloud| Box::pin(draw(cloud)), losing).await;
    make_role(&place.by_hand).await;
    place
}

#[tokio::test]
async fn made_kept_repaired_and_removed() {
    if !emulator::wanted() {
        return;
    }
    let place = place().await;
    let desired = desired(&place.account, zip::answering("1"));
    assert!(deploy(&place, desired.clone()).await);
    let functions = "POST /2015-03-31/functions";
    let concurrency = "PUT /2017-10-31/functions/{}/concurrency";
    assert_eq!(place.operations(), [functions, concurrency]);

    place.forget_calls();
    let report = place.deploy(function(&place.account), desired.clone()).await.unwrap();
    assert!(matches!(report.outcome("thing"), Some(Outcome::Unchanged)), "{report:?}");
    assert!(place.operations().is_empty());

    change_everything(&place).await;
    let changes = place.changes(function(&place.account), desired.clone()).await;
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
    assert!(deploy(&place, desired.clone()).await);
    assert!(place.changes(function(&place.account), desired.clone()).await.is_empty());

    assert!(place.destroy(function(&place.account), desired).await.unwrap().complete());
    let left = place.by_hand.lambda.list_functions().send().await.unwrap().functions.unwrap_or_default();
    assert!(left.is_empty(), "{left:?}");
}

async fn change_everything(place: &Place) {
    let lambda = &place.by_hand.lambda;
    let code = zip::answering("by hand").bytes.clone();
    let update = lambda.update_function_code().function_name(NAME).zip_file(code.into());
    update.send().await.unwrap();
    let variables = Environment::builder().variables("BESIDE", "ours").build();
    let update = lambda.update_function_configuration().function_name(NAME).environment(variables);
    let update = update.memory_size(512).timeout(3).description("mine now");
    let tracing = TracingConfig::builder().mode(TracingMode::Active).build();
    update.tracing_config(tracing).send().await.unwrap();
    lambda.delete_function_concurrency().function_name(NAME).send().await.unwrap();
    let arn = format!("arn:aws:lambda:{REGION}:{}:function:{NAME}", place.account);
    lambda.tag_resource().resource(arn).tags("beside", "ours").tags("cost", "you").send().await.unwrap();
}

#[tokio::test]
async fn tags_and_concurrency_make_no_new_version() {
    if !emulator::wanted() {
        return;
    }
    let place = place().await;
    let desired = desired(&place.account, zip::answering("1"));
    assert!(deploy(&place, desired.clone()).await);
    assert!(deploy(&place, FunctionDesired { reserved_concurrency: None, ..desired }).await);
    assert_eq!(versions(&place.by_hand).await, 1);
}

#[tokio::test]
async fn without_code_it_is_compared_and_the_code_left_alone() {
    if !emulator::wanted() {
        return;
    }
    let place = place().await;
    let desired = desired(&place.account, zip::answering("1"));
    assert!(deploy(&place, desired.clone()).await);
    let desired = FunctionDesired { code: None, ..desired };
    assert!(place.changes(function(&place.account), desired.clone()).await.is_empty());
    assert!(deploy(&place, FunctionDesired { memory_mb: 300, ..desired }).await);
    assert_eq!(versions(&place.by_hand).await, 2);
}

#[tokio::test]
async fn every_lost_write_of_a_creation_leads_to_the_same_end() {
    if !emulator::wanted() {
        return;
    }
    let code = zip::answering("1");
    let known = Arc::default();
    let fresh = async || losing_writes(&known).await;
    every_crash_point(fresh, async |place: &Place| {
        deploy(place, desired(&place.account, Arc::clone(&code))).await
    })
    .await;
}

#[tokio::test]
async fn every_lost_write_of_an_update_leads_to_the_same_end() {
    if !emulator::wanted() {
        return;
    }
    let (old, new) = (zip::answering("1"), zip::answering("2"));
    let known = Arc::default();
    let fresh = async || {
        let place = losing_writes(&known).await;
        assert!(deploy(&place, desired(&place.account, Arc::clone(&old))).await);
        place.forget_calls();
        place
    };
    every_crash_point(fresh, async |place: &Place| {
        let desired = desired(&place.account, Arc::clone(&new));
        deploy(place, FunctionDesired { memory_mb: 300, ..desired }).await
    })
    .await;
}

async fn versions(cloud: &Cloud) -> usize {
    let listed = cloud.lambda.list_versions_by_function().function_name(NAME).send().await.unwrap();
    listed.versions.unwrap().len() - 1
}

async fn draw(cloud: &Cloud) -> String {
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
