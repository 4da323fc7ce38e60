//! A self-contained twinctl in a folder without any other file.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use testbed::{Folder, Run, self_contained};

use super::twin::{chat, get};

/// A self-contained twinctl, and an empty folder in which it runs. The twin is destroyed when it is dropped.
struct Installed {
    program: PathBuf,
    folder: Folder,
    _bin: Folder,
}

impl Installed {
    fn new() -> Self {
        let bin = Folder::new();
        let program = self_contained::twinctl(Path::new(env!("CARGO_BIN_EXE_twinctl")), &bin);
        Self { program, folder: Folder::new(), _bin: bin }
    }

    /// Runs the program without any environment variable, so without `cargo` in its path.
    fn run(&self, args: &[&str]) -> Run {
        let mut command = Command::new(&self.program);
        command.args(args).current_dir(self.folder.path()).env_clear().env("HOME", self.folder.path());
        command.output().unwrap().into()
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        self.run(&["destroy", "local", "--confirm", "local"]);
    }
}

pub(crate) fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    entries.map(|name| name.into_string().unwrap()).collect()
}

#[testbed::test]
fn in_an_empty_folder_a_local_twin_is_deployed_and_a_second_deploy_changes_nothing() {
    let installed = Installed::new();
    let first = installed.run(&["deploy", "local"]).exits_with(0);
    first.reports("no environment file of `local` found");
    first.reports("the twin answers as the sample persona");
    let url = first.url().to_owned();
    assert!(get(&url, "/").body.contains("<!doctype html>"));
    let answer = chat(&url, "Who are you?").json();
    assert!(answer["response"].as_str().unwrap().contains("Odalys Fennimarsh"), "{answer}");
    assert_eq!(files(installed.folder.path()), [".twinctl"]);

    let second = installed.run(&["deploy", "local"]).exits_with(0);
    second.reports("nothing to change");
    assert_eq!(second.url(), url);
    installed.run(&["status", "local"]).exits_with(0);
    let toolchain = installed.run(&["doctor", "local"]);
    assert!(toolchain.check("toolchain").contains("twinctl contains the backend"), "{toolchain:?}");

    // `init` writes the settings that the twin was deployed with.
    installed.run(&["init", "--yes"]).exits_with(0);
    installed.run(&["plan", "local", "--exit-code"]).exits_with(0);
}

#[testbed::test]
fn files_of_the_user_override_the_embedded_ones() {
    let installed = Installed::new();
    installed.run(&["init", "--name", "Mira Vale"]).exits_with(0);
    installed.folder.write("twin-web/dist/index.html", "the default folder");
    let default = installed.run(&["deploy", "local"]).exits_with(0);
    assert_eq!(get(default.url(), "/").body, "the default folder");
    assert!(chat(default.url(), "Who are you?").body.contains("Mira Vale"));

    let base = installed.folder.read("environments/base.yaml");
    installed.folder.write("environments/base.yaml", base + "web: { bundle: page }\n");
    installed.run(&["deploy", "local"]).exits_with(3).reports("the web folder page does not exist");
    installed.folder.write("page/index.html", "another folder");
    let other = installed.run(&["deploy", "local"]).exits_with(0);
    assert_eq!(get(other.url(), "/").body, "another folder");
}

#[testbed::test]
fn version_lists_the_embedded_files_with_their_hashes() {
    let installed = Installed::new();
    let short = installed.run(&["version"]).exits_with(0);
    assert_eq!(short.stdout, format!("twinctl {}\n", env!("CARGO_PKG_VERSION")));
    let long = installed.run(&["version", "--verbose"]).exits_with(0).stdout;
    let json: Value =
        serde_json::from_str(&installed.run(&["version", "--json"]).exits_with(0).stdout).unwrap();
    for name in ["function-x86_64.zip", "page/index.html"] {
        let file = json["embedded"].as_array().unwrap().iter().find(|file| file["name"] == name).unwrap();
        let line = format!("{}  {name}\n", file["sha256"].as_str().unwrap());
        assert!(long.contains(&line), "{line}{long}");
    }
    let plain = Command::new(env!("CARGO_BIN_EXE_twinctl")).args(["version", "--verbose"]).output().unwrap();
    Run::from(plain).exits_with(0).reports("contains no page and no function");
}
