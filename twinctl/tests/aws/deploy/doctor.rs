//! `doctor`, and its checks after a failed deploy.

use testbed::{
    Run,
    emulator::Auth,
    github::GitHub,
    model_server::{FIRST, ModelServer, SECOND},
    proxy::Selector,
    twin_lambda::first_zip,
};

use super::{
    ci::set_up_ci,
    twin::{ENVIRONMENT, Twin, finish},
};

fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["doctor", "dev", "--lambda-zip", first_zip().to_str().unwrap()], more].concat()
}

#[track_caller]
fn assert_no_writes(twin: &Twin) {
    assert_eq!(twin.writes().iter().map(|call| &call.operation).collect::<Vec<_>>(), [""; 0]);
}

#[testbed::test(emulator)]
async fn doctor_checks_everything_and_writes_nothing() {
    let twin = Twin::new();
    let before = twin.run(&arguments(&[])).await.exits_with(0);
    let filters =
        vec![(r"(ok +toolchain +).+", "$1[ZIP]"), (r"(ok +Lambda concurrency +).+", "$1[CONCURRENCY]")];
    insta::with_settings!({ filters => filters }, {
        insta::assert_snapshot!("doctor", before.stdout);
    });
    before.reports("no problems, 2 not checked");
    assert_no_writes(&twin);

    twin.deploy(&[]).await.exits_with(0);
    twin.proxy.reset();
    let after = twin.run(&arguments(&[])).await.exits_with(0);
    assert!(after.check("CloudFront verification").starts_with("ok "), "{}", after.stdout);
    assert!(after.check("distributions").contains("1 of 200"), "{}", after.stdout);
    assert_no_writes(&twin);
}

#[testbed::test(emulator)]
async fn doctor_prints_one_object_in_json() {
    let twin = Twin::new();
    let run = twin.run(&arguments(&["--json"])).await.exits_with(0);
    let [object] = run.stdout.lines().collect::<Vec<_>>()[..] else { panic!("{}", run.stdout) };
    let mut object: serde_json::Value = serde_json::from_str(object).unwrap();
    assert_eq!((&object["kind"], &object["exit"]), (&"doctor".into(), &0.into()));
    for check in object["checks"].as_array_mut().unwrap() {
        if ["toolchain", "Lambda concurrency"].contains(&check["name"].as_str().unwrap()) {
            check["finding"] = "[of this machine]".into();
        }
    }
    insta::assert_json_snapshot!("doctor_json", object);
}

#[testbed::test(emulator)]
async fn the_model_is_called_once_with_a_valid_signature_unless_it_is_forbidden() {
    let twin = Twin::inside(Auth::Enforced, "test");
    let model = "model: { source: bedrock, id: amazon.nova-micro-v1:0 }";
    twin.write("environments/dev.yaml", ENVIRONMENT.replace("model: { source: builtin }", model));
    let asked = twin.run(&arguments(&[])).await.exits_with(0);
    assert!(asked.check("model").contains("answers (one call, less than $0.001)"), "{}", asked.stdout);
    let calls = || twin.proxy.calls().into_iter().filter(|call| call.path.ends_with("/converse")).count();
    assert_eq!(calls(), 1);
    let writes: Vec<_> = twin.writes().into_iter().filter(|call| !call.path.ends_with("/converse")).collect();
    assert_eq!(writes.iter().map(|call| &call.operation).collect::<Vec<_>>(), [""; 0]);

    let skipped = twin.run(&arguments(&["--no-model-call"])).await.exits_with(0);
    assert!(skipped.check("model").starts_with("not checked"), "{}", skipped.stdout);
    assert_eq!(calls(), 1);

    let operation =
        twin.proxy.calls().into_iter().find(|call| call.path.ends_with("/converse")).unwrap().operation;
    assert!(!twin.proxy.calls().iter().any(|call| call.path.contains("%2E")), "dots are not encoded");
    twin.proxy.refuse(Selector::first(1, &operation), 429, "ThrottlingException");
    let busy = twin.run(&arguments(&[])).await.exits_with(0);
    assert!(busy.check("model").contains("ThrottlingException (429)"), "{}", busy.stdout);
    twin.proxy.reset();
    twin.proxy.refuse(Selector::first(1, &operation), 400, "ValidationException");
    let refused = twin.run(&arguments(&[])).await.exits_with(6);
    assert!(refused.check("model").contains("ValidationException (400)"), "{}", refused.stdout);
}

