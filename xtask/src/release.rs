//! `cargo xtask release`: checks and makes the files of a release. It uploads nothing: `.github/workflows/release.yml` does.

mod changelog;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use testbed::workspace;

use crate::dist;
use crate::package::{self, VERSION};

/// The notes of the release, in Markdown.
const NOTES: &str = "target/release-notes.md";

/// Check and make the files of a release: version, notes, packages, bill of materials and checksums
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Self-contained programs, one for each platform [default: the one that `cargo xtask dist` builds]
    #[arg(value_name = "FILE")]
    programs: Vec<PathBuf>,
    /// GitHub repository of the release
    #[arg(long, value_name = "OWNER/NAME")]
    repository: String,
    /// Tag of the release, which has to be the version of this workspace
    #[arg(long, value_name = "TAG", required_unless_present = "dry_run")]
    tag: Option<String>,
    /// Take the notes of the changelog's section `Unreleased`
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if let Some(tag) = &args.tag {
        check_tag(tag)?;
        check_repository(&args.repository)?;
    }
    let notes = write_notes(&args.repository, args.dry_run)?;
    let mut programs = args.programs.clone();
    if programs.is_empty() {
        programs.push(dist::make(&dist::Args::default())?);
    }
    for program in &args.programs {
        dist::check(&program.canonicalize()?)?;
    }
    package::run(&package::Args::of_release(programs, &args.repository))?;
    println!("{}", notes.display());
    Ok(())
}

/// Does the same with the debug build that the tests have made.
pub(crate) fn of_debug_build() -> Result<()> {
    write_notes("ada/twin", true)?;
    package::of_debug_build()
}

fn check_tag(tag: &str) -> Result<()> {
    ensure!(tag == format!("v{VERSION}"), "the tag is {tag}, but the version of the workspace is {VERSION}");
    Ok(())
}

/// Checks that the manifest sets `repository`, from which `cargo binstall` downloads.
fn check_repository(repository: &str) -> Result<()> {
    let manifest = fs::read_to_string(workspace::root().join("twinctl/Cargo.toml"))?;
    let line = format!("repository = \"https://github.com/{repository}\"");
    ensure!(manifest.lines().any(|found| found == line), "add `{line}` to twinctl/Cargo.toml");
    Ok(())
}

/// Writes the notes of the release, and returns their path.
fn write_notes(repository: &str, dry_run: bool) -> Result<PathBuf> {
    let text = fs::read_to_string(workspace::root().join("CHANGELOG.md"))?;
    let released = changelog::section(&text, VERSION);
    let unreleased = || changelog::section(&text, "Unreleased").filter(|_| dry_run);
    let changes = released.or_else(unreleased).with_context(|| {
        format!("CHANGELOG.md has no section `## [{VERSION}] - YYYY-MM-DD`: rename `## [Unreleased]` to it")
    })?;
    let path = workspace::root().join(NOTES);
    fs::create_dir_all(workspace::target())?;
    fs::write(&path, format!("{changes}\n\n{}", changelog::installation(repository, VERSION)))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_to_be_the_version() {
        assert!(check_tag(&format!("v{VERSION}")).is_ok());
        for tag in [VERSION, "v9.9.9", "main"] {
            assert!(check_tag(tag).is_err(), "{tag}");
        }
        assert!(check_repository("ada/another").is_err());
    }
}
