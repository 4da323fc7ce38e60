//! The budget of a local twin: what is counted, also while a new backend takes over, and what visitors read when it is used up.

use std::{fs, thread};

use serde_json::Value;
use testbed::model_server::{FIRST, ModelServer};

use super::twin::{DEPLOY, Twin, binary, chat};

/// The price of the 1,234 and 7 tokens that the stand-in of a model server reports, in billionths of a dollar.
const TURN: u64 = 1_234 * 1_000 + 7 * 2_000;

fn twin(server: &ModelServer, monthly_usd: &str) -> Twin {
    let twin = Twin::new();
    let url = format!("http://{}/v1", server.address);
    twin.add_to_environment(&format!(
        "model: {{ source: openai, id: tiny, base_url: \"{url}\" }}\n\
         budget: {{ monthly_usd: {monthly_usd}, price: {{ input: 1, output: 2 }} }}\n"
    ));
    twin.write(".env", format!("OPENAI_API_KEY={FIRST}\n"));
    twin
}

fn spent(twin: &Twin) -> u64 {
    let json: Value = serde_json::from_slice(&fs::read(file(twin)).unwrap()).unwrap();
    json["months"].as_object().unwrap().values().map(|month| month.as_u64().unwrap()).sum()
}

fn file(twin: &Twin) -> std::path::PathBuf {
    twin.place().join("memory/.usage.json")
}

#[testbed::test]
fn a_local_twin_stops_asking_its_model_when_the_budget_is_used_up() {
    let server = ModelServer::start("127.0.0.1");
    let twin = twin(&server, "31");
    let deployed = twin.deploy().exits_with(0);
    deployed.reports("the budget of $31.00 a month pays for about");
    let receiver = format!("is sent to {} (`model.base_url`)", server.address);
    deployed.reports(&receiver);
    let url = deployed.url().to_owned();
    assert!(chat(&url, "Who are you?").body.contains("I know the key."));
    assert_eq!(spent(&twin), 2 * TURN, "the question of the deploy and that of the visitor");
    twin.run(&["status", "local"]).exits_with(0).reports("the model has cost $0.0025 of $31.00 this month");
    assert_eq!(twin.status()["budget"]["reached"], false);

    let month = fs::read_to_string(file(&twin)).unwrap().replace(&(2 * TURN).to_string(), "31000000000");
    fs::write(file(&twin), month).unwrap();
    server.take_received();
    for (question, expected) in [
        ("Who are you?", "I have reached my limit of answers for now."),
        ("Wer bist du denn eigentlich?", "Komm bitte später wieder."),
    ] {
        let answered = chat(&url, question);
        assert_eq!(answered.status, 200);
        assert!(
            answered.body.contains(expected) && answered.body.contains("ada@ada.example"),
            "{answered:?}"
        );
    }
    assert!(server.take_received().is_empty(), "the model is not asked");
    twin.run(&["status", "local"]).exits_with(0).reports("the budget is used up");
    assert_eq!(twin.status()["budget"]["reached"], true);
    let verified = twin.run(&["verify", "local"]).exits_with(1);
    assert!(
        verified.stdout.contains("the budget is used up, so the twin does not ask its model"),
        "{verified:?}"
    );
    twin.add_to_environment("log_level: debug\n");
    let again = twin.deploy().exits_with(0);
    assert!(!again.stderr.contains(&receiver), "{again:?}");
    again.reports("the budget of the day is used up");
    assert!(server.take_received().is_empty(), "a deploy does not ask the model either");
    twin.run(&["destroy", "local", "--confirm", "local"]).exits_with(0);
    assert!(!file(&twin).exists());
}

#[testbed::test]
fn the_old_and_the_new_backend_count_in_the_same_file() {
    let server = ModelServer::start("127.0.0.1");
    let twin = twin(&server, "1000");
    let url = twin.deploy().exits_with(0).url().to_owned();
    twin.write_program("newer", [&fs::read(binary()).unwrap()[..], b"newer"].concat());
    let newer = twin.join("newer");
    thread::scope(|scope| {
        let visitors: Vec<_> = (0..5)
            .map(|_| scope.spawn(|| (0..20).for_each(|_| assert_eq!(chat(&url, "Hi there").status, 200))))
            .collect();
        twin.run(&[&DEPLOY[..], &[newer.to_str().unwrap()]].concat()).exits_with(0);
        for visitor in visitors {
            visitor.join().unwrap();
        }
    });
    let asked = server.take_received().len() as u64;
    assert_eq!(asked, 102, "two deploys and a hundred visitors");
    let (counted, actual) = (spent(&twin), asked * TURN);
    assert!(counted.abs_diff(actual) * 20 <= actual, "counted {counted}, actual {actual}");
}

#[testbed::test]
fn a_budget_that_pays_for_no_turn_is_not_deployed() {
    let server = ModelServer::start("127.0.0.1");
    let twin = twin(&server, "0.0001");
    let refused = twin.deploy().exits_with(3);
    refused.reports("is smaller than the price of one turn ($0.0");
    assert!(server.take_received().is_empty() && !twin.place().join("running.json").exists());
}

#[testbed::test]
fn without_a_budget_a_local_twin_counts_nothing() {
    let twin = Twin::new();
    twin.add_to_environment("budget: { monthly_usd: 5 }\n");
    let url = twin.deploy().exits_with(0).url().to_owned();
    assert_eq!(chat(&url, "Who are you?").status, 200);
    assert!(!file(&twin).exists(), "the built-in model costs nothing");
    assert!(twin.status().get("budget").is_none());
}
