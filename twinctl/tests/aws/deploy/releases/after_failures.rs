//! Rollbacks after failed deploys and pending changes, and deploys that waited for the lock meanwhile.

use std::time::Duration;

use testbed::{
    process,
    proxy::Selector,
    twin_lambda::{first_zip, second_zip},
};

use super::{
    super::{
        domain::{CHAT, twin_with_zone},
        twin::{ENVIRONMENT, Twin, deploy_args, finish},
    },
    ROLLBACK, SECOND, live, release, releases, two_releases,
};

/// Both releases have the same limits, headers and access, so only the actual state shows the difference.
#[testbed::test(emulator)]
async fn a_rollback_restores_limits_headers_and_access_that_a_failed_deploy_changed() {
    let twin = Twin::new();
    release(&twin, "First.", "", first_zip()).await;
    let second = release(&twin, "Second.", "", second_zip()).await;
    let state = async || {
        let role = twin.by_hand.iam.get_role_policy().role_name("ada-dev-lambda-role").policy_name("twinctl");
        let access = role.send().await.unwrap().policy_document;
        let headers = twin.visit(second.url(), "/").header("content-security-policy").unwrap().to_owned();
        (live(&twin, second.url()).await, headers, access)
    };
    let before = state().await;
    let framed =
        ENVIRONMENT.replace("bundle: web", "bundle: web, frame_ancestors: [\"https://ada.example\"]");
    let with_model = framed.replace("source: builtin", "source: bedrock");
    twin.write("environments/dev.yaml", format!("{with_model}{SECOND}release: {{ ask: false }}\n"));
    twin.proxy.refuse(Selector::first(1000, "GET /api/health"), 503, "Unavailable");
    twin.deploy_zip(first_zip()).await.exits_with(8);
    twin.proxy.reset();
    let failed = state().await;
    assert!(failed.0.2 == 7 && failed.1 != before.1 && failed.2 != before.2, "{failed:?}");
    let id = releases(&twin).await[0]["id"].as_str().unwrap().to_owned();
    twin.run(&["rollback", "dev", &id, "--yes"]).await.exits_with(0);
    assert_eq!(state().await, before);
}

#[testbed::test(emulator)]
async fn a_rollback_applies_no_pending_change_of_the_environment_file() {
    let twin = Twin::new();
    two_releases(&twin).await;
    twin.write("environments/dev.yaml", format!("{ENVIRONMENT}{SECOND}tags: {{ team: art }}\n"));
    let shown = twin.run(&["rollback", "dev", "--dry-run"]).await.exits_with(0);
    assert!(!shown.stderr.contains("tags"), "{}", shown.stderr);
    // Another rollback knows the tags, too.
    twin.run(&ROLLBACK).await.exits_with(0);
    let id = releases(&twin).await[1]["id"].as_str().unwrap().to_owned();
    let shown = twin.run(&["rollback", "dev", &id, "--dry-run"]).await.exits_with(0);
    assert!(!shown.stderr.contains("tags"), "{}", shown.stderr);
}

#[testbed::test(emulator)]
async fn a_rollback_to_a_version_that_stops_the_expiry_of_conversations_reports_that() {
    let twin = Twin::new();
    release(&twin, "First.", "", first_zip()).await;
    release(&twin, "Second.", "memory: { expire_after_days: 30 }\n", second_zip()).await;
    let shown = twin.run(&["rollback", "dev", "--dry-run"]).await.exits_with(0);
    shown.reports("what visitors write until the next deployment does not expire");
}

#[testbed::test(emulator)]
async fn a_rollback_prints_the_custom_hostname() {
    let twin = twin_with_zone().await;
    release(&twin, "First.", CHAT, first_zip()).await;
    release(&twin, "Second.", CHAT, second_zip()).await;
    assert_eq!(twin.run(&ROLLBACK).await.exits_with(0).url(), "https://chat.ada.example");
    let id = releases(&twin).await[1]["id"].as_str().unwrap().to_owned();
    let again = twin.run(&["rollback", "dev", &id, "--yes"]).await.exits_with(0);
    assert_eq!(again.url(), "https://chat.ada.example");
}

