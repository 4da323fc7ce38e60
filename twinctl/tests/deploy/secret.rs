//! The key of a model's server: stored, read by the twin, replaced, and given up with the environment.

use std::process::Stdio;

use serde_json::Value;
use tokio::io::AsyncWriteExt as _;

use crate::{
    model_server::{FIRST, SECOND, Server},
    twin::{Ran, Twin, finish},
};

async fn piped(twin: &Twin, args: &[&str], text: &str) -> Ran {
    let mut child = twin.command(args).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).await.unwrap();
    finish(child).await
}

#[tokio::test]
async fn a_key_is_stored_read_replaced_and_given_up() {
    let Some(twin) = Twin::new() else { return };
    // Not the address that a function in AWS could never reach.
    let server = Server::start("127.0.0.2");
    let model = format!("{{ source: openai, id: tiny, base_url: \"http://{}/v1\" }}", server.address);
    let file = crate::twin::ENVIRONMENT.replace("{ source: builtin }", &model);
    twin.write("environments/dev.yaml", &file);
    let set = ["secret", "set", "dev", "openai"];

    let refused = twin.deploy(&[]).await.ends_with(6);
    refused.says("the API key of the model provider is missing");
    refused.says("twinctl secret set dev openai");
    let buckets = twin.by_hand.s3.list_buckets().send().await.unwrap();
    assert!(buckets.buckets().is_empty());
    twin.run(&["secret", "status", "dev"]).await.ends_with(8).says("no key is stored");
    piped(&twin, &["secret", "rotate", "dev", "openai"], FIRST).await.ends_with(2).says("twinctl secret set");
    twin.run(&["secret", "set", "dev", "openai", FIRST])
        .await
        .ends_with(2)
        .says("a key must not be passed as an argument");
    piped(&twin, &set, "sk-1 sk-2").await.ends_with(2).says("white space inside");
    assert!(twin.by_hand.secrets.list_secrets().send().await.unwrap().secret_list().is_empty());

    let stored = piped(&twin, &set, &format!("{FIRST}\n")).await.ends_with(0);
    stored.says("which ends in ONE1");
    stored.says("twinctl deploy dev");
    twin.run(&["secret", "status", "dev"]).await.ends_with(0).says("the twin is not deployed yet");
    twin.deploy(&[]).await.ends_with(0);
    let buckets = twin.by_hand.s3.list_buckets().send().await.unwrap();
    let mut names = buckets.buckets().iter().filter_map(|bucket| bucket.name());
    let facts = br#"{ "full_name": "Ada Example" }"#.to_vec();
    let put = twin.by_hand.s3.put_object().bucket(names.find(|name| name.contains("-data-")).unwrap());
    put.key("facts.json").body(facts.into()).send().await.unwrap();
    twin.deploy(&[]).await.ends_with(0);
    let function = twin.by_hand.lambda.get_function_configuration().function_name("ada-dev-api");
    let variables = function.send().await.unwrap().environment.unwrap().variables.unwrap();
    assert!(variables["OPENAI_SECRET_ARN"].contains("secret:ada-dev-openai-key-"), "{variables:?}");
    assert!(!format!("{variables:?}").contains("sk-proj"));
    let said = twin.run(&["chat", "dev", "Do you?"]).await.ends_with(0).stdout;
    assert_eq!(said, "I know the key.\n");
    twin.proxy.reset();
    twin.deploy(&[]).await.ends_with(0).says("nothing to change");
    assert!(twin.writes().is_empty());

    server.takes(SECOND);
    let rotated = piped(&twin, &["secret", "rotate", "dev", "openai", "--json"], SECOND).await.ends_with(0);
    assert!(!format!("{rotated:?}").contains("sk-proj"), "{rotated:?}");
    let said = twin.run(&["chat", "dev", "And now?"]).await.ends_with(0).stdout;
    assert_eq!(said, "I know the key.\n");
    twin.deploy(&[]).await.ends_with(0).says("nothing to change");
    let status = twin.run(&["secret", "status", "dev", "--json"]).await.ends_with(0).stdout;
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!((&status["ending"], &status["readable"]), (&"TWO2".into(), &true.into()), "{status}");

    twin.destroy(&[]).await.ends_with(0).says("can be brought back for 7 days");
    twin.run(&["secret", "status", "dev"]).await.ends_with(8).says("was deleted");
    twin.destroy(&[]).await.ends_with(0);
    piped(&twin, &set, FIRST).await.ends_with(0).says("replaced the previous key");
    twin.run(&["secret", "status", "dev"]).await.ends_with(0);
    twin.run(&["secret", "remove", "dev", "openai"])
        .await
        .ends_with(2)
        .says("cannot ask for confirmation: there is no terminal");
    twin.run(&["secret", "remove", "dev", "openai", "--yes"]).await.ends_with(0).says("for 7 days");
    twin.run(&["secret", "remove", "dev", "openai", "--yes"]).await.ends_with(0).says("no key is stored");
}
