//! A self-contained twinctl in a folder without any other file.

use std::path::{Path, PathBuf};

use testbed::{Folder, Run, self_contained};

use super::twin::{Twin, finish};

/// A self-contained twinctl, an empty folder in which it runs, and an empty account.
struct Installed {
    twin: Twin,
    program: PathBuf,
    folder: Folder,
    _bin: Folder,
}

impl Installed {
    fn new() -> Self {
        let bin = Folder::new();
        let program = self_contained::twinctl(Path::new(env!("CARGO_BIN_EXE_twinctl")), &bin);
        Self { twin: Twin::new(), program, folder: Folder::new(), _bin: bin }
    }

    async fn run(&self, args: &[&str]) -> Run {
        let mut command = self.twin.command_of(&self.program, args);
        finish(command.current_dir(self.folder.path()).spawn().unwrap()).await
    }
}

#[testbed::test(emulator)]
async fn in_an_empty_folder_a_twin_is_deployed_and_a_second_deploy_writes_nothing() {
    let installed = Installed::new();
    installed.run(&["deploy", "dev", "--yes"]).await.exits_with(3).reports("run `twinctl init`");
    let init = installed.run(&["init", "--name", "Mira Vale"]).await.exits_with(0);
    assert!(!format!("{}{}", init.stdout, init.stderr).contains("twin-web"), "{init:?}");
    // The emulator has no model.
    installed.folder.replace("environments/base.yaml", "source: bedrock ", "source: builtin ");

    let first = installed.run(&["deploy", "dev", "--yes"]).await.exits_with(0);
    let url = first.url().to_owned();
    let page = installed.twin.visit(&url, "/");
    assert!(page.status == 200 && page.body.contains("<!doctype html>"), "{page:?}");
    let health = installed.twin.visit(&url, "/api/health");
    assert!(health.status == 200 && health.body.contains("\"healthy\""), "{health:?}");

    installed.twin.proxy.reset();
    let second = installed.run(&["deploy", "dev", "--yes"]).await.exits_with(0);
    second.reports("nothing to change");
    assert_eq!(second.url(), url);
    assert!(installed.twin.writes().is_empty());
}

#[testbed::test(emulator)]
async fn an_architecture_that_is_not_embedded_is_an_error() {
    let installed = Installed::new();
    installed.run(&["init", "--name", "Mira Vale"]).await.exits_with(0);
    let base = installed.folder.read("environments/base.yaml");
    installed
        .folder
        .write("environments/base.yaml", base.replace("lambda:\n", "lambda:\n  architecture: arm64\n"));
    let failed = installed.run(&["deploy", "dev", "--yes"]).await.exits_with(3);
    failed.reports("this twinctl contains no function for arm64");
    failed.reports("set `lambda.architecture: x86_64`");
}
