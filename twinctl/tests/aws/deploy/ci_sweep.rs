//! The role and the workflow that delete an expired environment every night.

use testbed::{emulator::Auth, twin_lambda::first_zip};

use super::{
    ci::{DEPLOY, IN_A_PULL_REQUEST, Job, ON_MAIN, REPOSITORY, assume_role, set_up_ci},
    inventory::inventory,
    sweep::expire,
    twin::{ENVIRONMENT, Twin, deploy_args},
};

pub(super) const SWEEP: &str = "ada-dev-ci-sweep";
const FILE: &str = "environments/dev.yaml";
const WORKFLOW: &str = ".github/workflows/twinctl-sweep-dev.yml";

#[testbed::test(emulator)]
async fn the_sweep_role_deletes_its_environment_only_when_it_has_expired() {
    let twin = Twin::inside(Auth::Enforced, "test");
    twin.write(FILE, format!("{ENVIRONMENT}ttl: 8h\n"));
    twin.write("environments/prod.yaml", ENVIRONMENT.replace("dev", "prod"));
    set_up_ci(&twin, &["dev", "prod"]).await;
    let before = inventory(&twin.by_hand).await;
    Job::as_role(&twin, DEPLOY, ON_MAIN).await.run(&deploy_args(first_zip())).await.exits_with(0);

    let audience = "sts.amazonaws.com";
    for subject in [IN_A_PULL_REQUEST, "repo:ada@1815/twin@1843:environment:dev"] {
        assert!(assume_role(&twin, SWEEP, subject, audience).await.is_none(), "{subject}");
    }
    assert!(assume_role(&twin, "ada-prod-ci-sweep", ON_MAIN, audience).await.is_none(), "prod has no ttl");
    let job = Job::as_role(&twin, SWEEP, ON_MAIN).await;
    let sweep = ["sweep", "dev", "--yes"];
    job.run(&sweep).await.exits_with(0).reports("no environment has expired");
    twin.write("web/index.html", "<!doctype html>\n<title>Ada</title>\n<p>Hello again.</p>\n");
    job.run(&deploy_args(first_zip())).await.exits_with(5);

    expire(&twin).await;
    let deployed = inventory(&twin.by_hand).await;
    twin.write(FILE, format!("{ENVIRONMENT}protect: true\n"));
    let kept = job.run(&sweep).await.exits_with(0);
    assert!(kept.stdout.contains("`protect: true`"), "{kept:?}");
    twin.write(FILE, format!("{ENVIRONMENT}ttl: 8h\n"));
    // It cannot read the records of other environments.
    job.run(&["sweep", "prod", "--yes"]).await.exits_with(6);
    job.run(&["sweep", "--yes"]).await.exits_with(6);
    assert_eq!(inventory(&twin.by_hand).await, deployed);

    job.run(&sweep).await.exits_with(0).reports("deleting `dev`");
    let table = "table twinctl-locks".to_owned();
    let left: Vec<_> = inventory(&twin.by_hand).await.into_iter().filter(|line| *line != table).collect();
    assert_eq!(left, before);
    twin.proxy.reset();
    job.run(&sweep).await.exits_with(0).reports("no environment has expired");
    assert_eq!(twin.proxy.calls().len(), 1, "one record");
}

#[testbed::test(emulator)]
async fn without_a_ttl_the_role_and_an_unchanged_workflow_are_deleted() {
    let twin = Twin::inside(Auth::Enforced, "test");
    twin.write(FILE, format!("{ENVIRONMENT}ttl: 8h\n"));
    set_up_ci(&twin, &["dev"]).await;
    assert!(twin.join(WORKFLOW).exists());
    twin.write(FILE, ENVIRONMENT);
    set_up_ci(&twin, &["dev"]).await;
    assert!(!twin.join(WORKFLOW).exists());
    assert!(assume_role(&twin, SWEEP, ON_MAIN, "sts.amazonaws.com").await.is_none());

    twin.write(FILE, format!("{ENVIRONMENT}ttl: 8h\n"));
    set_up_ci(&twin, &["dev"]).await;
    twin.write(FILE, ENVIRONMENT);
    let remove = [&["ci", "remove", "dev"], &REPOSITORY[..2], &["--yes"]].concat();
    twin.run(&remove).await.exits_with(0);
    assert!(!twin.join(WORKFLOW).exists(), "`ci remove` deletes what an earlier setup wrote");
    let roles = twin.by_hand.iam.list_roles().send().await.unwrap().roles;
    assert!(roles.iter().all(|role| !role.role_name().contains("-ci-")), "{roles:?}");
}
