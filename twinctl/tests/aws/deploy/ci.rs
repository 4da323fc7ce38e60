//! Deploys with the roles that `ci setup` creates, assumed with a GitHub token.
//! Long because all tests need the same roles and workflows.

use aws_sdk_apigatewayv2::types::ProtocolType;
use aws_sdk_iam::types::PolicyScopeType;
use aws_sdk_s3::config::{Credentials as Keys, SharedCredentialsProvider};
use aws_sdk_sts::{Client, types::Credentials};
use aws_smithy_types::base64;
use serde_json::{Value, json};
use testbed::Run;
use testbed::emulator::{Auth, PUBLIC_ACCOUNT};
use testbed::twin_lambda::{first_zip, second_zip};
use twinctl::targets::aws::Cloud;

use super::{
    inventory::inventory,
    twin::{ENVIRONMENT, Twin, deploy_args, finish},
};
use crate::cloud::cloud;

/// The repository, with the IDs that `REPOSITORY` passes.
pub(crate) const ON_MAIN: &str = "repo:ada@1815/twin@1843:ref:refs/heads/main";
pub(crate) const IN_A_PULL_REQUEST: &str = "repo:ada@1815/twin@1843:pull_request";
const REPOSITORY: [&str; 6] = ["--repo", "ada/twin", "--owner-id", "1815", "--repo-id", "1843"];
const DEPLOY: &str = "ada-dev-ci-deploy";
const READ: &str = "ada-dev-ci-read";

/// A twin whose repository may deploy it.
async fn set_up() -> Twin {
    let twin = Twin::inside(Auth::Enforced, "test");
    set_up_ci(&twin, &["dev"]).await;
    twin
}

/// Runs `ci setup` offline.
pub(crate) async fn set_up_ci(twin: &Twin, environments: &[&str]) {
    let setup = [&["ci", "setup"], environments, &REPOSITORY, &["--yes"]].concat();
    twin.run(&setup).await.exits_with(0);
}

/// A job's OIDC token. The emulator accepts it without a signature.
fn job_token(subject: &str, audience: &str) -> String {
    let part =
        |value: Value| base64::encode(value.to_string()).replace('+', "-").replace('/', "_").replace('=', "");
    let issuer = "https://token.actions.githubusercontent.com";
    [
        part(json!({ "alg": "RS256" })),
        part(json!({ "iss": issuer, "aud": audience, "sub": subject })),
        "unsigned".to_owned(),
    ]
    .join(".")
}

pub(crate) async fn assume_role(
    twin: &Twin,
    role: &str,
    subject: &str,
    audience: &str,
) -> Option<Credentials> {
    let client = Client::new(&twin.config());
    let request = client.assume_role_with_web_identity().role_session_name("a-job");
    let request = request.role_arn(format!("arn:aws:iam::000000000000:role/{role}"));
    let response = request.web_identity_token(job_token(subject, audience)).send().await.ok()?;
    response.credentials
}

/// A workflow job with the credentials of a role.
struct Job<'t> {
    twin: &'t Twin,
    credentials: Credentials,
}

impl<'t> Job<'t> {
    async fn as_role(twin: &'t Twin, role: &str, subject: &str) -> Self {
        let credentials = assume_role(twin, role, subject, "sts.amazonaws.com").await.unwrap();
        Self { twin, credentials }
    }

    async fn run(&self, args: &[&str]) -> Run {
        let mut command = self.twin.command(args);
        command.env("AWS_ACCESS_KEY_ID", self.credentials.access_key_id());
        command.env("AWS_SECRET_ACCESS_KEY", self.credentials.secret_access_key());
        command.env("AWS_SESSION_TOKEN", self.credentials.session_token());
        finish(command.spawn().unwrap()).await
    }

    fn cloud(&self) -> Cloud {
        let keys = &self.credentials;
        let token = Some(keys.session_token().to_owned());
        let keys = Keys::new(keys.access_key_id(), keys.secret_access_key(), token, None, "a job");
        let config = self.twin.config().into_builder();
        let config = config.credentials_provider(SharedCredentialsProvider::new(keys)).build();
        cloud(&config, PUBLIC_ACCOUNT)
    }

