//! Canaries: a share of the visitors tries a new version first.

mod crash;
mod stopped;
mod streaming;
mod visitor;

use std::{collections::BTreeMap, process::Stdio};

use testbed::{
    emulator::Auth,
    model_server::{FIRST, ModelServer, UNKNOWN_MODEL},
    process,
    proxy::{Selector, Timing},
    twin_lambda::{first_zip, second_zip},
    wait,
};
use tokio::{io::AsyncWriteExt as _, process::Child};
use visitor::Visitor;

use super::{
    ci::{DEPLOY, Job, ON_MAIN, set_up_ci},
    inventory::inventory,
    twin::{ENVIRONMENT, Twin, deploy_args, finish},
};

const FUNCTION: &str = "ada-dev-api";
const ROLE: &str = "ada-dev-lambda-role";
const LOG_GROUP: &str = "/aws/lambda/ada-dev-api";
const UPDATE_ALIAS: &str = "PUT /2015-03-31/functions/{}/aliases/{}";
const LOG: &str = "FilterLogEvents";
const QUICK: [&str; 2] = ["--canary", "25%:0s"];
const LONG: [&str; 2] = ["--canary", "25%:30m"];

/// Returns the version of the alias, and the weights of other versions.
async fn alias(twin: &Twin) -> (String, BTreeMap<String, f64>) {
    let alias = twin.by_hand.lambda.get_alias().function_name(FUNCTION).name("live").send().await.unwrap();
    let weights = alias.routing_config.and_then(|routing| routing.additional_version_weights);
    (alias.function_version.unwrap(), weights.unwrap_or_default().into_iter().collect())
}

async fn all_on(twin: &Twin, version: &str) {
    assert_eq!(alias(twin).await, (version.to_owned(), BTreeMap::new()));
    assert_eq!(recorded(twin).await, None);
}

/// Returns the canary in the environment's record.
async fn recorded(twin: &Twin) -> Option<String> {
    let items = twin.by_hand.dynamodb.scan().table_name("twinctl-locks").send().await.unwrap();
    Some(items.items()[0].get("canary")?.as_s().unwrap().clone())
}

fn page(text: &str) -> String {
    format!("<!doctype html><html lang=\"en\"><title>Ada</title><p>{text}</p>\n")
}

