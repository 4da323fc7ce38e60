//! Obstacles to a deploy, which are reported without loss of data.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt as _, path::PathBuf};

use testbed::{Run, process};

use super::{
    destroy::count_conversations,
    twin::{DEPLOY, ENVIRONMENT_FILE, Twin, binary, chat, try_chat},
};

#[testbed::test]
fn a_port_in_use_is_reported_with_its_process() {
    let twin = Twin::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let refused = twin.deploy_with(&["--port", &port]).exits_with(6);
    refused.reports(&port);
    refused.reports(&format!("process {}", std::process::id()));
    refused.reports("--port");
    twin.deploy().exits_with(0);
}

#[testbed::test]
fn the_next_free_port_is_used_if_allowed_and_then_kept() {
    let twin = Twin::new();
    let environment = twin.read(ENVIRONMENT_FILE);
    let port = environment.split_once("port: ").unwrap().1.split_once(',').unwrap().0;
    let taken = TcpListener::bind(format!("127.0.0.1:{port}")).unwrap();
    let deployed = twin.deploy().exits_with(0);
    deployed.reports(&format!("port {port} is in use by "));
    deployed.reports(&format!("(process {}): the twin gets the next free port, ", std::process::id()));
    let url = deployed.url().to_owned();
    assert_ne!(url, format!("http://127.0.0.1:{port}"));
    drop(taken);
    let again = twin.deploy().exits_with(0);
    again.reports("nothing to change");
    assert_eq!(again.url(), url);
}

#[testbed::test]
fn a_moved_folder_gets_a_gateway_of_its_own_and_keeps_its_conversations() {
    let twin = Twin::new();
    let url = twin.deploy().exits_with(0).url().to_owned();
    chat(&url, "Who are you?");
    let gateway = twin.status()["gateway"]["pid"].as_u64().unwrap();
    let moved = PathBuf::from(format!("{}-moved", twin.path().display()));
    fs::rename(twin.path(), &moved).unwrap();
    let mut deploy = twin.command(&[&DEPLOY[..], &[binary()]].concat());
    let deployed: Run = deploy.current_dir(&moved).env("HOME", &moved).output().unwrap().into();
    let url = deployed.stdout.lines().rfind(|line| line.starts_with("http://"));
    let answered = url.and_then(|url| try_chat(url, "Who are you?", None)).map(|answered| answered.status);
    let left_behind = twin.path().exists();
    // Nothing may fail before: the twin is destroyed in its first folder.
    fs::rename(&moved, twin.path()).unwrap();
    deployed.exits_with(0);
    assert_eq!((answered, left_behind), (Some(200), false));
    assert!(!process::is_running(u32::try_from(gateway).unwrap()));
    assert_eq!(count_conversations(&twin.place().join("memory")), 2);
    let back = twin.deploy().exits_with(0);
    assert_eq!(chat(back.url(), "Who are you?").status, 200);
    assert_eq!(count_conversations(&twin.place().join("memory")), 3);
}

/// Runs `twinctl` where `systemctl` finds no session of the user.
fn run_without_session(twin: &Twin, args: &[&str]) -> Run {
    let error = "Failed to connect to bus: No medium found";
    twin.write_program("bin/systemctl", format!("#!/bin/sh\necho '{error}' >&2\nexit 1\n"));
    let path = format!("{}:/usr/bin:/bin", twin.join("bin").display());
    twin.command(args).env("PATH", path).output().unwrap().into()
}

#[testbed::test]
fn a_service_without_a_session_leaves_nothing_and_blocks_neither_deploy_nor_destroy() {
    let twin = Twin::new();
    let deploy = [&DEPLOY[..], &[binary()]].concat();
    let failed = run_without_session(&twin, &[&deploy[..], &["--service"]].concat()).exits_with(6);
    failed.reports("there is no systemd user session: omit `--service`");
    let unit = ".config/systemd/user/twinctl-ada-local.service";
    assert!(!twin.join(unit).exists());
    run_without_session(&twin, &deploy).exits_with(0);
    // As an earlier twinctl left it.
    twin.write(unit, "[Unit]\n");
    run_without_session(&twin, &deploy).exits_with(0);
    assert!(!twin.join(unit).exists());
    twin.write(unit, "[Unit]\n");
    run_without_session(&twin, &["destroy", "local", "--confirm", "local"]).exits_with(0);
    assert!(!twin.join(unit).exists());
}

#[testbed::test]
fn an_unmanaged_folder_is_adopted_only_on_request() {
    let twin = Twin::new();
    twin.write("memory/0123.json", "[]");
    twin.replace(ENVIRONMENT_FILE, "next_free_port: true", "next_free_port: true, memory: memory");
    twin.deploy().exits_with(6).reports("was not created by twinctl");
    let adopted = twin.deploy_with(&["--adopt"]).exits_with(0);
    chat(adopted.url(), "Who are you?");
    assert!(twin.join("memory/0123.json").exists());
    assert_eq!(count_conversations(&twin.join("memory")), 2);
}

#[testbed::test]
fn destroy_keeps_files_that_are_not_conversations() {
    let twin = Twin::new();
    twin.write("memory/0123.json", "[]");
    twin.write("memory/diary.txt", "dear diary");
    twin.write("memory/photos/2026/index.json", "{}");
    twin.replace(ENVIRONMENT_FILE, "next_free_port: true", "next_free_port: true, memory: memory");
    twin.deploy_with(&["--adopt"]).exits_with(0);
    // A killed process left the draft of a conversation.
    twin.write(&format!("memory/{}", contract::key::draft(&"x".repeat(22))), "[");
    let named = ["--delete-adopted", "memory folder"];
    twin.run(&[&["destroy", "local", "--confirm", "local"], &named[..]].concat()).exits_with(0);
    let mut left: Vec<_> =
        fs::read_dir(twin.join("memory")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["diary.txt", "photos"]);
    assert!(twin.join("memory/photos/2026/index.json").exists());
}

#[testbed::test]
fn the_source_folder_is_never_used_as_the_copy() {
    let twin = Twin::new();
    let environment = twin.read(ENVIRONMENT_FILE);
    for (field, other) in
        [("data: data", "`local.data` and `data`"), ("memory: data/memory", "`local.memory` and `data`")]
    {
        twin.write(
            "environments/local.yaml",
            environment.replace("next_free_port: true", &format!("next_free_port: true, {field}")),
        );
        twin.deploy_with(&["--adopt"]).exits_with(3).reports(other);
    }
    twin.write("environments/local.yaml", &environment);
    assert!(twin.join("data/facts.json").exists());
}

#[testbed::test]
fn local_options_are_rejected_for_aws() {
    let twin = Twin::new();
    twin.write("environments/dev.yaml", "project: ada\nenvironment: dev\nregion: us-east-1\n");
    twin.run(&["deploy", "dev", "--port", "9000"]).exits_with(2).reports("is for local twins only");
    twin.run(&["deploy", "dev", "--service"]).exits_with(2).reports("is for local twins only");
}

/// The obstacle is a file and not a missing permission, because root may write into any folder.
#[testbed::test]
fn an_unwritable_folder_is_reported_with_a_hint() {
    let twin = Twin::new();
    twin.write(".twinctl/local", "a file");
    twin.deploy().exits_with(6).reports("move it away");
    fs::remove_file(twin.join(".twinctl/local")).unwrap();
    let url = twin.deploy().exits_with(0).url().to_owned();
    chat(&url, "Who are you?");
    let home_mode = fs::metadata(twin.path()).unwrap().permissions().mode();
    assert_ne!(home_mode, 0);
}
