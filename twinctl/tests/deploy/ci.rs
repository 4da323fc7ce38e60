//! Deploys by the roles that `ci setup` makes, entered with what GitHub says of a job.

use aws_sdk_sts::{Client, types::Credentials};
use aws_smithy_types::base64;
use serde_json::{Value, json};
use xtask::emulator::{self, Auth};

use crate::{
    account::inventory,
    code,
    twin::{Ran, Twin, finish},
};

const ON_MAIN: &str = "repo:ada/twin:ref:refs/heads/main";
const IN_A_PULL_REQUEST: &str = "repo:ada/twin:pull_request";
const DEPLOY: &str = "ada-dev-ci-deploy";
const READ: &str = "ada-dev-ci-read";

/// A twin whose repository may deploy it. None with `cargo xtask test --fast`.
async fn set_up() -> Option<Twin> {
    if !emulator::wanted() {
        return None;
    }
    let twin = Twin::inside(Auth::Enforced, "test");
    twin.run(&["ci", "setup", "dev", "--repo", "ada/twin", "--yes"]).await.ends_with(0);
    Some(twin)
}

/// What GitHub says of a job. The emulator takes it without a signature.
fn told(subject: &str, audience: &str) -> String {
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

async fn entered(twin: &Twin, role: &str, subject: &str, audience: &str) -> Option<Credentials> {
    let client = Client::new(&twin.config());
    let enter = client.assume_role_with_web_identity().role_session_name("a-job");
    let enter = enter.role_arn(format!("arn:aws:iam::000000000000:role/{role}"));
    let answer = enter.web_identity_token(told(subject, audience)).send().await.ok()?;
    answer.credentials
}

/// A job of the repository.
struct Job<'t> {
    twin: &'t Twin,
    credentials: Credentials,
}

impl<'t> Job<'t> {
    async fn as_role(twin: &'t Twin, role: &str, subject: &str) -> Self {
        let credentials = entered(twin, role, subject, "sts.amazonaws.com").await.unwrap();
        Self { twin, credentials }
    }

    async fn run(&self, args: &[&str]) -> Ran {
        let mut command = self.twin.command(args);
        command.env("AWS_ACCESS_KEY_ID", self.credentials.access_key_id());
        command.env("AWS_SECRET_ACCESS_KEY", self.credentials.secret_access_key());
        command.env("AWS_SESSION_TOKEN", self.credentials.session_token());
        finish(command.spawn().unwrap()).await
    }

    async fn deploy(&self) -> Ran {
        self.run(&["deploy", "dev", "--yes", "--lambda-zip", code::before().to_str().unwrap()]).await
    }
}

#[tokio::test]
async fn the_deploy_role_does_for_a_whole_life_and_leaves_the_function_within_its_boundary() {
    let Some(twin) = set_up().await else { return };
    let before = inventory(&twin.by_hand).await;
    let job = Job::as_role(&twin, DEPLOY, ON_MAIN).await;
    job.deploy().await.ends_with(0);
    let role = twin.by_hand.iam.get_role().role_name("ada-dev-lambda-role").send().await.unwrap();
    let boundary = role.role.unwrap().permissions_boundary.unwrap().permissions_boundary_arn.unwrap();
    assert_eq!(boundary, "arn:aws:iam::000000000000:policy/ada-dev-boundary");
    job.run(&["status", "dev"]).await.ends_with(0);
    twin.proxy.reset();
    job.deploy().await.ends_with(0);
    assert_eq!(twin.writes().iter().map(|call| call.operation.as_str()).collect::<Vec<_>>(), [""; 0]);

    // Somebody else deploys: the boundary stays.
    twin.plan().await.ends_with(0);

    job.run(&["destroy", "dev", "--confirm", "dev"]).await.ends_with(0);
    let table = "table twinctl-locks".to_owned();
    let left: Vec<_> = inventory(&twin.by_hand).await.into_iter().filter(|line| *line != table).collect();
    assert_eq!(left, before);
}
