//! Previews of pull requests: the workflow, and what its role may do.

use testbed::{emulator::Auth, twin_lambda::first_zip};

use super::{
    ci::{IN_A_PULL_REQUEST, Job, ON_MAIN, assume_role, set_up_ci},
    inventory::inventory,
    twin::{ENVIRONMENT, Twin, deploy_args},
    workflows::Runner,
};

const ROLE: &str = "ada-pr-ci-deploy";
const IN_PREVIEW: &str = "repo:ada@1815/twin@1843:environment:preview";
const NUMBER: [(&str, &str); 1] = [("github.event.pull_request.number", "7")];

async fn twin() -> Twin {
    let twin = Twin::inside(Auth::Enforced, "test");
    twin.write("environments/dev.yaml", format!("{ENVIRONMENT}preview: pull_request\n"));
    twin.write("data/facts.json", r#"{"full_name": "Ada Example", "name": "Ada"}"#);
    set_up_ci(&twin, &["dev"]).await;
    twin
}

#[testbed::test(emulator, git)]
async fn a_pull_request_gets_the_sample_persona_and_leaves_nothing_behind() {
    let twin = twin().await;
    let before = inventory(&twin.by_hand).await;
    let runner = Runner::new(&twin).await;
    let workflow = runner.yaml(".github/workflows/twinctl-preview.yml");
    let [deploy, remove, sweep] = ["deploy", "remove", "sweep"].map(|job| &workflow["jobs"][job]);
    for job in [deploy, remove, sweep] {
        assert_eq!(job["environment"], "preview");
    }
    let deployed = runner.job(deploy, "pr", IN_PREVIEW, &NUMBER).await.exits_with(0);
    assert!(deployed.stdout.contains("https://"), "{deployed:?}");
    let role =
        twin.by_hand.iam.get_role().role_name("ada-pr-7-lambda-role").send().await.unwrap().role.unwrap();
    let boundary = role.permissions_boundary.unwrap().permissions_boundary_arn.unwrap();
    assert_eq!(boundary, "arn:aws:iam::000000000000:policy/ada-pr-boundary");
    let facts =
        twin.by_hand.s3.get_object().bucket("ada-pr-7-data-000000000000").key("facts.json").send().await;
    let facts = facts.unwrap().body.collect().await.unwrap().to_vec();
    assert!(!String::from_utf8_lossy(&facts).contains("Ada"), "the files of the owner are not used");
    // The second push changes nothing.
    runner.job(deploy, "pr", IN_PREVIEW, &NUMBER).await.exits_with(0);

    // No preview has expired. `gh` lists two pull requests.
    runner.tools.write_program("gh", "#!/bin/bash\nprintf '7\\n8\\n'\n");
    let swept = runner.job(sweep, "pr", IN_PREVIEW, &[]).await.exits_with(0);
    swept.reports("no environment has expired");
    runner.job(remove, "pr", IN_PREVIEW, &NUMBER).await.exits_with(0);
    runner.job(remove, "pr", IN_PREVIEW, &NUMBER).await.exits_with(0);
    let table = "table twinctl-locks".to_owned();
    let left: Vec<_> = inventory(&twin.by_hand).await.into_iter().filter(|line| *line != table).collect();
    assert_eq!(left, before);
}

#[testbed::test(emulator)]
async fn the_role_of_previews_cannot_touch_other_environments() {
    let twin = twin().await;
    twin.deploy(&[]).await.exits_with(0);
    // Protects the IDs of `dev`.
    set_up_ci(&twin, &["dev"]).await;
    let audience = "sts.amazonaws.com";
    for subject in [
        ON_MAIN,
        IN_A_PULL_REQUEST,
        "repo:ada@1815/twin@1843:environment:dev",
        "repo:eve/twin:environment:preview",
    ] {
        assert!(assume_role(&twin, ROLE, subject, audience).await.is_none(), "{subject}");
    }
    assert!(assume_role(&twin, "ada-dev-ci-deploy", IN_PREVIEW, audience).await.is_none());
    let deployed = inventory(&twin.by_hand).await;
    let job = Job::as_role(&twin, ROLE, IN_PREVIEW).await;
    twin.write("web/index.html", "<!doctype html>\n<title>Ada</title>\n<p>Hello again.</p>\n");
    job.run(&deploy_args(first_zip())).await.exits_with(5);
    job.run(&["destroy", "dev", "--confirm", "dev"]).await.exits_with(5);
    let cloud = job.cloud();
    let api = twin.by_hand.api.get_apis().send().await.unwrap().items.unwrap().remove(0).api_id.unwrap();
    let route = cloud.api.create_route().api_id(&api).route_key("GET /stolen").send().await;
    assert!(route.is_err(), "another environment's API");
    assert_eq!(inventory(&twin.by_hand).await, deployed);
}
