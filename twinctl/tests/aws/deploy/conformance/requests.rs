//! All requests of twinctl, compared with AWS's models of the operations.

use std::collections::BTreeSet;

use testbed::{aws_models::ask, proxy::Captured, twin_lambda::second_zip};

use super::super::{
    adoption::BUCKET,
    alarms::ALARMS,
    api_key::piped,
    budget::BUDGET,
    ci::set_up_ci,
    domain::{CHAT, twin_with_zone},
    twin::{ENVIRONMENT, Twin},
};

/// Runs that make nearly all calls.
async fn captured_requests() -> Vec<Captured> {
    let twin = twin_with_zone().await;
    // Its settings are read before it is taken over.
    twin.by_hand.s3.create_bucket().bucket(BUCKET).send().await.unwrap();
    twin.proxy.capture();
    set_up_ci(&twin, &["dev"]).await;
    let bedrock = ENVIRONMENT.replace("{ source: builtin }", "{ source: bedrock }");
    twin.write(
        "environments/dev.yaml",
        format!("{bedrock}{CHAT}{ALARMS}{BUDGET}streaming: true\ntags: {{ cost: me }}\n"),
    );
    twin.deploy(&["--adopt"]).await.exits_with(0);
    set_up_ci(&twin, &["dev"]).await;
    change_everything(&twin).await;
    for args in READS {
        twin.run(args).await;
    }
    twin.run(&["backup", "dev", "saved.jsonl"]).await.exits_with(0);
    twin.run(&["rollback", "dev", "--yes"]).await.exits_with(0);
    twin.deploy_zip(second_zip()).await.exits_with(0);
    twin.run(&["secret", "rotate", "dev", "origin"]).await.exits_with(0);
    twin.run(&["ci", "remove", "dev", "--repo", "ada/twin", "--yes"]).await.exits_with(0);
    twin.destroy(&[]).await.exits_with(0);
    twin.proxy.captured()
}

/// Runs that only read. Some report a problem, because the emulator answers less than AWS.
const READS: &[&[&str]] = &[
    &["status", "dev"],
    &["doctor", "dev"],
    &["stats", "dev"],
    &["logs", "dev"],
    &["logs", "dev", "--requests"],
    &["releases", "dev"],
    &["secret", "status", "dev"],
    &["sweep", "--dry-run"],
];

/// Changes settings, code and page, stores a key, and uploads files.
async fn change_everything(twin: &Twin) {
    let changes = "alarms: { email: new@example.com, webhook: \"https://127.0.0.1:9/alarms\" }\nstreaming: true\ntags: { team: us }\nlambda: { memory_mb: 512, reserved_concurrency: 5, log_retention_days: 7 }\n\
        api: { throttle: { burst: 3, rate: 2 } }\nmemory: { expire_after_days: 30 }\n";
    let budget = BUDGET.replace("5,", "6,").replace("ada@", "new@");
    let openai = ENVIRONMENT.replace("{ source: builtin }", "{ source: openai, id: gpt-4o-mini }");
    twin.write("environments/dev.yaml", format!("{openai}{changes}{budget}release: {{ ask: false }}\n"));
    piped(twin, &["secret", "set", "dev", "openai"], "sk-proj-0123456789").await.exits_with(0);
    twin.write("web/index.html", "<!doctype html><html lang=\"en\"><title>Ada</title><p>Again.</p>\n");
    twin.deploy_zip(second_zip()).await.exits_with(0);
    twin.write("data/facts.json", r#"{ "full_name": "Ada Example", "name": "Ada" }"#);
    twin.run(&["upload-data", "dev", "--yes"]).await.exits_with(0);
}

#[testbed::test(emulator)]
async fn requests_have_the_shapes_of_awss_models() {
    let requests = captured_requests().await;
    let services: BTreeSet<_> = requests.iter().map(|request| request.service.as_str()).collect();
    assert_eq!(
        services.into_iter().collect::<Vec<_>>(),
        [
            "acm",
            "apigateway",
            "bedrock",
            "budgets",
            "cloudfront",
            "dynamodb",
            "iam",
            "lambda",
            "logs",
            "monitoring",
            "route53",
            "s3",
            "secretsmanager",
            "sns",
            "sts"
        ]
    );
    let findings: Vec<String> = ask("requests", &requests).unwrap();
    assert!(findings.is_empty(), "{findings:#?}");
}

#[testbed::test(emulator)]
fn a_request_that_contradicts_a_model_is_found() {
    let captured = |service: &str, method: &str, path: &str, query: &str, body: &str| Captured {
        service: service.to_owned(),
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: [("x-amz-target".to_owned(), "Logs_20140328.CreateLogGroup".to_owned())].into(),
        body: body.to_owned(),
    };
    let requests = [
        captured("logs", "POST", "/", "", r#"{"logGroupName": "a", "color": "red"}"#),
        captured("iam", "POST", "/", "", "Action=GetRole&Version=2010-05-08&Name=x"),
        captured("lambda", "GET", "/2015-03-31/functions/twin", "Qualifer=1", ""),
        captured(
            "s3",
            "PUT",
            "/b",
            "versioning",
            "<VersioningConfiguration><Status>On</Status></VersioningConfiguration>",
        ),
        captured("cloudfront", "GET", "/2020-05-31/distributions", "", ""),
    ];
    let findings: Vec<String> = ask("requests", requests).unwrap();
    let expected = [
        "cloudfront GET /2020-05-31/distributions?: no operation",
        "iam GetRole: unknown parameter Name",
        "iam GetRole.RoleName: missing",
        "lambda GetFunction: unknown parameter Qualifer",
        "logs CreateLogGroup.color: unknown member",
        "s3 PutBucketVersioning.Status: 'On' is none of ['Enabled', 'Suspended']",
    ];
    for text in expected {
        assert!(findings.iter().any(|finding| finding.contains(text)), "{text} is not among {findings:#?}");
    }
}
