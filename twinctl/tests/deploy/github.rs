//! `twinctl` in a job of GitHub Actions.

use std::time::{Duration, Instant};

use xtask::proxy::{Moment, Which};

use crate::{
    code,
    hub::Hub,
    twin::{ENVIRONMENT, Ran, Twin, finish},
};

async fn in_job(twin: &Twin, hub: &Hub, run: u64, args: &[&str]) -> Ran {
    let zip = code::before().to_str().unwrap();
    let args = [args, &["--lambda-zip", zip]].concat();
    finish(hub.in_job(twin.command(&args), run, twin.folder()).spawn().unwrap()).await
}

#[tokio::test]
async fn the_plan_is_one_comment_that_is_kept_up_to_date() {
    let Some(twin) = Twin::new() else { return };
    let hub = Hub::start().await;
    let ran = in_job(&twin, &hub, 1, &["plan", "dev", "--comment", "--exit-code"]).await.ends_with(7);
    ran.says("comment posted: https://github.com/ada/twin/pull/7#issuecomment-0");
    assert_eq!(ran.stdout, "");
    let first = hub.comments().join("\n=====\n");
    assert!(
        first.starts_with("<!-- twinctl plan environments/dev.yaml -->\n### Plan for `dev of ada"),
        "{first}"
    );
    assert!(first.contains("12 to create") && first.contains("actions/runs/1/attempts/1"), "{first}");
    assert!(!first.contains("000000000000"), "the account is told to everyone:\n{first}");

    twin.write("environments/dev.yaml", &format!("{ENVIRONMENT}regoin: x\n"));
    let ran = in_job(&twin, &hub, 2, &["plan", "dev", "--comment"]).await.ends_with(3);
    ran.says("comment updated");
    ran.says("::error file=environments/dev.yaml,line=6,col=1,title=twinctl::");
    assert_eq!(hub.comments().len(), 1);
    assert!(hub.comments()[0].contains("### Planning failed for `environments/dev.yaml`"));

    twin.write("environments/dev.yaml", ENVIRONMENT);
    let ran = in_job(&twin, &hub, 3, &["plan", "dev", "--comment", "--json"]).await.ends_with(0);
    assert!(ran.stdout.lines().all(|line| line.starts_with('{')), "{}", ran.stdout);
    assert!(ran.stdout.contains(r#""kind":"comment""#), "{}", ran.stdout);
    assert_eq!(hub.comments().len(), 1);
    assert!(hub.comments()[0].contains("12 to create"));
}

#[tokio::test]
async fn a_fork_has_its_plan_in_the_summary_and_outside_of_a_pull_request_there_is_none() {
    let Some(twin) = Twin::new() else { return };
    let hub = Hub::start().await;
    hub.is_read_only();
    let ran = in_job(&twin, &hub, 1, &["plan", "dev", "--comment"]).await.ends_with(0);
    ran.says(
        "::warning title=twinctl::the plan was not posted to the pull request (403: Resource not accessible",
    );
    let summary = hub.summary();
    assert!(summary.contains("**distribution** to create"), "{summary}");
    let zip = code::before().to_str().unwrap();
    let ran = twin.run(&["plan", "dev", "--comment", "--lambda-zip", zip]).await.ends_with(0);
    ran.says("no comment was posted");
}

#[tokio::test]
async fn a_deploy_and_a_destroy_tell_the_page_of_their_job() {
    let Some(twin) = Twin::new() else { return };
    let hub = Hub::start().await;
    let url = in_job(&twin, &hub, 1, &["deploy", "dev", "--yes"]).await.ends_with(0).url().to_owned();
    let summary = hub.summary();
    assert!(
        summary.starts_with("### ✓ Deploy of `dev of ada · us-east-1 · account …0000`\n\ndone · "),
        "{summary}"
    );
    assert!(summary.contains(&format!("<{url}>")), "{summary}");
    assert!(summary.contains("| ✓ | distribution | created | "), "{summary}");
    assert!(summary.contains("Warnings:") && summary.contains("root user"), "{summary}");

    let again = in_job(&twin, &hub, 2, &["deploy", "dev", "--yes"]).await.ends_with(0);
    assert_eq!(again.url(), url);
    assert!(hub.summary().contains("nothing to change · 12 things are as the file says"));

    let args = ["destroy", "dev", "--confirm", "dev"];
    let destroy = hub.in_job(twin.command(&args), 3, twin.folder()).spawn().unwrap();
    let ran = finish(destroy).await.ends_with(0);
    assert_eq!(ran.stdout, "");
    let summary = hub.summary();
    assert!(summary.contains("| ✓ | distribution | deleted | "), "{summary}");
    assert!(hub.asked().is_empty(), "GitHub was asked for nothing that was wanted: {:?}", hub.asked());
}

/// GitHub says that the run is over, and nobody here can see that its process is gone: it is still there.
#[tokio::test]
async fn the_lock_of_a_run_that_is_over_is_taken_at_once() {
    let Some(twin) = Twin::new() else { return };
    let hub = Hub::start().await;
    let zip = code::before().to_str().unwrap();
    let args = ["deploy", "dev", "--yes", "--lambda-zip", zip];
    let held = twin.proxy.hold(Which::first(1, "POST /2020-05-31/distribution"), Moment::BeforeEffect);
    let mut first = hub.in_job(twin.command(&args), 1, twin.folder()).spawn().unwrap();
    held.await.unwrap();

    let refused = in_job(&twin, &hub, 2, &["deploy", "dev", "--yes"]).await.ends_with(4);
    refused.says("https://github.com/ada/twin/actions/runs/1/attempts/1");
    assert!(
        hub.asked().iter().all(|asked| asked == "GET /repos/ada/twin/actions/runs/1"),
        "{:?}",
        hub.asked()
    );

    hub.all_runs_are("completed");
    twin.proxy.reset();
    let begun = Instant::now();
    let second = in_job(&twin, &hub, 3, &["deploy", "dev", "--yes"]).await.ends_with(0);
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    second.says("the run that held the lock is over: https://github.com/ada/twin/actions/runs/1/attempts/1");
    first.kill().await.unwrap();
    twin.plan().await.ends_with(0);
}

#[tokio::test]
async fn credentials_that_end_are_told_on_the_page_with_what_is_done() {
    let Some(twin) = Twin::new() else { return };
    let hub = Hub::start().await;
    twin.proxy.refuse(Which::first(1, "POST /2015-03-31/functions"), 400, "ExpiredTokenException");
    let ran = in_job(&twin, &hub, 1, &["deploy", "dev", "--yes"]).await.ends_with(5);
    ran.says("::error title=twinctl::stopped before the end, because AWS does not accept the credentials any more%0A");
    let summary = hub.summary();
    assert!(summary.contains("role-duration-seconds") && summary.contains("\n  done: "), "{summary}");
    assert!(summary.contains("| ✗ | function | failed | "), "{summary}");
}

#[tokio::test]
async fn no_name_of_somebody_else_is_an_order_to_the_runner() {
    let Some(twin) = Twin::new() else { return };
    let hub = Hub::start().await;
    twin.write("environments/dev.yaml", &format!("{ENVIRONMENT}api: {{ '##[add-mask]x': 1 }}\n"));
    let ran = in_job(&twin, &hub, 1, &["plan", "dev"]).await.ends_with(3);
    let obeyed =
        ran.stderr.lines().filter(|line| line.trim_start().starts_with("::") || line.contains("##["));
    let obeyed: Vec<_> = obeyed.collect();
    assert!(
        obeyed.iter().all(|line| line.starts_with("::error file=environments/dev.yaml,line=6")),
        "{obeyed:#?}"
    );
    assert!(!obeyed.is_empty(), "{}", ran.stderr);
}