    async fn deploy(&self) -> Run {
        self.run(&deploy_args(first_zip())).await
    }
}

#[testbed::test(emulator)]
async fn the_deploy_role_can_deploy_and_destroy_and_sets_the_boundary() {
    let twin = set_up().await;
    let before = inventory(&twin.by_hand).await;
    let job = Job::as_role(&twin, DEPLOY, ON_MAIN).await;
    job.deploy().await.exits_with(0);
    let role = twin.by_hand.iam.get_role().role_name("ada-dev-lambda-role").send().await.unwrap();
    let boundary = role.role.unwrap().permissions_boundary.unwrap().permissions_boundary_arn.unwrap();
    assert_eq!(boundary, "arn:aws:iam::000000000000:policy/ada-dev-boundary");
    job.run(&["status", "dev"]).await.exits_with(0);
    twin.proxy.reset();
    job.deploy().await.exits_with(0);
    assert_eq!(twin.writes().iter().map(|call| call.operation.as_str()).collect::<Vec<_>>(), [""; 0]);

    twin.write("data/facts.json", r#"{"full_name": "Ada Example", "name": "Ada"}"#);
    job.run(&["upload-data", "dev", "--yes"]).await.exits_with(0);
    job.deploy().await.exits_with(0);

    // A deploy with other credentials keeps the boundary.
    twin.plan().await.exits_with(0);

    job.run(&["destroy", "dev", "--confirm", "dev"]).await.exits_with(0);
    let table = "table twinctl-locks".to_owned();
    let left: Vec<_> = inventory(&twin.by_hand).await.into_iter().filter(|line| *line != table).collect();
    assert_eq!(left, before);
}

#[testbed::test(emulator)]
async fn the_read_role_can_only_plan_and_read_status() {
    let twin = set_up().await;
    let zip = first_zip().to_str().unwrap();
    let plan = ["plan", "dev", "--exit-code", "--lambda-zip", zip];
    let reader = Job::as_role(&twin, READ, IN_A_PULL_REQUEST).await;
    reader.run(&plan).await.exits_with(7);
    reader.deploy().await.exits_with(5);
    let before = inventory(&twin.by_hand).await;
    Job::as_role(&twin, DEPLOY, ON_MAIN).await.deploy().await.exits_with(0);

    let deployed = inventory(&twin.by_hand).await;
    reader.run(&plan).await.exits_with(0);
    let nightly = Job::as_role(&twin, READ, ON_MAIN).await;
    nightly.run(&["status", "dev"]).await.exits_with(0);
    reader.run(&deploy_args(second_zip())).await.exits_with(5);
    reader.run(&["destroy", "dev", "--confirm", "dev"]).await.exits_with(5);
    assert_eq!(inventory(&twin.by_hand).await, deployed);
    assert_ne!(before, deployed);
    let memory = "ada-dev-memory-000000000000";
    twin.by_hand.s3.put_object().bucket(memory).key("a.json").send().await.unwrap();
    let read = reader.cloud().s3.get_object().bucket(memory).key("a.json").send().await;
    assert!(read.is_err(), "the read role must not read conversations");
}

#[testbed::test(emulator)]
async fn only_the_named_jobs_can_assume_the_roles() {
    let twin = set_up().await;
    let audience = "sts.amazonaws.com";
    for (role, subject, audience) in [
        (DEPLOY, IN_A_PULL_REQUEST, audience),
        (DEPLOY, "repo:ada/twin:ref:refs/heads/mainly", audience),
        (DEPLOY, "repo:ada/twin:ref:refs/tags/main", audience),
        (DEPLOY, "repo:ada/twin:environment:dev", audience),
        (DEPLOY, "repo:ada@1815/twin@1843:environment:dev", audience),
        (DEPLOY, "repo:ada@1815/twin@1844:ref:refs/heads/main", audience),
        (DEPLOY, "repo:ada@1816/twin@1843:ref:refs/heads/main", audience),
        (DEPLOY, "repo:ada/twin2:ref:refs/heads/main", audience),
        (DEPLOY, "repo:eve/twin:ref:refs/heads/main", audience),
        (DEPLOY, ON_MAIN, "https://github.com/ada"),
        (READ, "repo:ada/twin:ref:refs/heads/feature", audience),
        (READ, "repo:eve/twin:pull_request", audience),
    ] {
        assert!(assume_role(&twin, role, subject, audience).await.is_none(), "{role} {subject} {audience}");
    }
    for subject in [ON_MAIN, "repo:ada/twin:ref:refs/heads/main"] {
        assert!(assume_role(&twin, DEPLOY, subject, audience).await.is_some(), "{subject}");
    }
}

/// Starts without permissions and adds the statements that allow a denied action, until every command succeeds. So
/// each added statement is needed, and together they are enough.
#[testbed::test(emulator)]
async fn every_policy_statement_is_needed() {
    let twin = set_up().await;
    let mut role_of_job = GrowingRole::new(&twin).await;
    role_of_job.run_until_success(&deploy_args(first_zip())).await;
    role_of_job.run_until_success(&["status", "dev"]).await;
    for name in ["Ada", "Ada B."] {
        let facts = json!({ "full_name": format!("{name} Example"), "name": name });
        twin.write("data/facts.json", facts.to_string());
        role_of_job.run_until_success(&["upload-data", "dev", "--yes"]).await;
    }
    role_of_job.run_until_success(&["upload-data", "dev", "--rollback", "--yes"]).await;
    twin.write("web/index.html", "<!doctype html>\n<title>Ada</title>\n<p>Hello again.</p>\n");
    let more = format!("{ENVIRONMENT}lambda: {{ reserved_concurrency: 5 }}\n");
    twin.write("environments/dev.yaml", &more);
    role_of_job.run_until_success(&deploy_args(second_zip())).await;
    store_key(&twin).await;
    role_of_job.run_until_success(&["destroy", "dev", "--confirm", "dev"]).await;
    // Only AWS itself uses these permissions, so the emulator does not check them.
    assert_eq!(role_of_job.unneeded(), ["LetApiGatewayIn", "LetApiLog", "TagRole"]);
}

/// Stores an API key as `secret set` does.
async fn store_key(twin: &Twin) {
    let tag =
        |key: &str, value: &str| aws_sdk_secretsmanager::types::Tag::builder().key(key).value(value).build();
    let create = twin.by_hand.secrets.create_secret().name("ada-dev-openai-key").secret_string("{}");
    let create = create.tags(tag("twinctl:project", "ada")).tags(tag("twinctl:environment", "dev"));
    create.send().await.unwrap();
}

/// The ARNs of the deploy role's managed policies.
async fn attached(twin: &Twin) -> Vec<String> {
    let list = twin.by_hand.iam.list_attached_role_policies().role_name(DEPLOY).send().await.unwrap();
    list.attached_policies.unwrap().into_iter().filter_map(|policy| policy.policy_arn).collect()
}

struct GrowingRole<'t> {
    job: Job<'t>,
    /// The statements of `ci setup`, and whether each was needed.
    statements: Vec<(Value, bool)>,
}

