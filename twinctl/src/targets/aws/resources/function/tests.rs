//! A function with Lambda responses that the emulator does not give.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use reconcile::{Outcome, Resource};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::*;
use crate::{
    artifacts::{Architecture, lambda::LambdaZip},
    targets::aws::{
        Labels,
        resources::testing::{count, deploy, destroy},
        script::{Reply, Script, json_error, ok},
    },
};

const FUNCTION: &str = "GET /2015-03-31/functions/f";
const VERSIONS: &str = "GET /2015-03-31/functions/f/versions";
const CREATE: &str = "POST /2015-03-31/functions";
const PUBLISH: &str = "POST /2015-03-31/functions/f/versions";
const CONFIGURE: &str = "PUT /2015-03-31/functions/f/configuration";
const UPLOAD: &str = "PUT /2015-03-31/functions/f/code";
const DELETE: &str = "DELETE /2015-03-31/functions/f";

fn labels() -> Labels {
    Labels::new("twin", "dev", &BTreeMap::new())
}

fn function() -> Function {
    let arn = "arn:aws:lambda:eu-central-1:123456789012:function:f".to_owned();
    Function::new("f".to_owned(), arn, labels())
}

fn desired() -> FunctionDesired {
    let code = LambdaZip {
        bytes: b"zip".to_vec(),
        sha256_base64: "new".to_owned(),
        architecture: Architecture::Arm64,
        glibc: None,
    };
    FunctionDesired {
        role_arn: "role".to_owned(),
        code: Some(Arc::new(code)),
        memory_mb: 256,
        timeout_s: 29,
        environment: BTreeMap::from([
            ("LOG_LEVEL".to_owned(), "info".to_owned()),
            ("ORIGIN_SECRET_HASHES".to_owned(), "abc".to_owned()),
        ]),
        log_group: "/twin".to_owned(),
        reserved_concurrency: None,
    }
}

/// The desired function as AWS describes it, except for code and memory.
fn configuration(version: &str, code: &str, memory: u16) -> Value {
    json!({
        "FunctionName": "f",
        "Version": version,
        "CodeSha256": code,
        "MemorySize": memory,
        "Architectures": ["arm64"],
        "Runtime": "provided.al2023",
        "Handler": "bootstrap",
        "Role": "role",
        "Timeout": 29,
        "Description": "",
        "Environment": { "Variables": { "LOG_LEVEL": "info", "ORIGIN_SECRET_HASHES": "abc" } },
        "LoggingConfig": { "LogFormat": "Text", "LogGroup": "/twin" },
        "TracingConfig": { "Mode": "PassThrough" },
        "EphemeralStorage": { "Size": 512 },
        "VpcConfig": { "SubnetIds": [], "SecurityGroupIds": [], "VpcId": "" },
        "State": "Active",
        "LastUpdateStatus": "Successful",
    })
}

fn with(mut configuration: Value, fields: Value) -> Value {
    let Value::Object(fields) = fields else { panic!() };
    configuration.as_object_mut().unwrap().extend(fields);
    configuration
}

fn found(configuration: &Value) -> Reply {
    let tags: BTreeMap<String, String> = labels().to_map();
    ok(&json!({ "Configuration": configuration, "Tags": tags }).to_string())
}

fn listed(versions: &[Value]) -> Reply {
    ok(&json!({ "Versions": versions }).to_string())
}

fn missing() -> Reply {
    json_error(404, "ResourceNotFoundException", "no such function")
}

fn conflict() -> Reply {
    json_error(409, "ResourceConflictException", "An update is in progress for resource")
}

fn pending() -> Value {
    json!({ "State": "Pending", "LastUpdateStatus": "InProgress" })
}

fn in_progress() -> Value {
    json!({ "LastUpdateStatus": "InProgress" })
}

fn complete() -> Value {
    configuration("$LATEST", "new", 256)
}

