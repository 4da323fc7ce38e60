//! A first deploy and the commands that follow it.

use super::twin::{PAGE, Twin, binary, chat, get};

#[testbed::test]
fn a_deploy_starts_the_twin_and_a_second_one_changes_nothing() {
    let twin = Twin::new();
    let first = twin.deploy().exits_with(0);
    let url = first.url().to_owned();
    assert_eq!(get(&url, "/").body, PAGE);
    assert_eq!(get(&url, "/api/health").json()["status"], "healthy");
    let answer = chat(&url, "What is your email?").json();
    assert!(answer["response"].as_str().unwrap().contains("ada@ada.example"), "{answer}");
    let history = get(&url, &format!("/conversation/{}", answer["session_id"].as_str().unwrap())).json();
    assert_eq!(history["messages"].as_array().unwrap().len(), 2);

    let before = twin.status();
    let second = twin.deploy().exits_with(0);
    second.reports("nothing to change");
    assert_eq!(second.url(), url);
    assert_eq!(twin.status()["gateway"]["pid"], before["gateway"]["pid"]);
    twin.run(&["plan", "local", "--exit-code", "--lambda-binary", binary()]).exits_with(0);
    let outputs = twin.run(&["outputs", "local"]).exits_with(0);
    assert_eq!(outputs.url(), url);
}

#[testbed::test]
fn status_shows_processes_and_requests() {
    let twin = Twin::new();
    let absent = twin.run(&["status", "local"]).exits_with(8);
    absent.reports("`local` is not deployed: run `twinctl deploy local`");
    let url = twin.deploy().exits_with(0).url().to_owned();
    chat(&url, "Who are you?");
    let status = twin.status();
    assert_eq!(status["exit"], 0, "{status}");
    assert_eq!(status["health"]["healthy"], true);
    assert!(status["gateway"]["requests"]["total"].as_u64().unwrap() >= 2, "{status}");
    assert_eq!(status["backend"]["phase"]["phase"], "ready", "{status}");
    let people = twin.run(&["status", "local"]).exits_with(0);
    people.reports("the gateway is process");
    people.reports("twin-lambda is process");
    people.reports("the page and the API answer");
}

#[testbed::test]
fn files_of_the_twin_are_private_and_ignored_by_git() {
    use std::os::unix::fs::PermissionsExt as _;
    let twin = Twin::new();
    twin.deploy().exits_with(0);
    let ignored = std::fs::read_to_string(twin.join(".twinctl/.gitignore")).unwrap();
    assert_eq!(ignored, "*\n");
    let mode = std::fs::metadata(twin.place()).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
}

#[testbed::test]
fn the_sample_persona_answers_until_there_are_data_files() {
    let twin = Twin::new();
    for file in ["facts.json", "summary.txt"] {
        std::fs::remove_file(twin.join("data").join(file)).unwrap();
    }
    twin.write("data/sample/facts.json", r#"{"full_name": "Nobody Real", "email": "nobody@sample.example"}"#);
    let first = twin.deploy().exits_with(0);
    first.reports("the twin answers as the sample persona");
    let answer = chat(first.url(), "What is your email?").json();
    assert!(answer["response"].as_str().unwrap().contains("nobody@sample.example"), "{answer}");
    twin.run(&["status", "local"])
        .exits_with(0)
        .reports("run `twinctl upload-data local` to upload your data files");

    twin.write("data/facts.json", r#"{"full_name": "Ada Maplewood"}"#);
    twin.run(&["upload-data", "local", "--yes"]).exits_with(0);
    let told = twin.run(&["status", "local"]).exits_with(0);
    assert!(!told.stderr.contains("sample persona"), "{}", told.stderr);
    twin.run(&["upload-data", "local", "--yes", "--rollback"]).exits_with(0);
    twin.run(&["status", "local"]).exits_with(0).reports("the twin answers as the sample persona");
}
