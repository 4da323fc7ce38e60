//! `cost`, and the note of a plan that changes the estimate.

use testbed::github::GitHub;

use super::{
    github::run_in_job,
    twin::{ENVIRONMENT, Twin},
};

#[testbed::test(emulator)]
async fn a_plan_and_its_comment_say_how_a_change_changes_the_cost() {
    let twin = Twin::new();
    let estimate = twin.run(&["cost", "dev", "--json"]).await.exits_with(0).stdout;
    assert!(
        estimate.contains(r#""kind":"cost""#) && estimate.contains(r#""service":"Lambda""#),
        "{estimate}"
    );
    assert_eq!(twin.proxy.calls().len(), 0, "an estimate makes no call");
    let first = twin.deploy(&[]).await.exits_with(0);
    assert!(!first.stderr.contains("the estimated cost"), "{}", first.stderr);

    twin.write("environments/dev.yaml", format!("{ENVIRONMENT}lambda: {{ memory_mb: 2048 }}\n"));
    let note = "note: the estimated cost ";
    twin.plan().await.exits_with(7).reports(note);
    let github = GitHub::start().await;
    run_in_job(&twin, &github, 1, &["plan", "dev", "--comment"]).await.exits_with(0);
    let comment = github.comments().join("\n");
    assert!(comment.contains("of memory, or from $") && comment.contains("; for 10,000 turns"), "{comment}");
    twin.deploy(&[]).await.exits_with(0).reports(note);

    twin.write(
        "environments/dev.yaml",
        format!("{ENVIRONMENT}lambda: {{ memory_mb: 2048 }}\nstreaming: true\n"),
    );
    twin.plan().await.exits_with(7).reports("of streaming, or from $");
}