/// Creates the function after these responses, and returns the number of attempts. Then it is pending for two reads.
async fn created_after(refusals: Vec<Reply>) -> usize {
    let looks = refusals.len() + 1;
    let busy = found(&with(complete(), pending()));
    let function_looks: Vec<_> =
        std::iter::repeat_n(missing(), looks).chain([busy.clone(), busy, found(&complete())]).collect();
    let made = ok(&with(configuration("1", "new", 256), pending()).to_string());
    let script = Script::new()
        .on(VERSIONS, [listed(&[configuration("1", "new", 256)])])
        .on(FUNCTION, function_looks)
        .on(CREATE, refusals.into_iter().chain([made]));
    let report = deploy(&script, function(), desired()).await;
    assert!(report.complete(), "{report:?}");
    count(&script, CREATE)
}

#[tokio::test(start_paused = true)]
async fn a_creation_is_retried_until_the_role_has_propagated() {
    let refused = |message: &str| json_error(400, "InvalidParameterValueException", message);
    let refusals = vec![
        refused("The role defined for the function cannot be assumed by Lambda."),
        refused("The provided execution role does not have permissions to call CreateNetworkInterface"),
        refused("KMS key is invalid for CreateGrant"),
    ];
    assert_eq!(created_after(refusals).await, 4);
}

#[tokio::test(start_paused = true)]
async fn a_creation_is_retried_after_conflicts_and_throttling() {
    let slow = json_error(400, "TooManyRequestsException", "Rate exceeded");
    assert_eq!(created_after(vec![conflict(), slow]).await, 3);
}

#[tokio::test(start_paused = true)]
async fn a_function_is_not_created_again_when_the_response_was_lost() {
    let script = Script::new()
        .on(VERSIONS, [listed(&[configuration("1", "new", 256)])])
        .on(FUNCTION, [missing(), found(&complete())])
        .on(CREATE, [Reply::Lost]);
    let report = deploy(&script, function(), desired()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, CREATE), 1);
}

#[tokio::test(start_paused = true)]
async fn a_final_refusal_is_not_retried() {
    let refused = json_error(400, "InvalidParameterValueException", "Unzipped size must be smaller");
    let script = Script::new().on(FUNCTION, [missing()]).on(CREATE, [refused]);
    let report = deploy(&script, function(), desired()).await;
    assert!(matches!(report.outcome("resource"), Some(Outcome::Failed(_))));
    assert_eq!(count(&script, CREATE), 1);
}

/// Scripts an older function whose updates of configuration and code are both processed asynchronously.
fn updating() -> Script {
    let old = configuration("1", "old", 128);
    let between = configuration("$LATEST", "old", 256);
    let versions = [old.clone(), configuration("2", "new", 256)];
    Script::new()
        .on(
            VERSIONS,
            [listed(&versions[..1]), listed(&versions[..1]), listed(&versions[..1]), listed(&versions)],
        )
        .on(
            FUNCTION,
            [
                found(&with(old, json!({ "Version": "$LATEST" }))),
                found(&with(between.clone(), in_progress())),
                found(&between),
                found(&with(complete(), in_progress())),
                found(&complete()),
            ],
        )
        .on(UPLOAD, [ok(&with(configuration("2", "new", 256), in_progress()).to_string())])
        .on(CONFIGURE, [ok(&with(between, in_progress()).to_string())])
}

#[tokio::test(start_paused = true)]
async fn configuration_and_code_are_updated_one_after_the_other_with_short_waits() {
    let script = updating();
    let start = Instant::now();
    let report = deploy(&script, function(), desired()).await;
    assert!(report.complete(), "{report:?}");
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    let functions: Vec<_> = script.log().into_iter().filter(|line| !line.starts_with(VERSIONS)).collect();
    assert_eq!(functions, [FUNCTION, CONFIGURE, FUNCTION, FUNCTION, UPLOAD, FUNCTION, FUNCTION, FUNCTION]);
}

#[tokio::test(start_paused = true)]
async fn an_update_by_another_process_is_waited_for() {
    let script = Script::new().on(CONFIGURE, [conflict()]);
    let function = found(&with(configuration("$LATEST", "new", 128), in_progress()));
    let script = script
        .on(VERSIONS, [listed(&[configuration("1", "new", 256)])])
        .on(FUNCTION, [function, found(&configuration("$LATEST", "new", 128)), found(&complete())]);
    let report = deploy(&script, self::function(), desired()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, CONFIGURE), 1);
}

