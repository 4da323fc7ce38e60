//! Deploys with the roles that `ci setup` creates, assumed with a GitHub token.

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
pub(super) const REPOSITORY: [&str; 6] = ["--repo", "ada/twin", "--owner-id", "1815", "--repo-id", "1843"];
pub(super) const DEPLOY: &str = "ada-dev-ci-deploy";
const READ: &str = "ada-dev-ci-read";

/// A twin whose repository may deploy it.
pub(super) async fn set_up() -> Twin {
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
pub(super) struct Job<'t> {
    pub(super) twin: &'t Twin,
    credentials: Credentials,
}

impl<'t> Job<'t> {
    pub(super) async fn as_role(twin: &'t Twin, role: &str, subject: &str) -> Self {
        let credentials = assume_role(twin, role, subject, "sts.amazonaws.com").await.unwrap();
        Self { twin, credentials }
    }

    pub(super) async fn run(&self, args: &[&str]) -> Run {
        let mut command = self.twin.command(args);
        command.env("AWS_ACCESS_KEY_ID", self.credentials.access_key_id());
        command.env("AWS_SECRET_ACCESS_KEY", self.credentials.secret_access_key());
        command.env("AWS_SESSION_TOKEN", self.credentials.session_token());
        finish(command.spawn().unwrap()).await
    }

    pub(super) fn cloud(&self) -> Cloud {
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

/// The ARNs of a role's managed policies.
pub(super) async fn attached(twin: &Twin, role: &str) -> Vec<String> {
    let list = twin.by_hand.iam.list_attached_role_policies().role_name(role).send().await.unwrap();
    list.attached_policies.unwrap().into_iter().filter_map(|policy| policy.policy_arn).collect()
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
        for policy in attached(&twin, DEPLOY).await.iter().filter(|arn| !arn.ends_with("-ci-look")) {
            twin.by_hand.iam.detach_role_policy().role_name(DEPLOY).policy_arn(policy).send().await.unwrap();
        }
    };
    write().await;
    twin.proxy.reset();
    set_up_ci(&twin, &["dev"]).await;
    assert_eq!(inline().await, [""; 0]);
    assert_eq!(attached(&twin, DEPLOY).await.len(), 5);
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
