//! What stands in the way of a deploy is named, and nothing is lost.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt as _};

use super::{
    destroyed::conversations,
    home::{Home, binary},
    visit::chat,
};

#[test]
fn a_port_that_is_taken_is_told_with_who_has_it() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let binary = binary().to_str().unwrap();
    let refused = home.run(&["deploy", "local", "--port", &port, "--lambda-binary", binary]).ends_with(6);
    refused.says(&port);
    refused.says(&format!("process {}", std::process::id()));
    refused.says("--port");
    home.deploy().ends_with(0);
}

#[test]
fn the_next_free_port_is_taken_where_the_file_allows_it_and_then_kept() {
    let home = Home::new();
    let environment = fs::read_to_string(home.folder().join("environments/local.yaml")).unwrap();
    let port = environment.split_once("port: ").unwrap().1.split_once(',').unwrap().0;
    let taken = TcpListener::bind(format!("127.0.0.1:{port}")).unwrap();
    let url = home.deploy().ends_with(0).url().to_owned();
    assert_ne!(url, format!("http://127.0.0.1:{port}"));
    drop(taken);
    let again = home.deploy().ends_with(0);
    again.says("nothing to change");
    assert_eq!(again.url(), url);
}

#[test]
fn a_folder_of_somebody_else_is_not_taken_unasked() {
    let home = Home::new();
    home.write("memory/0123.json", "[]");
    let environment = fs::read_to_string(home.folder().join("environments/local.yaml")).unwrap();
    let elsewhere = environment.replace("next_free_port: true", "next_free_port: true, memory: memory");
    home.write("environments/local.yaml", &elsewhere);
    home.deploy().ends_with(6).says("was not created by twinctl");
    let binary = binary().to_str().unwrap();
    let adopted = home.run(&["deploy", "local", "--adopt", "--lambda-binary", binary]).ends_with(0);
    chat(adopted.url(), "Who are you?");
    assert!(home.folder().join("memory/0123.json").exists());
    assert_eq!(conversations(&home.folder().join("memory")), 2);
}

#[test]
fn what_lies_beside_conversations_outlives_them() {
    let home = Home::new();
    home.write("memory/0123.json", "[]");
    home.write("memory/diary.txt", "dear diary");
    let environment = fs::read_to_string(home.folder().join("environments/local.yaml")).unwrap();
    let elsewhere = environment.replace("next_free_port: true", "next_free_port: true, memory: memory");
    home.write("environments/local.yaml", &elsewhere);
    let binary = binary().to_str().unwrap();
    home.run(&["deploy", "local", "--adopt", "--lambda-binary", binary]).ends_with(0);
    home.run(&["destroy", "local", "--confirm", "local"]).ends_with(0);
    let left: Vec<_> =
        fs::read_dir(home.folder().join("memory")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["diary.txt"]);
}

#[test]
fn the_owners_own_files_are_never_the_copy() {
    let home = Home::new();
    let environment = fs::read_to_string(home.folder().join("environments/local.yaml")).unwrap();
    for (field, other) in
        [("data: data", "`local.data` and `data`"), ("memory: data/memory", "`local.memory` and `data`")]
    {
        home.write(
            "environments/local.yaml",
            &environment.replace("next_free_port: true", &format!("next_free_port: true, {field}")),
        );
        home.run(&["deploy", "local", "--adopt", "--lambda-binary", binary().to_str().unwrap()])
            .ends_with(3)
            .says(other);
    }
    home.write("environments/local.yaml", &environment);
    assert!(home.folder().join("data/facts.json").exists());
}

#[test]
fn options_for_this_machine_are_refused_elsewhere() {
    let home = Home::new();
    home.write("environments/dev.yaml", "project: ada\nenvironment: dev\nregion: us-east-1\n");
    home.run(&["deploy", "dev", "--port", "9000"]).ends_with(2).says("is for local twins only");
    home.run(&["deploy", "dev", "--service"]).ends_with(2).says("is for local twins only");
}

/// Root may write anywhere: what stands in its way is a file where a folder should be.
#[test]
fn folders_that_cannot_be_written_are_named_with_a_way_out() {
    let home = Home::new();
    home.write(".twinctl/local", "in the way");
    home.deploy().ends_with(6).says("move it away");
    fs::remove_file(home.folder().join(".twinctl/local")).unwrap();
    let url = home.deploy().ends_with(0).url().to_owned();
    chat(&url, "Who are you?");
    let home_mode = fs::metadata(home.folder()).unwrap().permissions().mode();
    assert_ne!(home_mode, 0);
}