#[testbed::test(emulator)]
async fn the_server_of_an_openai_model_is_asked_with_the_stored_key() {
    let (twin, server) = (Twin::new(), ModelServer::start("127.0.0.2"));
    let model = format!("{{ source: openai, id: tiny, base_url: \"http://{}/v1\" }}", server.address);
    twin.write("environments/dev.yaml", ENVIRONMENT.replace("{ source: builtin }", &model));
    let without = twin.run(&arguments(&[])).await.exits_with(6);
    assert!(without.check("API key").contains("no key is stored"), "{}", without.stdout);
    assert!(without.check("model").starts_with("not checked"), "{}", without.stdout);

    let secret = serde_json::json!({ "openai_api_key": FIRST }).to_string();
    let create = twin.by_hand.secrets.create_secret().name("ada-dev-openai-key").secret_string(secret);
    create.send().await.unwrap();
    let accepted = twin.run(&arguments(&[])).await;
    assert!(accepted.check("model").contains("answers, but lists no models"), "{}", accepted.stdout);
    server.accept_only(SECOND);
    let rejected = twin.run(&arguments(&[])).await.exits_with(6);
    assert!(rejected.check("model").contains("rejects the API key"), "{}", rejected.stdout);
    assert!(
        rejected.check("model").contains("secret set dev openai` with a valid key"),
        "{}",
        rejected.stdout
    );
    assert!(!(rejected.stdout + &rejected.stderr).contains(FIRST));
    assert_no_writes(&twin);
}

#[testbed::test(emulator)]
async fn denied_permissions_are_named_before_a_deploy_and_unknown_ones_are_not_guessed() {
    let twin = Twin::inside(Auth::Enforced, "test");
    let iam = &twin.by_hand.iam;
    for (user, denied, exit, expected) in [
        ("ada", "iam:CreateRole", 5, "actions are denied: iam:CreateRole; add them to your policy"),
        ("eve", "iam:SimulatePrincipalPolicy", 0, "needs `iam:SimulatePrincipalPolicy`"),
    ] {
        let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "*", "Resource": "*" },
            { "Effect": "Deny", "Action": denied, "Resource": "*" }
        ]});
        iam.create_user().user_name(user).send().await.unwrap();
        let put = iam.put_user_policy().user_name(user).policy_name(user);
        put.policy_document(policy.to_string()).send().await.unwrap();
        let key = iam.create_access_key().user_name(user).send().await.unwrap();
        let key = key.access_key().unwrap();
        let mut command = twin.command(&arguments(&[]));
        command.env("AWS_ACCESS_KEY_ID", key.access_key_id());
        command.env("AWS_SECRET_ACCESS_KEY", key.secret_access_key());
        let run = finish(command.spawn().unwrap()).await.exits_with(exit);
        assert!(run.check("permissions").contains(expected), "{}", run.stdout);
    }
}

#[testbed::test(emulator)]
async fn missing_credentials_and_another_account_are_problems() {
    let twin = Twin::new();
    let mut command = twin.command(&arguments(&[]));
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let run = finish(command.spawn().unwrap()).await.exits_with(5);
    assert!(run.check("credentials").starts_with("problem"), "{}", run.stdout);
    assert!(run.check("clock").starts_with("ok "), "{}", run.stdout);
    run.reports("1 problem");

    twin.write("environments/dev.yaml", format!("{ENVIRONMENT}account: \"123456789012\"\n"));
    let run = twin.run(&arguments(&[])).await.exits_with(5);
    assert!(run.check("account").contains("specifies 123456789012"), "{}", run.stdout);
}