#[testbed::test(emulator)]
async fn a_deploy_that_waited_for_another_one_moves_live_back_to_its_version() {
    let twin = Twin::new();
    let url = release(&twin, "First.", "", first_zip()).await.url().to_owned();
    twin.proxy.reset();
    twin.proxy.set_delay(Duration::from_millis(50));
    let second = twin.spawn(&deploy_args(second_zip()));
    twin.wait_for_calls("UpdateItem", 1).await;
    process::signal(second.id().unwrap(), "-STOP");
    twin.write("environments/dev.yaml", format!("{ENVIRONMENT}{SECOND}"));
    let third = twin.spawn(&[&deploy_args(second_zip())[..], &["--lock-wait", "10m"]].concat());
    twin.wait_for_calls("GetItem", 3).await;
    process::signal(second.id().unwrap(), "-CONT");
    finish(second).await.exits_with(0);
    twin.proxy.refuse(Selector::first(1000, "GET /api/health"), 503, "Unavailable");
    finish(third).await.exits_with(8).reports("`live` was moved back to version 2");
    twin.proxy.reset();
    assert_eq!(live(&twin, &url).await.0, "2");
}

/// A page may be rolled back because of such a file.
#[testbed::test(emulator)]
async fn a_rollback_deletes_the_files_that_only_the_replaced_page_has() {
    let twin = Twin::new();
    release(&twin, "First.", "", first_zip()).await;
    twin.write("web/plans.txt", "Not public.\n");
    twin.write("web/assets/map-5d41402a.js", "export {};\n");
    let url = release(&twin, "Second.", "", first_zip()).await.url().to_owned();
    let found = || ["/plans.txt", "/assets/map-5d41402a.js"].map(|path| twin.visit(&url, path).status == 200);
    assert_eq!(found(), [true, true]);
    twin.run(&["rollback", "dev", "--dry-run"]).await.exits_with(0).reports("files.plans.txt");
    twin.run(&ROLLBACK).await.exits_with(0);
    assert_eq!(found(), [false, true], "open tabs may load files with a hash");
    let id = releases(&twin).await[1]["id"].as_str().unwrap().to_owned();
    twin.run(&["rollback", "dev", &id, "--yes"]).await.exits_with(0);
    assert_eq!(found(), [true, true], "its version is still in the bucket");
}

/// For example a deploy in a CI job that was started before the rollback.
#[testbed::test(emulator)]
async fn a_deploy_that_waited_for_a_rollback_does_not_undo_it() {
    let twin = Twin::new();
    let url = two_releases(&twin).await;
    twin.proxy.reset();
    twin.proxy.set_delay(Duration::from_millis(50));
    let rollback = twin.spawn(&ROLLBACK);
    twin.wait_for_calls("UpdateItem", 1).await;
    process::signal(rollback.id().unwrap(), "-STOP");
    twin.proxy.set_delay(Duration::ZERO);
    twin.write(
        "web/index.html",
        "<!doctype html>\n<html lang=\"en\">\n<title>Ada</title><p>Third.</p></html>\n",
    );
    let deploy = [&deploy_args(second_zip())[..], &["--lock-wait", "10m"]].concat();
    let waiting = twin.spawn(&deploy);
    // The rollback and the deploy read the record at their start, and the deploy reads it again while it waits.
    twin.wait_for_calls("GetItem", 3).await;
    process::signal(rollback.id().unwrap(), "-CONT");
    finish(rollback).await.exits_with(0);
    finish(waiting).await.exits_with(6).reports("a rollback to");
    assert_eq!(live(&twin, &url).await.3, "First.");
    twin.run(&deploy).await.exits_with(0).reports("this deploy undoes the rollback to");
    assert_eq!(live(&twin, &url).await.3, "Third.");
}
