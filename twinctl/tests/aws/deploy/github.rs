//! `twinctl` in a job of GitHub Actions.

use testbed::twin_lambda::first_zip;
use testbed::{
    Run,
    github::GitHub,
    proxy::{Selector, Timing},
};

use super::twin::{ENVIRONMENT, Twin, deploy_args, finish};

pub(super) async fn run_in_job(twin: &Twin, github: &GitHub, run: u64, args: &[&str]) -> Run {
    let zip = first_zip().to_str().unwrap();
    let args = [args, &["--lambda-zip", zip]].concat();
    finish(github.in_job(twin.command(&args), run, twin.path()).spawn().unwrap()).await
}

#[testbed::test(emulator)]
async fn the_plan_is_posted_as_one_comment_and_updated() {
    let twin = Twin::new();
    let github = GitHub::start().await;
    let run = run_in_job(&twin, &github, 1, &["plan", "dev", "--comment", "--exit-code"]).await.exits_with(7);
    run.reports("comment posted: https://github.com/ada/twin/pull/7#issuecomment-0");
    assert_eq!(run.stdout, "");
    let first = github.comments().join("\n=====\n");
    assert!(
        first.starts_with("<!-- twinctl plan environments/dev.yaml -->\n### Plan for `ada/dev"),
        "{first}"
    );
    assert!(first.contains("12 to create") && first.contains("actions/runs/1/attempts/1"), "{first}");
    assert!(!first.contains("000000000000"), "the account ID is published:\n{first}");

    twin.write("environments/dev.yaml", format!("{ENVIRONMENT}regoin: x\n"));
    let run = run_in_job(&twin, &github, 2, &["plan", "dev", "--comment"]).await.exits_with(3);
    run.reports("comment updated");
    run.reports("::error file=environments/dev.yaml,line=6,col=1,title=twinctl::");
    assert_eq!(github.comments().len(), 1);
    assert!(github.comments()[0].contains("### Planning failed for `environments/dev.yaml`"));

    twin.write("environments/dev.yaml", ENVIRONMENT);
    let run = run_in_job(&twin, &github, 3, &["plan", "dev", "--comment", "--json"]).await.exits_with(0);
    assert!(run.stdout.lines().all(|line| line.starts_with('{')), "{}", run.stdout);
    assert!(run.stdout.contains(r#""kind":"comment""#), "{}", run.stdout);
    assert_eq!(github.comments().len(), 1);
    assert!(github.comments()[0].contains("12 to create"));
}

#[testbed::test(emulator)]
async fn a_fork_gets_the_plan_in_the_job_summary_and_no_pull_request_gets_no_comment() {
    let twin = Twin::new();
    let github = GitHub::start().await;
    github.make_read_only();
    let run = run_in_job(&twin, &github, 1, &["plan", "dev", "--comment"]).await.exits_with(0);
    run.reports(
        "::warning title=twinctl::the plan was not posted to the pull request (403: Resource not accessible",
    );
    let summary = github.take_summary();
    assert!(summary.contains("**distribution** to create"), "{summary}");
    let zip = first_zip().to_str().unwrap();
    let run = twin.run(&["plan", "dev", "--comment", "--lambda-zip", zip]).await.exits_with(0);
    run.reports("no comment was posted");
}

#[testbed::test(emulator)]
async fn deploy_and_destroy_write_the_job_summary() {
    let twin = Twin::new();
    let github = GitHub::start().await;
    let url = run_in_job(&twin, &github, 1, &["deploy", "dev", "--yes"]).await.exits_with(0).url().to_owned();
    let summary = github.take_summary();
    assert!(
        summary.starts_with("### ✓ Deploy of `ada/dev · us-east-1 · account …0000`\n\ndone · "),
        "{summary}"
    );
    assert!(summary.contains(&format!("<{url}>")), "{summary}");
    assert!(summary.contains("| ✓ | distribution | created | "), "{summary}");
    assert!(summary.contains("Warnings:") && summary.contains("root user"), "{summary}");

    let again = run_in_job(&twin, &github, 2, &["deploy", "dev", "--yes"]).await.exits_with(0);
    assert_eq!(again.url(), url);
    assert!(github.take_summary().contains("nothing to change · 12 resources match the spec"));

    let args = ["destroy", "dev", "--confirm", "dev"];
    let destroy = github.in_job(twin.command(&args), 3, twin.path()).spawn().unwrap();
    let run = finish(destroy).await.exits_with(0);
    assert_eq!(run.stdout, "");
    let summary = github.take_summary();
    assert!(summary.contains("| ✓ | distribution | deleted | "), "{summary}");
    assert!(github.requests().is_empty(), "GitHub received requests: {:?}", github.requests());
}

/// GitHub reports the run as completed, although its process still exists.
#[testbed::test(emulator)]
async fn the_lock_of_a_completed_workflow_run_is_taken_over_at_once() {
    let twin = Twin::new();
    let github = GitHub::start().await;
    let args = deploy_args(first_zip());
    let held = twin.proxy.hold(Selector::first(1, "POST /2020-05-31/distribution"), Timing::BeforeEffect);
    let mut first = github.in_job(twin.command(&args), 1, twin.path()).spawn().unwrap();
    held.await.unwrap();

    let refused = run_in_job(&twin, &github, 2, &["deploy", "dev", "--yes"]).await.exits_with(4);
    refused.reports("https://github.com/ada/twin/actions/runs/1/attempts/1");
    assert!(
        github.requests().iter().all(|request| request == "GET /repos/ada/twin/actions/runs/1"),
        "{:?}",
        github.requests()
    );

    github.set_run_status("completed");
    twin.proxy.reset();
    let second = run_in_job(&twin, &github, 3, &["deploy", "dev", "--yes"]).await.exits_with(0);
    second
        .reports("the run that held the lock is over: https://github.com/ada/twin/actions/runs/1/attempts/1");
    first.kill().await.unwrap();
    twin.plan().await.exits_with(0);
}

#[testbed::test(emulator)]
async fn expired_credentials_are_reported_in_the_job_summary() {
    let twin = Twin::new();
    let github = GitHub::start().await;
    twin.proxy.refuse(Selector::first(1, "POST /2015-03-31/functions"), 400, "ExpiredTokenException");
    let run = run_in_job(&twin, &github, 1, &["deploy", "dev", "--yes"]).await.exits_with(5);
    run.reports("::error title=twinctl::stopped before the end, because AWS rejects the credentials%0A");
    let summary = github.take_summary();
    assert!(summary.contains("role-duration-seconds") && summary.contains("\n  done: "), "{summary}");
    assert!(summary.contains("| ✗ | function | failed | "), "{summary}");
}

#[testbed::test(emulator)]
async fn untrusted_names_cannot_inject_workflow_commands() {
    let twin = Twin::new();
    let github = GitHub::start().await;
    twin.write("environments/dev.yaml", format!("{ENVIRONMENT}api: {{ '##[add-mask]x': 1 }}\n"));
    let run = run_in_job(&twin, &github, 1, &["plan", "dev"]).await.exits_with(3);
    let commands =
        run.stderr.lines().filter(|line| line.trim_start().starts_with("::") || line.contains("##["));
    let commands: Vec<_> = commands.collect();
    assert!(
        commands.iter().all(|line| line.starts_with("::error file=environments/dev.yaml,line=6")),
        "{commands:#?}"
    );
    assert!(!commands.is_empty(), "{}", run.stderr);
}