#[testbed::test(emulator)]
async fn a_failed_deploy_reports_the_problems_that_doctor_finds_cheaply() {
    let twin = Twin::new();
    twin.proxy.refuse(
        Selector::first(9, "POST /2015-03-31/functions"),
        400,
        "InvalidParameterValueException",
    );
    let failed = twin.deploy(&[]).await.exits_with(6);
    assert!(!failed.stderr.contains("doctor"), "without a problem, nothing is added: {}", failed.stderr);

    twin.proxy.reset();
    twin.proxy.refuse(
        Selector::first(9, "POST /2015-03-31/functions"),
        400,
        "InvalidParameterValueException",
    );
    twin.write("environments/dev.yaml", format!("{ENVIRONMENT}lambda: {{ reserved_concurrency: 9999 }}\n"));
    let failed = twin.deploy(&[]).await.exits_with(6);
    failed.reports("InvalidParameterValueException");
    failed.reports("hint: Lambda concurrency: `lambda.reserved_concurrency: 9999` needs more than the ");
    failed.reports("hint: `twinctl doctor dev` checks everything else");
    let settings = twin.proxy.calls().into_iter().filter(|call| call.path.contains("account-settings"));
    assert_eq!(settings.count(), 1);
    let distributions =
        twin.proxy.calls().into_iter().filter(|call| call.path.ends_with("/response-headers-policy"));
    assert!(distributions.count() <= 3, "only the quotas of the failed resources are read");
}

#[testbed::test(emulator)]
async fn an_error_with_a_known_cause_starts_no_checks() {
    let twin = Twin::new();
    twin.write(
        "environments/dev.yaml",
        format!("{ENVIRONMENT}lambda: {{ reserved_concurrency: 9999, timeout_s: 40 }}\n"),
    );
    twin.deploy(&[]).await.exits_with(3);
    assert_eq!(twin.proxy.calls().len(), 0);
}

#[testbed::test(emulator)]
async fn github_is_checked_where_a_workflow_deploys_the_environment() {
    let (twin, github) = (Twin::new(), GitHub::start().await);
    let run = async |token: Option<&str>| -> Run {
        let mut command = twin.command(&arguments(&[]));
        command.env("GITHUB_REPOSITORY", "ada/twin").env("GITHUB_API_URL", github.api_url());
        if let Some(token) = token {
            command.env("GITHUB_TOKEN", token);
        }
        finish(command.spawn().unwrap()).await
    };
    twin.write(".github/workflows/twinctl-deploy-dev.yml", "by hand");
    let absent = run(None).await.exits_with(6);
    assert!(
        absent.check("GitHub roles").contains("the role ada-dev-ci-deploy does not exist"),
        "{}",
        absent.stdout
    );
    assert!(absent.check("GitHub variables").starts_with("not checked"), "{}", absent.stdout);

    std::fs::remove_dir_all(twin.join(".github")).unwrap();
    set_up_ci(&twin, &["dev"]).await;
    let role = |name: &str| format!("arn:aws:iam::000000000000:role/ada-dev-ci-{name}");
    let (deploy, read) = (role("deploy"), role("read"));
    let variables = [
        ("AWS_ACCOUNT_ID", "000000000000"),
        ("AWS_ROLE_ARN", &deploy),
        ("DEFAULT_AWS_REGION", "us-east-1"),
        ("AWS_READ_ROLE_ARN_DEV", &read),
    ];
    github.configure(&variables[..3], &["DATA_KEY"]);
    let token = Some("the token of the job");
    let missing = run(token).await.exits_with(6);
    assert!(
        missing.check("GitHub variables").contains("missing: AWS_READ_ROLE_ARN_DEV"),
        "{}",
        missing.stdout
    );

    github.configure(&variables, &["DATA_KEY"]);
    let complete = run(token).await.exits_with(0);
    assert!(
        complete.check("GitHub roles").contains("the roles exist and trust ada/twin"),
        "{}",
        complete.stdout
    );
    assert!(complete.check("GitHub secrets").contains("set: DATA_KEY"), "{}", complete.stdout);

    github.configure(&variables[1..], &[]);
    assert!(run(token).await.check("GitHub variables").contains("missing: AWS_ACCOUNT_ID"));
    github.configure_organization(&variables[..1], &["PRIVATE_DATA_PAT"]);
    let shared = run(token).await.exits_with(0);
    assert!(shared.check("GitHub variables").contains("all are set"), "{}", shared.stdout);
    assert!(shared.check("GitHub secrets").contains("set: PRIVATE_DATA_PAT"), "{}", shared.stdout);
    let output = complete.stdout + &complete.stderr;
    assert!(!output.contains("the token of the job"), "{output}");
    assert!(github.requests().iter().all(|request| request.starts_with("GET ")), "{:?}", github.requests());
}