impl<'t> GrowingRole<'t> {
    async fn new(twin: &'t Twin) -> Self {
        let job = Job::as_role(twin, DEPLOY, ON_MAIN).await;
        let printed =
            twin.run(&[&["ci", "setup", "dev"], &REPOSITORY[..], &["--print", "--json"]].concat()).await;
        let printed = printed.stdout.replace("123456789012", "000000000000");
        let mut printed = printed.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let all = printed.find(|object| object["kind"] == "ci").unwrap();
        let environment = &all["environments"][0];
        let policies = environment["change"].as_array().unwrap().iter().chain([&environment["look"]]);
        let statements = policies.flat_map(|part| part["policy"]["Statement"].as_array().unwrap().clone());
        let statements: Vec<_> = statements.map(|statement| (statement, false)).collect();
        let iam = &twin.by_hand.iam;
        for policy in attached(twin).await {
            iam.detach_role_policy().role_name(DEPLOY).policy_arn(policy).send().await.unwrap();
        }
        Self { job, statements }
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
        let put = self.job.twin.by_hand.iam.put_role_policy().role_name(DEPLOY).policy_name("twinctl");
        put.policy_document(policy.to_string()).send().await.unwrap();
    }

    fn unneeded(&self) -> Vec<&str> {
        let unneeded = self.statements.iter().filter(|(_, needed)| !needed);
        let mut unneeded: Vec<_> =
            unneeded.map(|(statement, _)| statement["Sid"].as_str().unwrap()).collect();
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
    let lines = output.lines().filter(|line| line.contains("AccessDenied") || line.ends_with(": 403"));
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
        ["Create", "Tag", "Get", "Update", "Delete", "Untag"]
            .into_iter()
            .zip(["POST", "POST", "GET", "PATCH", "DELETE", "DELETE"])
            .find(|(verb, _)| action.starts_with(verb))
            .map(|(_, method)| method)
    };
    match call.split_once(':') {
        Some(("apigateway", action)) => format!("apigateway:{}", method(action).unwrap_or(action)),
        Some(("cloudfront", "CreateDistributionWithTags")) => "cloudfront:CreateDistribution".to_owned(),
        _ => call.to_owned(),
    }
}

