//! The API key of the model provider: stored, used, replaced, and deleted with the environment.

use std::process::Stdio;

use serde_json::Value;
use testbed::Run;
use testbed::model_server::{FIRST, ModelServer, SECOND};
use tokio::io::AsyncWriteExt as _;

use super::twin::{ENVIRONMENT, Twin, finish};

pub(super) async fn piped(twin: &Twin, args: &[&str], text: &str) -> Run {
    let mut child = twin.command(args).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).await.unwrap();
    finish(child).await
}

#[testbed::test(emulator)]
#[expect(clippy::too_many_lines, reason = "one deployment serves all of it")]
async fn a_key_is_stored_used_replaced_and_deleted() {
    let twin = Twin::new();
    // `secret set` rejects 127.0.0.1, which a function in AWS cannot reach.
    let server = ModelServer::start("127.0.0.2");
    let model = format!("{{ source: openai, id: tiny, base_url: \"http://{}/v1\" }}", server.address);
    let file = ENVIRONMENT.replace("{ source: builtin }", &model);
    twin.write("environments/dev.yaml", &file);
    let set = ["secret", "set", "dev", "openai"];

    let refused = twin.deploy(&[]).await.exits_with(6);
    refused.reports("the API key of the model provider is missing");
    refused.reports("twinctl secret set dev openai");
    let buckets = twin.by_hand.s3.list_buckets().send().await.unwrap();
    assert!(buckets.buckets().is_empty());
    twin.run(&["secret", "status", "dev"]).await.exits_with(8).reports("no key is stored");
    piped(&twin, &["secret", "rotate", "dev", "openai"], FIRST)
        .await
        .exits_with(2)
        .reports("twinctl secret set");
    twin.run(&["secret", "set", "dev", "openai", FIRST])
        .await
        .exits_with(2)
        .reports("a key must not be passed as an argument");
    piped(&twin, &set, "sk-1 sk-2").await.exits_with(2).reports("the key contains white space");
    assert!(twin.by_hand.secrets.list_secrets().send().await.unwrap().secret_list().is_empty());

    let stored = piped(&twin, &set, &format!("{FIRST}\n")).await.exits_with(0);
    stored.reports("which ends in ONE1");
    stored.reports("twinctl deploy dev");
    twin.run(&["secret", "status", "dev"]).await.exits_with(0).reports("the twin is not deployed yet");
    twin.deploy(&[]).await.exits_with(0);
    let buckets = twin.by_hand.s3.list_buckets().send().await.unwrap();
    let mut names = buckets.buckets().iter().filter_map(|bucket| bucket.name());
    let facts = br#"{ "full_name": "Ada Example" }"#.to_vec();
    let put = twin.by_hand.s3.put_object().bucket(names.find(|name| name.contains("-data-")).unwrap());
    put.key("facts.json").body(facts.into()).send().await.unwrap();
    twin.deploy(&[]).await.exits_with(0);
    let function = twin.by_hand.lambda.get_function_configuration().function_name("ada-dev-api");
    let variables = function.send().await.unwrap().environment.unwrap().variables.unwrap();
    assert!(variables["OPENAI_SECRET_ARN"].contains("secret:ada-dev-openai-key-"), "{variables:?}");
    assert!(!format!("{variables:?}").contains("sk-proj"));
    let output = twin.run(&["chat", "dev", "Do you?"]).await.exits_with(0).stdout;
    assert_eq!(output, "I know the key.\n");
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    assert!(twin.writes().is_empty());

    server.accept_only(SECOND);
    let rotated = piped(&twin, &["secret", "rotate", "dev", "openai", "--json"], SECOND).await.exits_with(0);
    assert!(!format!("{rotated:?}").contains("sk-proj"), "{rotated:?}");
    let output = twin.run(&["chat", "dev", "And now?"]).await.exits_with(0).stdout;
    assert_eq!(output, "I know the key.\n");
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    let status = twin.run(&["secret", "status", "dev", "--json"]).await.exits_with(0).stdout;
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!((&status["ending"], &status["readable"]), (&"TWO2".into(), &true.into()), "{status}");

    twin.destroy(&[]).await.exits_with(0).reports("can be restored for 7 days");
    twin.run(&["secret", "status", "dev"]).await.exits_with(8).reports("was deleted");
    twin.destroy(&[]).await.exits_with(0);
    piped(&twin, &set, FIRST).await.exits_with(0).reports("replaced the previous key");
    twin.run(&["secret", "status", "dev"]).await.exits_with(0);
    twin.run(&["secret", "remove", "dev", "openai"])
        .await
        .exits_with(2)
        .reports("cannot ask for confirmation: there is no terminal");
    twin.run(&["secret", "remove", "dev", "openai", "--yes"]).await.exits_with(0).reports("for 7 days");
    twin.run(&["secret", "remove", "dev", "openai", "--yes"]).await.exits_with(0).reports("no key is stored");
}
