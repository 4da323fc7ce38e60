//! `deploy`: options that the environment does not support.

use testbed::Folder;

use super::{command, transcript};

#[testbed::test]
fn a_canary_of_a_local_twin_is_refused() {
    let folder = Folder::new();
    folder.write("environments/local.yaml", "project: ada\nenvironment: local\ntarget: local\n");
    let output = transcript(command(folder.path(), &["deploy", "local", "--yes", "--canary", "10%:5m"]));
    assert!(
        output.contains("error: `--canary` is for twins on AWS, and `local` is on this machine"),
        "{output}"
    );
    assert!(output.contains("hint: omit it") && output.ends_with("exit 2\n"), "{output}");
}
