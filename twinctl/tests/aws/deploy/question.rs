//! A new version answers one question before visitors reach it.

use std::process::Stdio;

use testbed::model_server::{FIRST, ModelServer, UNKNOWN_MODEL};
use testbed::proxy::Selector;
use testbed::twin_lambda::second_zip;
use tokio::io::AsyncWriteExt as _;

use super::twin::{ENVIRONMENT, Twin, finish};

const INVOKE: &str = "POST /2015-03-31/functions/{}/invocations";

/// Creates a twin with data files, a model server and its key.
async fn twin() -> (Twin, ModelServer) {
    let twin = Twin::new();
    // `secret set` rejects 127.0.0.1, which a function in AWS cannot reach.
    let server = ModelServer::start("127.0.0.2");
    let model = format!("{{ source: openai, id: tiny, base_url: \"http://{}/v1\" }}", server.address);
    twin.write("environments/dev.yaml", ENVIRONMENT.replace("{ source: builtin }", &model));
    twin.write("data/facts.json", r#"{ "full_name": "Ada Example" }"#);
    let mut set = twin.command(&["secret", "set", "dev", "openai"]).stdin(Stdio::piped()).spawn().unwrap();
    set.stdin.take().unwrap().write_all(FIRST.as_bytes()).await.unwrap();
    finish(set).await.exits_with(0);
    (twin, server)
}

async fn live(twin: &Twin) -> Option<String> {
    let alias = twin.by_hand.lambda.get_alias().function_name("ada-dev-api").name("live").send().await;
    alias.ok()?.function_version
}

fn invocations(twin: &Twin) -> usize {
    twin.proxy.calls().iter().filter(|call| call.operation == INVOKE).count()
}

#[testbed::test(emulator)]
async fn a_version_whose_model_refuses_never_goes_live() {
    let (twin, server) = twin().await;
    server.refuse(UNKNOWN_MODEL);
    let refused = twin.deploy(&[]).await.exits_with(6);
    refused.reports("version 1 could not answer a question and gets no visitors");
    assert_eq!(live(&twin).await, None, "the first version has no alias");
    server.refuse(None);
    server.take_received();

    twin.proxy.reset();
    let first = twin.deploy(&[]).await.exits_with(0);
    first.reports("with tiny: 1,234 input tokens, 7 output tokens; twinctl does not know the price");
    let asked = server.take_received();
    assert_eq!((asked.len(), invocations(&twin)), (1, 1));
    assert!(asked[0].contains("\"max_tokens\":4000") && asked[0].contains("Ada Example"), "{asked:?}");
    twin.run(&["memory", "ls", "dev", "--all"]).await.exits_with(0).reports("no conversations");
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0).reports("nothing to change");
    assert_eq!((server.take_received().len(), invocations(&twin)), (0, 0));

    server.refuse(UNKNOWN_MODEL);
    twin.proxy.reset();
    let refused = twin.deploy_zip(second_zip()).await.exits_with(6);
    refused.reports("the model server has no model tiny, or your account may not use it");
    refused.reports("https://platform.openai.com/docs/models");
    assert_eq!(live(&twin).await.as_deref(), Some("1"));
    assert_eq!((server.take_received().len(), invocations(&twin)), (1, 1));

    let file = twin.read("environments/dev.yaml") + "release: { ask: false }\n";
    twin.write("environments/dev.yaml", file);
    twin.deploy_zip(second_zip()).await.exits_with(0);
    assert_eq!(live(&twin).await.as_deref(), Some("2"));
    assert!(server.take_received().is_empty());
}

#[testbed::test(emulator)]
async fn the_price_of_the_question_is_printed_if_a_later_step_fails() {
    let (twin, server) = twin().await;
    twin.deploy(&[]).await.exits_with(0);
    server.take_received();
    twin.proxy.reset();
    twin.proxy.refuse(Selector::first(1000, "GET /api/health"), 503, "Unavailable");
    let refused = twin.deploy_zip(second_zip()).await.exits_with(8);
    refused.reports("with tiny: 1,234 input tokens, 7 output tokens");
    refused.reports("`live` was moved back to version 1");
    assert_eq!(server.take_received().len(), 1);
}

#[testbed::test(emulator)]
async fn a_failed_alias_is_named_in_plain_words() {
    let twin = Twin::new();
    twin.proxy.refuse(Selector::first(1000, INVOKE), 400, "InvalidRequestContentException");
    twin.deploy(&[]).await.exits_with(6).reports("failed to set up the live alias");
}

#[testbed::test(emulator)]
async fn visitors_cannot_ask_the_question_and_without_data_files_it_is_not_asked() {
    let (twin, server) = twin().await;
    std::fs::remove_dir_all(twin.join("data")).unwrap();
    let deployed = twin.deploy(&[]).await.exits_with(0);
    deployed.reports("the new version was asked no question, because there are no data files yet");
    let url = deployed.url().to_owned();
    twin.write("data/facts.json", r#"{ "full_name": "Ada Example" }"#);
    twin.run(&["upload-data", "dev", "--yes"]).await.exits_with(0);

    let smoke = r#"{"twinctl":"smoke","ask":true}"#;
    for (request, status) in [
        ("POST /api/chat", 422),
        ("POST /api/health", 405),
        ("POST /api/question", 404),
        ("POST /api/ask", 404),
        ("GET /api/health?twinctl=smoke&ask=true", 200),
    ] {
        let response = twin.ask(&url, request, smoke);
        assert_eq!(response.status, status, "{request}: {response:?}");
        assert!(!response.body.contains("question"), "{request}: {response:?}");
    }
    assert!(server.take_received().is_empty());
}