/// Earlier versions of `ci setup` wrote one inline policy.
#[testbed::test(emulator)]
async fn an_inline_policy_of_an_earlier_version_is_replaced_and_removed() {
    let twin = set_up().await;
    let inline = async || {
        let list = twin.by_hand.iam.list_role_policies().role_name(DEPLOY).send().await.unwrap();
        list.policy_names
    };
    let write = async || {
        let put = twin.by_hand.iam.put_role_policy().role_name(DEPLOY).policy_name("twinctl");
        let all =
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
        put.policy_document(all).send().await.unwrap();
        for policy in attached(&twin).await.iter().filter(|arn| !arn.ends_with("-ci-look")) {
            twin.by_hand.iam.detach_role_policy().role_name(DEPLOY).policy_arn(policy).send().await.unwrap();
        }
    };
    write().await;
    twin.proxy.reset();
    set_up_ci(&twin, &["dev"]).await;
    assert_eq!(inline().await, [""; 0]);
    assert_eq!(attached(&twin).await.len(), 5);
    let operations: Vec<_> = twin.writes().iter().map(|call| call.operation.clone()).collect();
    assert_eq!(
        operations.last().unwrap(),
        "DeleteRolePolicy",
        "a running job would lose permissions: {operations:?}"
    );
    Job::as_role(&twin, DEPLOY, ON_MAIN).await.deploy().await.exits_with(0);

    write().await;
    twin.run(&["ci", "remove", "dev", "--repo", "ada/twin", "--yes"]).await.exits_with(0);
    let policies = twin.by_hand.iam.list_policies().scope(PolicyScopeType::Local).send().await.unwrap();
    assert_eq!(policies.policies().len(), 0);
}