fn args<'a>(zip: &'a std::path::Path, canary: &[&'a str]) -> Vec<&'a str> {
    [&deploy_args(zip)[..], canary].concat()
}

/// Returns how often each version was invoked. The emulator logs the start of each invocation before it returns the response.
async fn invoked(twin: &Twin) -> BTreeMap<String, usize> {
    let events = twin.by_hand.logs.filter_log_events().log_group_name(LOG_GROUP).send().await.unwrap();
    let mut invoked = BTreeMap::new();
    for event in events.events.unwrap_or_default() {
        let message = event.message.unwrap();
        if let Some((_, version)) = message.split_once(" Version: ").filter(|_| message.starts_with("START "))
        {
            *invoked.entry(version.to_owned()).or_default() += 1;
        }
    }
    invoked
}

/// Starts a deploy whose canary lasts until the proxy is reset, because its log cannot be read.
async fn begin(twin: &Twin, args: &[&str]) -> Child {
    twin.proxy.reset();
    let busy = Selector::first_after(UPDATE_ALIAS, 1000, LOG);
    twin.proxy.refuse(busy, 400, "ThrottlingException");
    let deploy = twin.spawn(args);
    twin.wait_for_calls(UPDATE_ALIAS, 1).await;
    deploy
}

#[testbed::test(emulator)]
async fn a_new_version_gets_a_share_of_the_visitors_with_the_old_page_and_then_all() {
    let twin = Twin::new();
    twin.write("web/index.html", page("First."));
    let url = twin.deploy(&QUICK).await.exits_with(0).url().to_owned();
    assert_eq!(recorded(&twin).await, None, "the first version has no visitors to share");
    twin.write("web/index.html", page("Second."));

    let deploy = begin(&twin, &args(second_zip(), &QUICK)).await;
    let weights = async || Some(alias(&twin).await).filter(|(_, weights)| !weights.is_empty());
    let alias = wait::for_value_async("the alias has weights", weights).await;
    assert_eq!(alias, ("1".to_owned(), BTreeMap::from([("2".to_owned(), 0.25)])));
    assert!(recorded(&twin).await.unwrap().contains("25%:0s"));
    let before = invoked(&twin).await;
    for _ in 0..20 {
        assert_eq!(twin.visit(&url, "/api/health").status, 200);
    }
    let after = invoked(&twin).await;
    let new = |version: &str| after.get(version).unwrap_or(&0) - before.get(version).unwrap_or(&0);
    assert_eq!((new("1"), new("2")), (15, 5));
    assert!(twin.visit(&url, "/").body.contains("First."), "the new page waits for the end of the canary");
    let status = twin.run(&["status", "dev"]).await;
    status.reports("a deploy with a canary (25%:0s) is under way");
    assert!(!status.stderr.contains("was never released"), "{}", status.stderr);
    let status = twin.run(&["status", "dev", "--json"]).await;
    assert!(status.stdout.contains(r#""canary":"25%:0s""#), "{}", status.stdout);

    let calls = twin.proxy.calls();
    twin.proxy.reset();
    let done = finish(deploy).await.exits_with(0);
    done.reports("canary: 25% of the visitors get the new version first");
    done.reports("canary: version 2 answered 20 of 20 requests (0 of visitors, 20 of twinctl)");
    all_on(&twin, "2").await;
    assert!(twin.visit(&url, "/").body.contains("Second."));
    let after_canary = twin.writes();
    let switched = after_canary.iter().position(|call| call.operation == UPDATE_ALIAS).unwrap();
    let uploaded = after_canary.iter().position(|call| call.operation == "PUT /{bucket}/{key}").unwrap();
    assert!(switched < uploaded, "{after_canary:?}");
    assert!(calls.iter().all(|call| call.operation != "PUT /{bucket}/{key}"));

    twin.proxy.reset();
    let same = twin.run(&args(second_zip(), &QUICK)).await.exits_with(0);
    same.reports("nothing to change");
    assert!(twin.writes().is_empty());
}

/// Whether the function's role may invoke a model.
async fn may_invoke_a_model(twin: &Twin) -> bool {
    let policy = twin.by_hand.iam.get_role_policy().role_name(ROLE).policy_name("twinctl").send();
    let document = policy.await.unwrap().policy_document;
    document.contains("bedrock%3AInvokeModel") || document.contains("bedrock:InvokeModel")
}

#[testbed::test(emulator)]
async fn the_role_keeps_the_access_of_the_previous_version_until_the_end_of_the_canary() {
    let twin = Twin::new();
    twin.write("environments/dev.yaml", ENVIRONMENT.replace("builtin", "bedrock"));
    let profile = "GET /inference-profiles/us.amazon.nova-micro-v1%3A0";
    twin.proxy.refuse(Selector::first(1, profile), 403, "AccessDeniedException");
    twin.deploy(&[]).await.exits_with(0);
    twin.write("environments/dev.yaml", ENVIRONMENT);
    let deploy = begin(&twin, &args(second_zip(), &QUICK)).await;
    assert!(may_invoke_a_model(&twin).await);
    twin.proxy.reset();
    finish(deploy).await.exits_with(0);
    assert!(!may_invoke_a_model(&twin).await);
    all_on(&twin, "2").await;
    twin.run(&args(second_zip(), &QUICK)).await.exits_with(0).reports("nothing to change");
}

#[testbed::test(emulator)]
async fn a_version_that_fails_during_its_canary_gets_no_visitors() {
    let twin = Twin::new();
    // `secret set` rejects 127.0.0.1, which a function in AWS cannot reach.
    let server = ModelServer::start("127.0.0.2");
    let model = format!("{{ source: openai, id: tiny, base_url: \"http://{}/v1\" }}", server.address);
    let file = ENVIRONMENT.replace("{ source: builtin }", &model);
    twin.write("environments/dev.yaml", format!("{file}release: {{ canary: \"10%:0s\" }}\n"));
    twin.write("data/facts.json", r#"{ "full_name": "Ada Example" }"#);
    twin.write("web/index.html", page("First."));
    let mut set = twin.command(&["secret", "set", "dev", "openai"]).stdin(Stdio::piped()).spawn().unwrap();
    set.stdin.take().unwrap().write_all(FIRST.as_bytes()).await.unwrap();
    finish(set).await.exits_with(0);
    let url = twin.deploy(&[]).await.exits_with(0).url().to_owned();
    server.take_received();

    twin.write("web/index.html", page("Second."));
    let deploy = begin(&twin, &deploy_args(second_zip())).await;
    server.refuse(UNKNOWN_MODEL);
    twin.proxy.reset();
    let failed = finish(deploy).await.exits_with(6);
    failed.reports(
        "version 2 gets no visitors after its canary, because it failed to answer 20 of 20 requests",
    );
    failed.reports("fix the cause, then deploy again");
    all_on(&twin, "1").await;
    assert!(twin.visit(&url, "/").body.contains("First."));
    server.refuse(None);
    twin.deploy_zip(second_zip()).await.exits_with(0).reports("version 2 answered 20 of 20 requests");
    all_on(&twin, "2").await;
    assert!(twin.visit(&url, "/").body.contains("Second."));
    twin.run(&["memory", "ls", "dev", "--all"]).await.exits_with(0).reports("no conversations");
}

#[testbed::test(emulator)]
async fn a_version_whose_api_rejects_every_message_gets_no_visitors() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    twin.proxy.reset();
    let invoked = Selector::first(1000, "POST /2015-03-31/functions/{}/invocations");
    twin.proxy.edit(invoked, |response| response.replace("422", "404"));
    let failed = twin.run(&args(second_zip(), &QUICK)).await.exits_with(6);
    failed.reports("because it failed to answer 20 of 20 requests");
    all_on(&twin, "1").await;
}

#[testbed::test(emulator)]
async fn ctrl_c_during_a_canary_sends_all_visitors_to_the_previous_version() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    twin.proxy.reset();
    let deploy = twin.spawn(&args(second_zip(), &LONG));
    twin.wait_for_calls(UPDATE_ALIAS, 1).await;
    process::signal(deploy.id().unwrap(), "-INT");
    let stopped = finish(deploy).await.exits_with(130);
    stopped.reports("the canary was ended: the previous version gets all visitors again");
    all_on(&twin, "1").await;
    assert!(inventory(&twin.by_hand).await.contains(&"item ada/dev free".to_owned()));
}

/// Kills a deploy during its canary. Returns the address.
async fn killed(twin: &Twin) -> String {
    let url = twin.deploy(&[]).await.exits_with(0).url().to_owned();
    twin.proxy.reset();
    let watching = Selector::first_after(UPDATE_ALIAS, 1, LOG);
    twin.kill_at(watching, Timing::BeforeEffect, &args(second_zip(), &LONG)).await.unwrap();
    assert_eq!(alias(twin).await.1.into_values().collect::<Vec<_>>(), [0.25]);
    twin.proxy.reset();
    url
}

#[testbed::test(emulator)]
async fn every_run_that_writes_first_ends_the_canary_of_a_killed_deploy() {
    let twin = Twin::new();
    twin.write("data/facts.json", r#"{ "full_name": "Ada Example" }"#);
    killed(&twin).await;
    let status = twin.run(&["status", "dev"]).await;
    status.reports("a deploy with a canary (25%:30m) was interrupted");
    twin.plan().await.reports("was interrupted");
    twin.write("data/notes.md", "# Work\n\nI draw maps.\n");
    twin.proxy.reset();
    twin.run(&["upload-data", "dev", "--yes"])
        .await
        .exits_with(0)
        .reports("ended the canary (25%:30m) of an interrupted run");
    let writes: Vec<_> = twin.writes().into_iter().map(|call| call.operation).collect();
    assert_eq!(writes[..2], ["UpdateItem", UPDATE_ALIAS]);
    assert_eq!((alias(&twin).await.1, recorded(&twin).await), (BTreeMap::new(), None));
    let url = killed(&twin).await;
    let again = twin.run(&args(second_zip(), &QUICK)).await.exits_with(0);
    again.reports("ended the canary (25%:30m) of an interrupted run");
    again.reports("answered 20 of 20 requests");
    assert_eq!(alias(&twin).await.1, BTreeMap::new());
    assert_eq!(twin.visit(&url, "/api/health").status, 200);
}

#[testbed::test(emulator)]
async fn a_rollback_and_a_destroy_end_the_canary_of_a_killed_deploy_first() {
    let twin = Twin::new();
    twin.write("web/index.html", page("First."));
    twin.deploy(&[]).await.exits_with(0);
    twin.write("web/index.html", page("Second."));
    let url = killed(&twin).await;
    let rollback = twin.run(&["rollback", "dev", "--yes"]).await.exits_with(0);
    rollback.reports("ended the canary (25%:30m) of an interrupted run");
    assert_eq!((alias(&twin).await.1, recorded(&twin).await), (BTreeMap::new(), None));
    assert!(twin.visit(&url, "/").body.contains("First."));
    killed(&twin).await;
    twin.destroy(&[]).await.exits_with(0);
}

/// A canary that cannot be ended stays in the record, and the run changes nothing.
#[testbed::test(emulator)]
async fn a_canary_that_cannot_be_ended_is_not_forgotten() {
    let twin = Twin::new();
    killed(&twin).await;
    twin.run(&["unlock", "dev", "--yes"]).await.exits_with(0);
    assert!(recorded(&twin).await.is_some());
    twin.proxy.reset();
    twin.proxy.refuse(Selector::first(1000, UPDATE_ALIAS), 403, "AccessDeniedException");
    let denied = twin.run(&args(second_zip(), &QUICK)).await.exits_with(5);
    denied.reports("could not end the canary (25%:30m) of an interrupted run");
    assert!(recorded(&twin).await.is_some());
    assert_eq!(
        twin.writes().iter().filter(|call| call.operation != UPDATE_ALIAS).count(),
        2,
        "only the lock"
    );
    twin.proxy.reset();
    twin.run(&args(second_zip(), &QUICK)).await.exits_with(0);
    all_on(&twin, "2").await;
}

/// A canary whose log cannot be read does not begin.
#[testbed::test(emulator)]
async fn a_canary_that_cannot_be_watched_does_not_begin() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    twin.proxy.reset();
    twin.proxy.refuse(Selector::first(1, LOG), 400, "AccessDeniedException");
    twin.run(&args(second_zip(), &QUICK)).await.exits_with(5).reports("logs:FilterLogEvents");
    assert!(twin.writes().iter().all(|call| call.operation != UPDATE_ALIAS));
    all_on(&twin, "1").await;
}

#[testbed::test(emulator)]
async fn ci_may_watch_a_canary_after_ci_setup() {
    let twin = Twin::inside(Auth::Enforced, "test");
    set_up_ci(&twin, &["dev"]).await;
    let job = Job::as_role(&twin, DEPLOY, ON_MAIN).await;
    job.run(&deploy_args(first_zip())).await.exits_with(0);
    twin.write("environments/dev.yaml", format!("{ENVIRONMENT}release: {{ canary: \"25%:0s\" }}\n"));
    job.run(&deploy_args(second_zip())).await.exits_with(5).reports("run `twinctl ci setup dev` again");
    all_on(&twin, "1").await;
    set_up_ci(&twin, &["dev"]).await;
    job.run(&deploy_args(second_zip())).await.exits_with(0).reports("answered 20 of 20 requests");
    all_on(&twin, "2").await;
}

#[testbed::test(emulator)]
async fn weights_of_others_are_differences() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    twin.run(&args(second_zip(), &QUICK)).await.exits_with(0);
    let weights = aws_sdk_lambda::types::AliasRoutingConfiguration::builder();
    let weights = weights.additional_version_weights("1", 0.5).build();
    let update = twin.by_hand.lambda.update_alias().function_name(FUNCTION).name("live");
    update.routing_config(weights).send().await.unwrap();
    twin.run(&["status", "dev"]).await.exits_with(7).reports("routing_weight.1");
    let repaired = twin.run(&args(second_zip(), &QUICK)).await.exits_with(0);
    assert!(!repaired.stderr.contains("canary"), "{}", repaired.stderr);
    all_on(&twin, "2").await;
}

#[testbed::test(emulator)]
async fn a_visitor_sees_no_error_during_a_deploy_a_canary_and_a_rollback() {
    let twin = Twin::new();
    twin.write(
        "environments/dev.yaml",
        format!("{ENVIRONMENT}api: {{ throttle: {{ burst: 100, rate: 100 }} }}\n"),
    );
    twin.write("data/facts.json", r#"{ "full_name": "Ada Example" }"#);
    twin.write("web/index.html", page("First."));
    let url = twin.deploy(&[]).await.exits_with(0).url().to_owned();
    let visitor = Visitor::start(&twin, &url);
    visitor.wait_for(6).await;
    twin.write("web/index.html", page("Second."));
    twin.deploy_zip(second_zip()).await.exits_with(0);
    visitor.wait_for(6).await;

    twin.write("web/index.html", page("Third."));
    let canary = begin(&twin, &args(first_zip(), &QUICK)).await;
    visitor.wait_for(24).await;
    twin.proxy.reset();
    let canary = finish(canary).await.exits_with(0);
    assert!(!canary.stderr.contains("(0 of visitors"), "{}", canary.stderr);
    visitor.wait_for(6).await;

    twin.run(&["rollback", "dev", "--yes"]).await.exits_with(0);
    visitor.wait_for(6).await;
    assert!(twin.visit(&url, "/").body.contains("Second."));
    let (count, failed) = visitor.finish();
    assert!(failed.is_empty(), "{} of {count}: {failed:?}", failed.len());
}
