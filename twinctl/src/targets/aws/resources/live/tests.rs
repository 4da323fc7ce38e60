//! The alias with Lambda responses that the emulator does not give.

use reconcile::{Outcome, Problem, Report};

use super::*;
use crate::{
    targets::aws::{
        resources::testing::{count, deploy},
        script::{Reply, Script, json_error, ok},
    },
    twin::question::Rejected,
};

const ALIAS: &str = "GET /2015-03-31/functions/f/aliases/live";
const CREATE: &str = "POST /2015-03-31/functions/f/aliases";
const MOVE: &str = "PUT /2015-03-31/functions/f/aliases/live";
const POLICY: &str = "GET /2015-03-31/functions/f/policy";
const PERMIT: &str = "POST /2015-03-31/functions/f/policy";
const INVOKE: &str = "POST /2015-03-31/functions/f/invocations";
const SOURCE: &str = "arn:aws:execute-api:eu-central-1:123456789012:api1/*/*";

fn live() -> Live {
    Live::new("f".to_owned(), "arn:aws:lambda:eu-central-1:123456789012:function:f:live".to_owned())
}

fn desired() -> LiveDesired {
    LiveDesired {
        version: "2".to_owned(),
        api_execution_arn: SOURCE.to_owned(),
        stream: StreamPermission::None,
        ask: true,
        is_checked: false,
    }
}

fn at(version: &str) -> Reply {
    ok(&json!({ "Name": "live", "FunctionVersion": version }).to_string())
}

fn missing() -> Reply {
    json_error(404, "ResourceNotFoundException", "no such alias")
}

fn conflict() -> Reply {
    json_error(409, "ResourceConflictException", "a concurrent update operation")
}

/// The policy as AWS returns it.
fn permitted() -> Reply {
    let statement = json!({
        "Sid": "twinctl-api",
        "Effect": "Allow",
        "Principal": { "Service": "apigateway.amazonaws.com" },
        "Action": "lambda:InvokeFunction",
        "Resource": "arn:aws:lambda:eu-central-1:123456789012:function:f:live",
        "Condition": { "ArnLike": { "AWS:SourceArn": SOURCE } },
    });
    let policy = json!({ "Version": "2012-10-17", "Id": "default", "Statement": [statement] });
    ok(&json!({ "Policy": policy.to_string() }).to_string())
}

