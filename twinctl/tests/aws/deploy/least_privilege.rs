//! Every permission of CI's deploy role and of the role of the nightly sweep is needed.

use serde_json::{Value, json};
use testbed::{
    emulator::Auth,
    twin_lambda::{first_zip, second_zip},
};

use super::{
    access_logs::downgrade,
    alarms::{ALARMS, TOPIC},
    budget::{BUDGET, with_bedrock},
    ci::{DEPLOY, Job, ON_MAIN, REPOSITORY, attached, set_up_ci},
    ci_sweep::SWEEP,
    inventory::inventory,
    sweep::expire,
    twin::{Twin, deploy_args},
};

/// Starts without permissions and adds the statements that allow a denied action, until every command succeeds. So
/// each added statement is needed, and together they are enough.
#[testbed::test(emulator)]
async fn every_policy_statement_is_needed() {
    let twin = Twin::inside(Auth::Enforced, "test");
    let environment = format!("{}{ALARMS}{BUDGET}streaming: true\n", with_bedrock());
    twin.write("environments/dev.yaml", &environment);
    set_up_ci(&twin, &["dev"]).await;
    let environment_of_ci = print_ci(&twin).await;
    let policies = environment_of_ci["change"].as_array().unwrap().iter().chain([&environment_of_ci["look"]]);
    let mut role_of_job = GrowingRole::new(&twin, DEPLOY, policies.flat_map(statements).collect()).await;
    role_of_job.run_until_success(&deploy_args(first_zip())).await;
    role_of_job.run_until_success(&["status", "dev"]).await;
    role_of_job.run_until_success(&["pause", "dev"]).await;
    role_of_job.run_until_success(&["resume", "dev"]).await;
    for name in ["Ada", "Ada B."] {
        let facts = json!({ "full_name": format!("{name} Example"), "name": name });
        twin.write("data/facts.json", facts.to_string());
        role_of_job.run_until_success(&["upload-data", "dev", "--yes"]).await;
    }
    role_of_job.run_until_success(&["upload-data", "dev", "--rollback", "--yes"]).await;
    twin.write("web/index.html", "<!doctype html>\n<title>Ada</title>\n<p>Hello again.</p>\n");
    // Only a confirmed subscription can be deleted.
    let confirm = twin.by_hand.sns.confirm_subscription().topic_arn(TOPIC).token("confirm");
    confirm.send().await.unwrap();
    let environment = environment.replace("ada@example.com", "new@example.com");
    let more = format!("{environment}lambda: {{ reserved_concurrency: 5 }}\n");
    twin.write("environments/dev.yaml", &more);
    downgrade(&twin).await;
    role_of_job.run_until_success(&deploy_args(second_zip())).await;
    role_of_job.run_until_success(&["rollback", "dev", "--yes"]).await;
    store_key(&twin).await;
    role_of_job.run_until_success(&["destroy", "dev", "--confirm", "dev"]).await;
    // Only AWS itself uses these permissions, so the emulator does not check them.
    assert_eq!(role_of_job.unneeded("Sid"), ["LetApiGatewayIn", "LetApiLog", "TagRole"]);
}

/// The same for each single action of the sweep.
#[testbed::test(emulator)]
async fn every_action_of_the_sweep_is_needed() {
    let twin = Twin::inside(Auth::Enforced, "test");
    let environment = format!("{}{ALARMS}{BUDGET}streaming: true\nttl: 8h\n", with_bedrock());
    twin.write("environments/dev.yaml", environment);
    set_up_ci(&twin, &["dev"]).await;
    Job::as_role(&twin, DEPLOY, ON_MAIN).await.run(&deploy_args(first_zip())).await.exits_with(0);
    store_key(&twin).await;
    expire(&twin).await;
    let environment_of_ci = print_ci(&twin).await;
    let deletions = environment_of_ci["sweep"]["change"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(statements)
        .flat_map(|statement| single_actions(&statement));
    let all = deletions.chain(statements(&environment_of_ci["look"])).collect();
    let mut role_of_job = GrowingRole::new(&twin, SWEEP, all).await;
    role_of_job.run_until_success(&["sweep", "dev", "--yes"]).await;
    let left = inventory(&twin.by_hand).await;
    assert!(!left.iter().any(|line| line.contains("ada-dev-memory")), "{left:?}");
    let unneeded = [
        // After someone turned the table's protection on, attached a policy to the role, or stopped a canary.
        "dynamodb:UpdateTable",
        "iam:DetachRolePolicy",
        "lambda:UpdateAlias",
        // Only AWS itself uses these.
        "logs:DeleteLogDelivery",
        "logs:GetLogDelivery",
        "logs:ListLogDeliveries",
    ];
    assert_eq!(role_of_job.unneeded("Action"), unneeded);
}

/// Stores an API key as `secret set` does.
async fn store_key(twin: &Twin) {
    let tag =
        |key: &str, value: &str| aws_sdk_secretsmanager::types::Tag::builder().key(key).value(value).build();
    let create = twin.by_hand.secrets.create_secret().name("ada-dev-openai-key").secret_string("{}");
    let create = create.tags(tag("twinctl:project", "ada")).tags(tag("twinctl:environment", "dev"));
    create.send().await.unwrap();
}

/// Returns what `ci setup --print` prints about the environment.
async fn print_ci(twin: &Twin) -> Value {
    let printed =
        twin.run(&[&["ci", "setup", "dev"], &REPOSITORY[..], &["--print", "--json"]].concat()).await;
    let printed = printed.stdout.replace("123456789012", "000000000000");
    let mut printed = printed.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    printed.find(|object| object["kind"] == "ci").unwrap()["environments"][0].take()
}

fn statements(part: &Value) -> impl Iterator<Item = Value> {
    part["policy"]["Statement"].as_array().unwrap().clone().into_iter()
}

/// Splits a statement.
fn single_actions(statement: &Value) -> Vec<Value> {
    let actions = &statement["Action"];
    let actions = actions.as_array().cloned().unwrap_or_else(|| vec![actions.clone()]);
    let single = |(index, action): (usize, Value)| {
        let mut single = statement.clone();
        single["Sid"] = format!("{}{index}", statement["Sid"].as_str().unwrap()).into();
        single["Action"] = action;
        single
    };
    actions.into_iter().enumerate().map(single).collect()
}

struct GrowingRole<'t> {
    job: Job<'t>,
    role: &'static str,
    /// The statements of `ci setup`, and whether each was needed.
    statements: Vec<(Value, bool)>,
}

