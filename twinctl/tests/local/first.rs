//! The first five minutes: deploy, look, ask, deploy again.

use super::home::{Home, PAGE, binary, chat, get};

#[testbed::test]
fn one_command_puts_it_online_and_a_second_changes_nothing() {
    let home = Home::new();
    let first = home.deploy().exits_with(0);
    let url = first.url().to_owned();
    assert_eq!(get(&url, "/").body, PAGE);
    assert_eq!(get(&url, "/api/health").json()["status"], "healthy");
    let answer = chat(&url, "What is your email?").json();
    assert!(answer["response"].as_str().unwrap().contains("ada@ada.example"), "{answer}");
    let history = get(&url, &format!("/conversation/{}", answer["session_id"].as_str().unwrap())).json();
    assert_eq!(history["messages"].as_array().unwrap().len(), 2);

    let before = home.status();
    let second = home.deploy().exits_with(0);
    second.reports("nothing to change");
    assert_eq!(second.url(), url);
    assert_eq!(home.status()["front_door"]["pid"], before["front_door"]["pid"]);
    home.run(&["plan", "local", "--exit-code", "--lambda-binary", binary()]).exits_with(0);
    let outputs = home.run(&["outputs", "local"]).exits_with(0);
    assert_eq!(outputs.url(), url);
}

#[testbed::test]
fn status_tells_who_runs_and_what_was_asked() {
    let home = Home::new();
    home.run(&["status", "local"]).exits_with(8);
    let url = home.deploy().exits_with(0).url().to_owned();
    chat(&url, "Who are you?");
    let status = home.status();
    assert_eq!(status["exit"], 0, "{status}");
    assert_eq!(status["health"]["healthy"], true);
    assert!(status["front_door"]["requests"]["total"].as_u64().unwrap() >= 2, "{status}");
    assert_eq!(status["backend"]["phase"]["phase"], "ready", "{status}");
    let people = home.run(&["status", "local"]).exits_with(0);
    people.reports("the gateway is process");
    people.reports("twin-lambda is process");
    people.reports("the twin answers");
}

#[testbed::test]
fn nothing_of_it_is_for_a_repository_or_for_others() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    home.deploy().exits_with(0);
    let ignored = std::fs::read_to_string(home.join(".twinctl/.gitignore")).unwrap();
    assert_eq!(ignored, "*\n");
    let mode = std::fs::metadata(home.place()).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
}

#[testbed::test]
fn until_there_are_files_of_ones_own_a_made_up_person_speaks() {
    let home = Home::new();
    for file in ["facts.json", "summary.txt"] {
        std::fs::remove_file(home.join("data").join(file)).unwrap();
    }
    home.write("data/sample/facts.json", r#"{"full_name": "Nobody Real", "email": "nobody@sample.example"}"#);
    let first = home.deploy().exits_with(0);
    first.reports("the twin answers as the sample persona");
    let answer = chat(first.url(), "What is your email?").json();
    assert!(answer["response"].as_str().unwrap().contains("nobody@sample.example"), "{answer}");
    home.run(&["status", "local"])
        .exits_with(0)
        .reports("run `twinctl upload-data local` to upload your data files");

    home.write("data/facts.json", r#"{"full_name": "Ada Maplewood"}"#);
    home.run(&["upload-data", "local", "--yes"]).exits_with(0);
    let told = home.run(&["status", "local"]).exits_with(0);
    assert!(!told.stderr.contains("sample persona"), "{}", told.stderr);
    home.run(&["upload-data", "local", "--yes", "--rollback"]).exits_with(0);
    home.run(&["status", "local"]).exits_with(0).reports("the twin answers as the sample persona");
}