#[testbed::test(emulator)]
async fn a_setup_after_the_first_deployment_limits_the_role_and_it_still_deploys() {
    let twin = set_up().await;
    let job = Job::as_role(&twin, DEPLOY, ON_MAIN).await;
    job.deploy().await.exits_with(0);
    let cloud = job.cloud();
    let memory = "ada-dev-memory-000000000000";
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::ada-dev-memory-000000000000/*"}]}"#;
    let share = || cloud.s3.put_bucket_policy().bucket(memory).policy(policy).send();
    let trust = || {
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999999999999:root"},"Action":"sts:AssumeRole"}]}"#;
        cloud.iam.update_assume_role_policy().role_name("ada-dev-lambda-role").policy_document(trust).send()
    };
    let other_api =
        twin.by_hand.api.create_api().name("other").protocol_type(ProtocolType::Http).send().await.unwrap();
    let other_api = other_api.api_id.unwrap();
    let route = || cloud.api.create_route().api_id(&other_api).route_key("GET /").send();
    assert!(route().await.is_ok(), "the IDs are unknown before the first deployment");
    set_up_ci(&twin, &["dev"]).await;
    assert!(share().await.is_err() && trust().await.is_err() && route().await.is_err());
    let tags = || {
        let arn = format!("arn:aws:apigateway:us-east-1::/apis/{other_api}");
        cloud
            .api
            .tag_resource()
            .resource_arn(arn)
            .tags("twinctl:project", "ada")
            .tags("twinctl:environment", "dev")
            .send()
    };
    assert!(tags().await.is_err());

    twin.write("web/index.html", "<!doctype html>\n<title>Ada</title>\n<p>Hello again.</p>\n");
    twin.write(
        "environments/dev.yaml",
        format!("{ENVIRONMENT}api: {{ throttle: {{ burst: 20, rate: 10 }} }}\n"),
    );
    job.run(&deploy_args(second_zip())).await.exits_with(0);
    job.run(&["destroy", "dev", "--confirm", "dev"]).await.exits_with(0);
}

#[testbed::test(emulator)]
async fn an_existing_twin_gets_a_boundary_and_is_otherwise_unchanged() {
    let twin = Twin::inside(Auth::Enforced, "test");
    twin.deploy(&[]).await.exits_with(0);
    let before = inventory(&twin.by_hand).await;
    let setup = [&["ci", "setup", "dev"], &REPOSITORY[..], &["--yes"]].concat();
    twin.run(&setup).await.exits_with(0).reports("boundary of the role");
    twin.proxy.reset();
    twin.run(&setup).await.exits_with(0);
    assert!(twin.writes().is_empty(), "{:?}", twin.writes());
    let job = Job::as_role(&twin, DEPLOY, ON_MAIN).await;
    job.run(&deploy_args(second_zip())).await.exits_with(0);

    // The role cannot extend its own permissions.
    let (iam, role) = (job.cloud().iam, "ada-dev-lambda-role");
    assert!(iam.delete_role_permissions_boundary().role_name(role).send().await.is_err());
    let all = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    assert!(
        iam.put_role_policy()
            .role_name(DEPLOY)
            .policy_name("more")
            .policy_document(all)
            .send()
            .await
            .is_err()
    );
    assert!(iam.create_role().role_name(role).assume_role_policy_document(all).send().await.is_err());

    let workflow = ".github/workflows/twinctl-status-dev.yml";
    let text = std::fs::read_to_string(twin.join(workflow)).unwrap();
    twin.write(workflow, text.replace("23 4", "42 5"));
    twin.run(&setup).await.exits_with(3).reports(workflow);
    let removed = twin.run(&["ci", "remove", "dev", "--repo", "ada/twin", "--yes"]).await.exits_with(0);
    removed.reports("twinctl-status-dev.yml was kept");
    assert!(twin.join(".github/actions/twinctl/action.yml").exists(), "the kept workflow needs it");
    assert!(!twin.join(".github/workflows/twinctl-deploy-dev.yml").exists());
    let without_versions = |all: Vec<String>| -> Vec<String> {
        all.into_iter().filter(|line| !line.starts_with("version ") && !line.starts_with("alias ")).collect()
    };
    assert_eq!(without_versions(inventory(&twin.by_hand).await), without_versions(before));
    let role = twin.by_hand.iam.get_role().role_name(role).send().await.unwrap().role.unwrap();
    assert!(role.permissions_boundary.is_none());
    let identities = twin.by_hand.iam.list_open_id_connect_providers().send().await.unwrap();
    assert_eq!(identities.open_id_connect_provider_list().len(), 1);
}