fn healthy() -> Reply {
    ok(r#"{"status":"healthy","version":"1.0"}"#)
}

/// Returns the fault with which the run failed.
fn fault(report: &Report) -> &Fault {
    let Some(Outcome::Failed(failure)) = report.outcome("resource") else { panic!("{report:?}") };
    let Problem::Fault(fault) = &failure.problem else { panic!("{failure:?}") };
    fault
}

#[tokio::test(start_paused = true)]
async fn the_check_of_a_pending_version_is_repeated_before_the_alias_moves() {
    let script = Script::new()
        .on(INVOKE, [conflict(), conflict(), healthy()])
        .on(ALIAS, [at("1"), at("1"), at("1"), at("1"), at("1"), at("2")])
        .on(POLICY, [permitted()])
        .on(MOVE, [at("2")]);
    let departure = Departure::default();
    let report = deploy(&script, live().with_departure(departure.clone()), desired()).await;
    assert!(report.complete(), "{report:?}");
    assert!(departure.wait().is_some(), "the previous version may still get requests");
    assert_eq!(count(&script, INVOKE), 3);
    let invoked = script.log().iter().position(|line| line.contains("/invocations?Qualifier=2"));
    assert!(invoked < script.log().iter().position(|line| line.starts_with(MOVE)));
}

#[tokio::test(start_paused = true)]
async fn the_alias_does_not_move_to_an_unhealthy_version() {
    let crashed = vec![("x-amz-function-error", "Unhandled".to_owned())];
    let cases =
        [(r#"{"status":"healthy"}"#, crashed), (r#"{"status":"unhealthy"}"#, vec![]), ("no JSON", vec![])];
    for (answer, headers) in cases {
        let script = Script::new()
            .on(INVOKE, [Reply::Response { status: 200, body: answer.to_owned(), headers }])
            .on(ALIAS, [at("1")])
            .on(POLICY, [permitted()]);
        let report = deploy(&script, live(), desired()).await;
        assert_eq!(fault(&report).cause::<Unhealthy>().unwrap().answer, answer);
        assert_eq!(count(&script, MOVE), 0, "{answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_alias_of_an_unhealthy_first_version_is_deleted() {
    let script = Script::new()
        .on(INVOKE, [conflict(), ok("ill")])
        .on(ALIAS, [missing(), at("2")])
        .on(POLICY, [missing(), permitted()])
        .on(CREATE, [at("2")])
        .on(PERMIT, [ok("{}")])
        .on(&format!("DELETE {}", &ALIAS[4..]), [ok("")]);
    let report = deploy(&script, live(), desired()).await;
    assert!(matches!(report.outcome("resource"), Some(Outcome::Failed(_))), "{report:?}");
    assert_eq!((count(&script, CREATE), count(&script, "DELETE")), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_version_that_lambda_failed_to_prepare_is_unhealthy_at_once() {
    let message = "The function is currently in the following state: Failed";
    let script = Script::new()
        .on(INVOKE, [json_error(409, "ResourceConflictException", message)])
        .on(ALIAS, [at("1")])
        .on(POLICY, [permitted()]);
    let report = deploy(&script, live(), desired()).await;
    assert_eq!(fault(&report).cause::<Unhealthy>().unwrap().answer, message);
    assert_eq!(count(&script, INVOKE), 1);
}

/// The response of a healthy version, with an error of the question.
fn healthy_with(code: &str, message: &str) -> Reply {
    let error = json!({ "code": code, "message": message });
    let question = json!({ "provider": "bedrock", "model": "m-1", "milliseconds": 9.5, "error": error });
    ok(&json!({ "status": "healthy", "question": question }).to_string())
}

const NO_ACCESS: (&str, &str) =
    ("model_refused", "You don't have access to the model with the specified model ID.");
const NO_PERMISSION: (&str, &str) = ("model_refused", "r is not authorized to perform: bedrock:InvokeModel");
const NO_QUOTA: (&str, &str) =
    ("model_throttled", "Too many tokens per day, please wait before trying again.");

fn rejected(report: &Report) -> String {
    fault(report).cause::<Rejected>().unwrap().to_string()
}

#[tokio::test(start_paused = true)]
async fn the_alias_does_not_move_to_a_version_whose_model_refuses() {
    let script = Script::new()
        .on(INVOKE, [healthy_with(NO_ACCESS.0, NO_ACCESS.1)])
        .on(ALIAS, [at("1")])
        .on(POLICY, [permitted()]);
    let report = deploy(&script, live(), desired()).await;
    assert_eq!(
        rejected(&report),
        "version 2 could not answer a question and gets no visitors: the AWS account has no access to m-1 \
         (https://docs.aws.amazon.com/bedrock/latest/userguide/model-access.html)\n\
         to deploy without this check, set `release: { ask: false }`"
    );
    assert_eq!((count(&script, MOVE), count(&script, INVOKE)), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_new_permission_may_need_some_seconds() {
    let denied = || healthy_with(NO_PERMISSION.0, NO_PERMISSION.1);
    let script = Script::new()
        .on(INVOKE, [denied(), denied(), healthy()])
        .on(ALIAS, [at("1"), at("1"), at("1"), at("1"), at("1"), at("2")])
        .on(POLICY, [permitted()])
        .on(MOVE, [at("2")]);
    let report = deploy(&script, live(), desired()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!((count(&script, MOVE), count(&script, INVOKE)), (1, 3));

    let script = Script::new().on(INVOKE, [denied()]).on(ALIAS, [at("1")]).on(POLICY, [permitted()]);
    let report = deploy(&script, live(), desired()).await;
    assert!(rejected(&report).contains("the twin may not invoke m-1"), "{report:?}");
    assert_eq!((count(&script, MOVE), count(&script, INVOKE)), (0, 10));
}

#[tokio::test(start_paused = true)]
async fn a_used_up_daily_quota_rejects_only_the_first_version() {
    let script = Script::new()
        .on(INVOKE, [healthy_with(NO_QUOTA.0, NO_QUOTA.1)])
        .on(ALIAS, [at("1"), at("1"), at("2")])
        .on(POLICY, [permitted()])
        .on(MOVE, [at("2")]);
    let report = deploy(&script, live(), desired()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, MOVE), 1);

    let script = Script::new()
        .on(INVOKE, [healthy_with(NO_QUOTA.0, NO_QUOTA.1)])
        .on(ALIAS, [missing(), at("2")])
        .on(POLICY, [missing(), permitted()])
        .on(CREATE, [at("2")])
        .on(PERMIT, [ok("{}")])
        .on(&format!("DELETE {}", &ALIAS[4..]), [ok("")]);
    let report = deploy(&script, live(), desired()).await;
    assert!(rejected(&report).contains("servicequotas"), "{report:?}");
    assert_eq!((count(&script, CREATE), count(&script, "DELETE")), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_busy_model_rejects_no_version() {
    let script = Script::new()
        .on(INVOKE, [healthy_with("model_throttled", "Too many requests, please wait before trying again.")])
        .on(ALIAS, [at("1"), at("1"), at("2")])
        .on(POLICY, [permitted()])
        .on(MOVE, [at("2")]);
    let report = deploy(&script, live(), desired()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!((count(&script, MOVE), count(&script, INVOKE)), (1, 1));
}

#[test]
fn the_error_shows_the_response_of_the_version() {
    let unhealthy = Unhealthy { version: "7".to_owned(), answer: "timed out".to_owned() };
    assert_eq!(
        unhealthy.to_string(),
        "version 7 failed its health check and gets no visitors; its response was: timed out"
    );
}

#[tokio::test(start_paused = true)]
async fn adding_the_permission_is_retried_on_conflict_and_before_the_alias_has_propagated() {
    let script = Script::new()
        .on(INVOKE, [healthy()])
        .on(ALIAS, [missing(), at("2")])
        .on(POLICY, [missing(), missing(), missing(), missing(), missing(), permitted()])
        .on(CREATE, [at("2")])
        .on(PERMIT, [conflict(), missing(), ok("{}")]);
    let report = deploy(&script, live(), desired()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, PERMIT), 3);
    assert_eq!((count(&script, CREATE), count(&script, INVOKE)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn the_permission_is_not_added_again_when_the_response_was_lost() {
    let script =
        Script::new().on(ALIAS, [at("2")]).on(POLICY, [missing(), permitted()]).on(PERMIT, [Reply::Lost]);
    let report = deploy(&script, live().found_before(true), desired()).await;
    assert!(report.complete(), "{report:?}");
    assert_eq!(count(&script, PERMIT), 1);
}

#[tokio::test(start_paused = true)]
async fn the_policy_as_aws_returns_it_is_no_difference() {
    let script = Script::new().on(ALIAS, [at("2")]).on(POLICY, [permitted()]);
    let report = deploy(&script, live().found_before(true), desired()).await;
    assert!(matches!(report.outcome("resource"), Some(Outcome::Unchanged)), "{report:?}");
}

#[test]
fn a_plan_shows_version_and_permission_of_a_new_alias() {
    let fields: Vec<_> = live().diff(&desired(), None).into_iter().map(|change| change.field).collect();
    assert_eq!(fields, ["version", "permission.twinctl-api"]);
}

#[tokio::test(start_paused = true)]
async fn the_stream_api_may_invoke_the_alias_with_its_own_permission() {
    let source = "arn:aws:execute-api:eu-central-1:123456789012:rest/live/*/api/*".to_owned();
    let streaming = LiveDesired { stream: StreamPermission::For(source.clone()), ..desired() };
    let wanted = live().permissions(&streaming, &Statements::default());
    assert!(wanted.get(STREAM_STATEMENT).unwrap().contains(&source));
    let actual = |permissions| LiveActual {
        version: "2".to_owned(),
        weights: BTreeMap::new(),
        permissions,
        check: None,
        trial: None,
    };
    let live = live().found_before(true);
    assert_eq!(live.diff(&streaming, Some(&actual(wanted.clone()))), []);
    // It stays until the API is deleted. If the API is gone, it is superfluous.
    let keep = LiveDesired { stream: StreamPermission::Keep, ..desired() };
    assert_eq!(live.diff(&keep, Some(&actual(wanted.clone()))), []);
    assert_eq!(live.diff(&desired(), Some(&actual(wanted))).len(), 1);
    let without = live.permissions(&desired(), &Statements::default());
    assert_eq!(live.diff(&streaming, Some(&actual(without.clone()))).len(), 1);
    assert_eq!(live.diff(&keep, Some(&actual(without))), []);
}

#[tokio::test(start_paused = true)]
async fn a_version_that_does_not_stream_gets_no_visitors_of_a_stream_api() {
    let source = "arn:aws:execute-api:eu-central-1:123456789012:rest/live/*/api/*".to_owned();
    let streaming = LiveDesired { stream: StreamPermission::For(source), ..desired() };
    for (answer, moved) in [("{\"statusCode\":200}\0\0\0\0\0\0\0\0ok", 1), ("{\"statusCode\":404}", 0)] {
        let script = Script::new()
            .on(INVOKE, [healthy(), ok(answer)])
            .on(ALIAS, [at("1")])
            .on(POLICY, [permitted()])
            .on(PERMIT, [ok("{}")])
            .on(MOVE, [at("2")]);
        let report = deploy(&script, live(), streaming.clone()).await;
        assert_eq!((count(&script, INVOKE), count(&script, MOVE)), (2, moved), "{report:?}");
        if moved == 0 {
            assert!(fault(&report).cause::<Unhealthy>().unwrap().answer.starts_with("no stream"));
        }
    }
}