impl<'t> GrowingRole<'t> {
    /// Takes all permissions away from the role. `statements` are those that it may get back.
    async fn new(twin: &'t Twin, role: &'static str, statements: Vec<Value>) -> Self {
        let job = Job::as_role(twin, role, ON_MAIN).await;
        let statements = statements.into_iter().map(|statement| (statement, false)).collect();
        let iam = &twin.by_hand.iam;
        for policy in attached(twin, role).await {
            iam.detach_role_policy().role_name(role).policy_arn(policy).send().await.unwrap();
        }
        Self { job, role, statements }
    }

    async fn run_until_success(&mut self, args: &[&str]) {
        loop {
            let run = self.job.run(args).await;
            if run.code == Some(0) {
                return;
            }
            let denied = denied_actions(&run.stderr);
            let added = self.add_statements(&denied)
                || self.add_statements(
                    &denied.iter().filter_map(|action| additional_action(action)).collect::<Vec<_>>(),
                );
            assert!(added, "nothing allows {denied:?}\n{}", run.stderr);
            self.grant().await;
        }
    }

    /// Marks the statements that allow a denied action. Returns whether there were any.
    fn add_statements(&mut self, denied: &[String]) -> bool {
        let mut added = false;
        for (statement, needed) in self.statements.iter_mut().filter(|(_, needed)| !needed) {
            *needed = denied.iter().any(|action| allows(statement, action));
            added |= *needed;
        }
        added
    }

    async fn grant(&self) {
        let granted = self.statements.iter().filter(|(_, needed)| *needed).map(|(statement, _)| statement);
        let policy = json!({ "Version": "2012-10-17", "Statement": granted.collect::<Vec<_>>() });
        let put = self.job.twin.by_hand.iam.put_role_policy().role_name(self.role).policy_name("twinctl");
        put.policy_document(policy.to_string()).send().await.unwrap();
    }

    /// Returns the `Sid` or the `Action` of each statement that was not needed.
    fn unneeded(&self, field: &str) -> Vec<&str> {
        let unneeded = self.statements.iter().filter(|(_, needed)| !needed);
        let mut unneeded: Vec<_> =
            unneeded.map(|(statement, _)| statement[field].as_str().unwrap()).collect();
        unneeded.sort_unstable();
        unneeded
    }
}

fn allows(statement: &Value, action: &str) -> bool {
    let actions = &statement["Action"];
    actions == action || actions.as_array().is_some_and(|actions| actions.iter().any(|known| known == action))
}

/// Returns the denied actions by their IAM names.
fn denied_actions(output: &str) -> Vec<String> {
    let lines = output.lines().filter(|line| {
        // The emulator answers some services in a format that is not theirs.
        ["AccessDenied", "AuthorizationError", "HTTP status 403"].iter().any(|text| line.contains(text))
    });
    let words = lines.flat_map(|line| line.split_whitespace()).map(|word| word.trim_end_matches([':', ',']));
    let actions = words.filter(|word| {
        word.split_once(':').is_some_and(|(_, action)| {
            action.starts_with(|c: char| c.is_ascii_uppercase()) && action.chars().all(char::is_alphanumeric)
        })
    });
    actions.map(iam_action).collect()
}

/// Returns another action that AWS checks for the same call.
fn additional_action(action: &str) -> Option<String> {
    match action {
        "lambda:CreateFunction" => Some("iam:PassRole".to_owned()),
        "cloudfront:CreateDistribution" => Some("cloudfront:TagResource".to_owned()),
        _ => None,
    }
}

/// Returns the IAM action of a call, which may have another name.
fn iam_action(call: &str) -> String {
    let method = |action: &str| {
        ["Create", "Tag", "Get", "Put", "Update", "Delete", "Untag"]
            .into_iter()
            .zip(["POST", "POST", "GET", "PUT", "PATCH", "DELETE", "DELETE"])
            .find(|(verb, _)| action.starts_with(verb))
            .map(|(_, method)| method)
    };
    match call.split_once(':') {
        Some(("apigateway", action)) => format!("apigateway:{}", method(action).unwrap_or(action)),
        Some(("cloudfront", "CreateDistributionWithTags")) => "cloudfront:CreateDistribution".to_owned(),
        _ => call.to_owned(),
    }
}
