//! What stands in the way of a deploy is named, and nothing is lost.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt as _};

use super::{
    destroyed::conversations,
    home::{ENVIRONMENT_FILE, Home, chat},
};

#[testbed::test]
fn a_port_that_is_taken_is_told_with_who_has_it() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let refused = home.deploy_with(&["--port", &port]).exits_with(6);
    refused.reports(&port);
    refused.reports(&format!("process {}", std::process::id()));
    refused.reports("--port");
    home.deploy().exits_with(0);
}

#[testbed::test]
fn the_next_free_port_is_taken_where_the_file_allows_it_and_then_kept() {
    let home = Home::new();
    let environment = home.read(ENVIRONMENT_FILE);
    let port = environment.split_once("port: ").unwrap().1.split_once(',').unwrap().0;
    let taken = TcpListener::bind(format!("127.0.0.1:{port}")).unwrap();
    let url = home.deploy().exits_with(0).url().to_owned();
    assert_ne!(url, format!("http://127.0.0.1:{port}"));
    drop(taken);
    let again = home.deploy().exits_with(0);
    again.reports("nothing to change");
    assert_eq!(again.url(), url);
}

#[testbed::test]
fn a_folder_of_somebody_else_is_not_taken_unasked() {
    let home = Home::new();
    home.write("memory/0123.json", "[]");
    home.replace(ENVIRONMENT_FILE, "next_free_port: true", "next_free_port: true, memory: memory");
    home.deploy().exits_with(6).reports("was not created by twinctl");
    let adopted = home.deploy_with(&["--adopt"]).exits_with(0);
    chat(adopted.url(), "Who are you?");
    assert!(home.join("memory/0123.json").exists());
    assert_eq!(conversations(&home.join("memory")), 2);
}

#[testbed::test]
fn what_lies_beside_conversations_outlives_them() {
    let home = Home::new();
    home.write("memory/0123.json", "[]");
    home.write("memory/diary.txt", "dear diary");
    home.replace(ENVIRONMENT_FILE, "next_free_port: true", "next_free_port: true, memory: memory");
    home.deploy_with(&["--adopt"]).exits_with(0);
    home.run(&["destroy", "local", "--confirm", "local"]).exits_with(0);
    let left: Vec<_> = fs::read_dir(home.join("memory")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["diary.txt"]);
}

#[testbed::test]
fn the_owners_own_files_are_never_the_copy() {
    let home = Home::new();
    let environment = home.read(ENVIRONMENT_FILE);
    for (field, other) in
        [("data: data", "`local.data` and `data`"), ("memory: data/memory", "`local.memory` and `data`")]
    {
        home.write(
            "environments/local.yaml",
            &environment.replace("next_free_port: true", &format!("next_free_port: true, {field}")),
        );
        home.deploy_with(&["--adopt"]).exits_with(3).reports(other);
    }
    home.write("environments/local.yaml", &environment);
    assert!(home.join("data/facts.json").exists());
}

#[testbed::test]
fn options_for_this_machine_are_refused_elsewhere() {
    let home = Home::new();
    home.write("environments/dev.yaml", "project: ada\nenvironment: dev\nregion: us-east-1\n");
    home.run(&["deploy", "dev", "--port", "9000"]).exits_with(2).reports("is for local twins only");
    home.run(&["deploy", "dev", "--service"]).exits_with(2).reports("is for local twins only");
}

/// Root may write anywhere: what stands in its way is a file where a folder should be.
#[testbed::test]
fn folders_that_cannot_be_written_are_named_with_a_way_out() {
    let home = Home::new();
    home.write(".twinctl/local", "in the way");
    home.deploy().exits_with(6).reports("move it away");
    fs::remove_file(home.join(".twinctl/local")).unwrap();
    let url = home.deploy().exits_with(0).url().to_owned();
    chat(&url, "Who are you?");
    let home_mode = fs::metadata(home.path()).unwrap().permissions().mode();
    assert_ne!(home_mode, 0);
}
