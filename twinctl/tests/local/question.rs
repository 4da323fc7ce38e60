//! A new backend answers one question before visitors reach it.

use std::fs;

use testbed::model_server::{FIRST, ModelServer, SECOND, UNKNOWN_MODEL};

use super::twin::{DEPLOY, Twin, binary, chat_at, get};

fn twin(server: &ModelServer) -> Twin {
    let twin = Twin::new();
    let url = format!("http://{}/v1", server.address);
    twin.add_to_environment(&format!("model: {{ source: openai, id: tiny, base_url: \"{url}\" }}\n"));
    twin.write(".env", format!("OPENAI_API_KEY={FIRST}\n"));
    twin
}

/// Deploys another binary with the same behavior.
fn deploy_newer(twin: &Twin) -> testbed::Run {
    twin.write_program("newer", [&fs::read(binary()).unwrap()[..], b"newer"].concat());
    let newer = twin.join("newer");
    twin.run(&[&DEPLOY[..], &[newer.to_str().unwrap()]].concat())
}

#[testbed::test]
fn a_backend_whose_model_refuses_does_not_replace_the_running_one() {
    let server = ModelServer::start("127.0.0.1");
    let twin = twin(&server);
    server.refuse(UNKNOWN_MODEL);
    twin.deploy().exits_with(6).reports("the model server has no model tiny");
    assert_eq!(server.take_received().len(), 1, "a refusal is not retried");
    // A gateway that starts again would start the refused backend.
    assert!(!twin.join(".twinctl/local/local/backend.json").exists());
    server.refuse(None);
    let first = twin.deploy().exits_with(0);
    first.reports("the new version answered a question in ");
    first.reports("with tiny: 1,234 input tokens, 7 output tokens; twinctl does not know the price");
    let asked = server.take_received();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].contains("\"max_tokens\":4000") && asked[0].contains("Ada Example"), "{asked:?}");
    twin.run(&["memory", "ls", "local", "--all"]).exits_with(0).reports("no conversations");
    twin.deploy().exits_with(0).reports("nothing to change");
    assert!(server.take_received().is_empty());

    let before = twin.status();
    server.refuse(UNKNOWN_MODEL);
    let refused = deploy_newer(&twin).exits_with(6);
    refused.reports("the new backend could not answer a question and gets no visitors");
    refused.reports("https://platform.openai.com/docs/models");
    refused.reports("set `release: { ask: false }`");
    assert_eq!(before["backend"]["phase"]["pid"], twin.status()["backend"]["phase"]["pid"]);
    assert_eq!(server.take_received().len(), 1);

    twin.add_to_environment("release: { ask: false }\n");
    deploy_newer(&twin).exits_with(0);
    assert_ne!(before["backend"]["phase"]["pid"], twin.status()["backend"]["phase"]["pid"]);
    assert!(server.take_received().is_empty());
}

#[testbed::test]
fn a_rejected_key_is_reported_and_visitors_cannot_ask_the_question() {
    let server = ModelServer::start("127.0.0.1");
    let twin = twin(&server);
    let url = twin.deploy().exits_with(0).url().to_owned();
    server.take_received();
    for path in ["/api/question", "/api/ask", "/api/chat/question", "/question"] {
        chat_at(&url, path, "smoke");
        get(&url, path);
    }
    assert_eq!(server.take_received(), [""; 0]);

    server.accept_only(SECOND);
    let refused = deploy_newer(&twin).exits_with(6);
    refused.reports("the model provider rejected the API key");
    assert!(!format!("{refused:?}").contains("sk-proj"), "{refused:?}");
}

#[testbed::test]
fn data_files_that_do_not_fit_into_ollamas_context_are_refused() {
    let server = ModelServer::start("127.0.0.1");
    let twin = twin(&server);
    twin.deploy().exits_with(0);
    server.take_received();
    server.become_ollama(8_192);
    twin.write("data/me.txt", "I keep bees and write about them. ".repeat(1_000));
    let refused = twin.deploy().exits_with(3);
    refused.reports("tokens in total, but the model's context has 8192, of which 3048 are reserved");
    twin.run(&["upload-data", "local", "--yes"]).exits_with(3);
    assert!(server.take_received().is_empty());
    assert!(!twin.join(".twinctl/local/local/data/me.txt").exists());
}