#[tokio::test(start_paused = true)]
async fn an_update_without_a_version_is_published_by_the_next_run() {
    let script = Script::new()
        .on(PUBLISH, [ok(&configuration("2", "new", 256).to_string())])
        .on(
            VERSIONS,
            [
                listed(&[configuration("1", "old", 256)]),
                listed(&[configuration("1", "old", 256), configuration("2", "new", 256)]),
            ],
        )
        .on(FUNCTION, [found(&complete())]);
    let report = deploy(&script, function(), desired()).await;
    assert!(matches!(report.outcome("resource"), Some(Outcome::Updated)), "{report:?}");
    assert_eq!(count(&script, "P"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failed_creation_is_reported_with_its_reason() {
    let failed = with(complete(), json!({ "State": "Failed", "StateReason": "no such key" }));
    let script = Script::new().on(VERSIONS, [listed(&[])]).on(FUNCTION, [found(&failed)]);
    let report = deploy(&script, function(), desired()).await;
    assert!(format!("{report:?}").contains("no such key"), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn a_failed_update_is_pushed_again() {
    let failed = json!({ "LastUpdateStatus": "Failed", "LastUpdateStatusReason": "out of luck" });
    let script = Script::new()
        .on(VERSIONS, [listed(&[configuration("1", "new", 256)])])
        .on(FUNCTION, [found(&with(complete(), failed)), found(&complete())])
        .on(CONFIGURE, [ok(&with(complete(), in_progress()).to_string())]);
    let report = deploy(&script, function(), desired()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, CONFIGURE), 1);
}

#[tokio::test(start_paused = true)]
async fn the_deletion_of_a_pending_function_is_retried() {
    let script = Script::new()
        .on(VERSIONS, [listed(&[])])
        .on(FUNCTION, [found(&complete()), found(&complete()), found(&complete()), missing()])
        .on(
            DELETE,
            [conflict(), conflict(), Reply::Response { status: 204, body: String::new(), headers: vec![] }],
        );
    let report = destroy(&script, function(), desired()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, DELETE), 3);
}

#[tokio::test]
async fn forbidden_tags_are_not_missing_tags() {
    let answer = json!({ "Configuration": complete(), "TagsError": { "ErrorCode": "AccessDeniedException", "Message": "no" } });
    let script = Script::new().on(VERSIONS, [listed(&[])]).on(FUNCTION, [ok(&answer.to_string())]);
    let fault = function().observe(&script.cloud(), &mut ()).await.unwrap_err();
    assert_eq!(fault.class, Class::Denied);
}

#[test]
fn a_plan_shows_all_settings_of_a_new_function_except_secret_values() {
    let changes = function().diff(&desired(), None).into_iter();
    let lines: Vec<_> = changes.map(|change| format!("{}={}", change.field, change.new.unwrap())).collect();
    assert_eq!(
        lines,
        [
            "code=new (arm64)",
            "runtime=provided.al2023",
            "handler=bootstrap",
            "role=role",
            "memory_mb=256",
            "timeout_s=29",
            "log_group=/twin",
            "log_format=Text",
            "environment.LOG_LEVEL=info",
            "environment.ORIGIN_SECRET_HASHES=(secret)",
            "version=published",
            "tags.twinctl:environment=dev",
            "tags.twinctl:project=twin",
        ]
    );
}

#[tokio::test]
async fn the_version_is_predicted_if_no_new_one_is_published() {
    let cases = [
        (complete(), "new", Some("3")),
        (configuration("$LATEST", "old", 256), "new", None),
        (configuration("$LATEST", "new", 128), "new", None),
        (complete(), "old", None),
    ];
    for (latest, published, predicted) in cases {
        let script = Script::new()
            .on(VERSIONS, [listed(&[configuration("2", "new", 128), configuration("3", published, 256)])])
            .on(FUNCTION, [found(&latest)]);
        let actual = function().observe(&script.cloud(), &mut ()).await.unwrap();
        let more = FunctionDesired { reserved_concurrency: Some(1), ..desired() };
        let version = function().predict_output(&more, actual.as_ref()).map(|output| output.version);
        assert_eq!(version.as_deref(), predicted, "{latest}");
    }
    assert_eq!(function().predict_output(&desired(), None), None);
}
