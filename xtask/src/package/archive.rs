//! The archive of a platform: the program, completions, manual pages and the license.

use std::fs;
use std::path::Path;

use anyhow::Result;
use tempfile::TempDir;

use super::file::{Output, VERSION};
use super::platform::Program;
use super::staging::{Staging, copy_program, license};
use crate::command::{program, run};

pub(super) fn make(of: &Program, staging: &Staging, output: &Output) -> Result<()> {
    let name = format!("twinctl-{VERSION}-{}", of.platform.target);
    let temporary = TempDir::new()?;
    let folder = temporary.path().join(&name);
    copy_program(&of.path, &folder.join(of.platform.executable()))?;
    staging.copy_to(&folder.join("share"))?;
    fs::copy(license(), folder.join("LICENSE"))?;
    tar(temporary.path(), &name, &format!("{name}.tar.gz"), output)
}

/// Packs a folder. The same files result in the same bytes.
pub(super) fn tar(parent: &Path, folder: &str, name: &str, output: &Output) -> Result<()> {
    let options = [
        "--create",
        "--sort=name",
        "--mtime=@0",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        "--format=ustar",
    ];
    let mut tar = program("tar", &options);
    tar.arg("--mode=u+rwX,go+rX,go-w").arg(format!("--use-compress-program=gzip -{}n", output.level()));
    tar.arg("--file").arg(output.join(name));
    run(tar.arg("--directory").arg(parent).arg(folder))
}

#[cfg(test)]
mod tests {
    use testbed::workspace;

    use super::*;

    /// `cargo binstall` finds archive and program by these patterns.
    #[test]
    fn the_manifest_names_the_archive_and_the_program_in_it() {
        let manifest = fs::read_to_string(workspace::root().join("twinctl/Cargo.toml")).unwrap();
        let value = |name: &str| {
            let mut lines = manifest.lines().filter_map(|line| line.split_once(" = "));
            let (_, value) = lines.find(|(found, _)| *found == name).unwrap();
            let values = [
                ("{ version }", VERSION),
                ("{ target }", "t"),
                ("{ bin }", "twinctl"),
                ("{ binary-ext }", ""),
                ("{ repo }", "https://github.com/ada/twin"),
            ];
            values
                .iter()
                .fold(value.trim_matches('"').to_owned(), |text, (name, value)| text.replace(name, value))
        };
        let files = format!("https://github.com/ada/twin/releases/download/v{VERSION}");
        assert_eq!(value("pkg-url"), format!("{files}/twinctl-{VERSION}-t.tar.gz"));
        assert_eq!(value("bin-dir"), format!("twinctl-{VERSION}-t/twinctl"));
    }
}
