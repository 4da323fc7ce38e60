//! `cargo xtask web`: checks, builds and tests the chat page.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use testbed::workspace;

use crate::command::{cargo, program, run as run_command};
use crate::programs;
use crate::section::Sections;

/// Names of Chromium binaries.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Check, build and test the chat page; needs Node
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Skip the browser tests
    #[arg(long)]
    fast: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut sections = Sections::default();
    all(&mut sections);
    if !args.fast {
        sections.run("twin", || {
            run_command(&mut cargo(&["build", "--package", "twinctl", "--package", "twin-lambda"]))
        });
        browser(&mut sections);
    }
    sections.finish()
}

/// Runs the checks that need only Node.
pub(crate) fn all(sections: &mut Sections) {
    sections.run("page packages", install);
    sections.run("page types", || npm(&["run", "check"]));
    sections.run("page tests", || npm(&["test"]));
    sections.run("page bundle", check_bundle);
}

/// Runs the browser tests, against a twin from the binaries in `target/debug`. They must be up to date.
pub(crate) fn browser(sections: &mut Sections) {
    sections.run("browser tests", || {
        install()?;
        in_browser(&["run", "e2e"])
    });
}

/// Runs an npm script with the paths of the browser and the twin in its environment.
pub(crate) fn in_browser(arguments: &[&str]) -> Result<()> {
    let debug = workspace::target().join("debug");
    let mut script = npm_command(arguments);
    script.env("CHROMIUM", chromium()?);
    script.env("TWINCTL", debug.join("twinctl")).env("TWIN_LAMBDA", debug.join("twin-lambda"));
    run_command(&mut script)
}

fn folder() -> PathBuf {
    workspace::root().join("twin-web")
}

fn npm_command(arguments: &[&str]) -> Command {
    let mut npm = program("npm", arguments);
    npm.current_dir(folder());
    npm
}

fn npm(arguments: &[&str]) -> Result<()> {
    run_command(&mut npm_command(arguments))
}

/// Installs the pinned packages, unless the lock file is unchanged since the last time.
pub(crate) fn install() -> Result<()> {
    let lock = fs::read(folder().join("package-lock.json"))?;
    let stamp = folder().join("node_modules/.installed-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    npm(&["ci", "--no-audit", "--no-fund"])?;
    fs::write(stamp, lock)?;
    Ok(())
}

/// Checks that `dist/`, which is deployed without Node, matches the sources.
fn check_bundle() -> Result<()> {
    let dist = folder().join("dist");
    let before = files(&dist)?;
    npm(&["run", "build"])?;
    let after = files(&dist)?;
    let names = before.keys().chain(after.keys());
    let changed: Vec<_> = names.filter(|name| before.get(*name) != after.get(*name)).cloned().collect();
    if changed.is_empty() {
        return Ok(());
    }
    bail!("twin-web/dist was out of date and has been rebuilt; commit {}", changed.join(", "))
}

fn files(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).with_context(|| format!("failed to read {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            found
                .extend(files(&path)?.into_iter().map(|(inside, bytes)| (format!("{name}/{inside}"), bytes)));
        } else {
            found.insert(name, fs::read(path)?);
        }
    }
    Ok(found)
}

/// Returns the path of Chromium, after installing it if it is missing.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Some(found) = on_path() {
        return Ok(found);
    }
    if programs::can_install() {
        programs::install(&["chromium"])?;
        return on_path().context("apt-get installed chromium, but it is not on the PATH");
    }
    let browsers = workspace::target().join("browsers");
    let mut install = program("npx", &["playwright", "install", "--with-deps", "chromium"]);
    run_command(install.current_dir(folder()).env("PLAYWRIGHT_BROWSERS_PATH", &browsers))?;
    playwright_chromium(&browsers).context("Playwright installed no browser; put `chromium` on the PATH")
}

fn on_path() -> Option<PathBuf> {
    let folders = search_path();
    BROWSERS
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path| path.is_file())
}

/// The folders in `PATH`.
#[expect(clippy::disallowed_methods, reason = "PATH belongs to the shell, not to twinctl's configuration")]
pub(crate) fn search_path() -> Vec<PathBuf> {
    std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default()
}

/// Finds the browser that Playwright installed in a folder.
fn playwright_chromium(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    for path in entries {
        let found =
            if path.is_dir() { playwright_chromium(&path) } else { path.ends_with("chrome").then_some(path) };
        if found.is_some() {
            return found;
        }
    }
    None
}
