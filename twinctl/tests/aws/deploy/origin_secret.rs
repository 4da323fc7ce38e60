//! Rotations of the origin secret: no request is refused, and a killed rotation is continued.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use testbed::{
    http,
    proxy::{Selector, Timing},
};
use twinctl::system::hash;

use super::{
    streaming::STREAMING,
    twin::{ENVIRONMENT, Twin, is_write},
};

const HTTPS: [(&str, &str); 1] = [("X-Forwarded-Proto", "https")];
const ROTATE: [&str; 4] = ["secret", "rotate", "dev", "origin"];

/// Returns the secrets that the distribution sends, one for each API.
async fn all_sent(twin: &Twin) -> Vec<String> {
    let client = &twin.by_hand.cloudfront;
    let listed = client.list_distributions().send().await.unwrap();
    let id = listed.distribution_list().unwrap().items()[0].id().to_owned();
    let config = client.get_distribution_config().id(&id).send().await.unwrap().distribution_config.unwrap();
    let headers = config.origins.unwrap().items.into_iter().filter_map(|origin| origin.custom_headers);
    let headers = headers.flat_map(|headers| headers.items.unwrap_or_default());
    let secrets = headers.filter(|header| header.header_name == "x-origin-secret");
    secrets.map(|header| header.header_value).collect()
}

/// Returns the secret that the distribution sends.
async fn sent(twin: &Twin) -> String {
    all_sent(twin).await.swap_remove(0)
}

/// Returns the hashes of the secrets that visitors' version of the function accepts.
async fn accepted(twin: &Twin) -> Vec<String> {
    variable(twin, "ORIGIN_SECRET_HASHES").await.split(',').map(ToOwned::to_owned).collect()
}

/// Returns a variable of visitors' version of the function.
async fn variable(twin: &Twin, name: &str) -> String {
    let found = twin.by_hand.lambda.get_function().function_name("ada-dev-api").qualifier("live").send();
    let variables = found.await.unwrap().configuration.unwrap().environment.unwrap().variables.unwrap();
    variables[name].clone()
}

/// Asks through CloudFront. An unknown conversation is an empty list, and a request without the secret is refused.
fn status(twin: &Twin, url: &str) -> u16 {
    twin.visit(url, "/api/chat/history/none").status
}

async fn has_one_secret(twin: &Twin) {
    assert_eq!(accepted(twin).await, [hash::sha256(sent(twin).await)]);
}

/// Starts a visitor who asks until `done`. Returns the statuses.
fn visitor(twin: &Twin, url: &str, done: &Arc<AtomicBool>) -> thread::JoinHandle<Vec<u16>> {
    let (port, host) = (twin.emulator.port(), url.strip_prefix("https://").unwrap().to_owned());
    let done = Arc::clone(done);
    thread::spawn(move || {
        let mut statuses = Vec::new();
        while !done.load(Ordering::Relaxed) {
            let ask = || http::send(("127.0.0.1", port), &host, "GET /api/chat/history/none", &HTTPS, "");
            statuses.push(ask().unwrap().status);
        }
        statuses
    })
}

#[testbed::test(emulator)]
async fn the_origin_secret_is_replaced_while_visitors_ask_and_none_is_refused() {
    let twin = Twin::new();
    twin.run(&ROTATE).await.exits_with(8).reports("run `twinctl deploy dev`");
    let url = twin.deploy(&[]).await.exits_with(0).url().to_owned();
    let (old, salt) = (sent(&twin).await, variable(&twin, "VISITOR_SALT").await);
    twin.proxy.set_delay(Duration::from_millis(30));
    let done = Arc::default();
    let visitors: Vec<_> = (0..3).map(|_| visitor(&twin, &url, &done)).collect();
    let rotated = twin.run(&ROTATE).await;
    done.store(true, Ordering::Relaxed);
    let statuses: Vec<_> = visitors.into_iter().flat_map(|visitor| visitor.join().unwrap()).collect();
    assert!(statuses.len() > 20 && statuses.iter().all(|status| *status == 200), "{statuses:?}");
    twin.proxy.set_delay(Duration::ZERO);
    let rotated = rotated.exits_with(0);
    rotated.reports("the old one is no longer accepted");
    let new = sent(&twin).await;
    assert!(new != old && !rotated.stderr.contains(&new) && !rotated.stdout.contains(&new));
    has_one_secret(&twin).await;
    assert_eq!(variable(&twin, "VISITOR_SALT").await, salt, "blocked visitors stay blocked");
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    assert!(twin.writes().is_empty(), "the rotation is recorded");
}

#[testbed::test(emulator)]
async fn a_rotation_killed_at_any_write_is_consistent_and_continued_by_the_next_one() {
    let twin = Twin::new();
    let url = twin.deploy(&[]).await.exits_with(0).url().to_owned();
    twin.proxy.reset();
    twin.run(&ROTATE).await.exits_with(0);
    let points: Vec<_> = twin.proxy.calls().into_iter().filter(is_write).collect();
    let moments = [Timing::BeforeEffect, Timing::AfterEffect];
    for (point, moment) in points.iter().flat_map(|point| moments.map(|moment| (point, moment))) {
        let at = format!("killed at {} {moment:?}", point.operation);
        let old = sent(&twin).await;
        twin.proxy.reset();
        twin.kill_at(Selector::Nth(point.number), moment, &ROTATE).await;
        twin.proxy.reset();
        assert_eq!(status(&twin, &url), 200, "{at}");
        // A deploy keeps what visitors need, and a second one has nothing to do.
        twin.deploy(&[]).await.exits_with(0);
        assert_eq!(status(&twin, &url), 200, "{at}, then deployed");
        twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
        assert!(accepted(&twin).await.contains(&hash::sha256(sent(&twin).await)), "{at}");
        twin.run(&ROTATE).await.exits_with(0);
        assert_eq!(status(&twin, &url), 200, "{at}, then continued");
        has_one_secret(&twin).await;
        assert!(sent(&twin).await != old, "{at}");
    }
}

#[testbed::test(emulator)]
async fn a_rotation_replaces_the_secret_of_both_apis_of_a_twin_that_streams() {
    let twin = Twin::new();
    twin.write("environments/dev.yaml", format!("{ENVIRONMENT}{STREAMING}"));
    let url = twin.deploy(&[]).await.exits_with(0).url().to_owned();
    let old = sent(&twin).await;
    twin.run(&ROTATE).await.exits_with(0);
    let new = all_sent(&twin).await;
    assert!(new.len() == 2 && new[0] == new[1] && new[0] != old, "{new:?}");
    has_one_secret(&twin).await;
    assert_eq!(status(&twin, &url), 200);
    twin.run(&["status", "dev"]).await.exits_with(0).reports("answers appear word by word");
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
}

#[testbed::test(emulator)]
async fn a_rotation_changes_nothing_else() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    let old = sent(&twin).await;
    twin.replace("environments/dev.yaml", "model:", "lambda: { memory_mb: 512 }\nmodel:");
    let refused = twin.run(&ROTATE).await.exits_with(6);
    refused.reports("`dev` differs from its environment file: function");
    refused.reports("run `twinctl deploy dev`");
    assert_eq!(sent(&twin).await, old);
    has_one_secret(&twin).await;
}
