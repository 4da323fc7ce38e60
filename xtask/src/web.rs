//! `cargo xtask web`: the chat page is checked, built, and tried in a real browser.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use xtask::workspace;

use crate::command::{cargo, program, run as run_command};
use crate::programs;
use crate::section::Sections;

/// Names that a browser of this kind goes by.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Check, build and test the chat page; needs Node
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Leave out the browser
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

/// What needs Node alone.
pub(crate) fn all(sections: &mut Sections) {
    sections.run("page packages", install);
    sections.run("page types", || npm(&["run", "check"]));
    sections.run("page units", || npm(&["test"]));
    sections.run("page is built", is_built);
}

/// What needs a browser, and a twin behind the page: the one in `target/debug`, which the tests have just built.
pub(crate) fn browser(sections: &mut Sections) {
    sections.run("page in a browser", || {
        install()?;
        in_browser(&["run", "e2e"])
    });
}

/// Runs a script of the page that needs a browser, and perhaps a twin.
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

/// The pinned packages, once for each lock file.
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

/// `dist/` is what is deployed without Node: it has to be what the sources give.
fn is_built() -> Result<()> {
    let dist = folder().join("dist");
    let before = files(&dist)?;
    npm(&["run", "build"])?;
    let after = files(&dist)?;
    let names = before.keys().chain(after.keys());
    let changed: Vec<_> = names.filter(|name| before.get(*name) != after.get(*name)).cloned().collect();
    if changed.is_empty() {
        return Ok(());
    }
    bail!("twin-web/dist was not what its sources give, and is now: commit {}", changed.join(", "))
}

fn files(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} is not there", folder.display()))? {
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

/// A browser on this machine; installed where there is none.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Some(found) = on_path() {
        return Ok(found);
    }
    if programs::can_install() {
        programs::install(&["chromium"])?;
        return on_path().context("apt-get installed chromium, and there is none on the PATH");
    }
    let browsers = workspace::target().join("browsers");
    let mut install = program("npx", &["playwright", "install", "--with-deps", "chromium"]);
    run_command(install.current_dir(folder()).env("PLAYWRIGHT_BROWSERS_PATH", &browsers))?;
    below(&browsers)
        .context("Playwright installed no browser; install Chromium, so that `chromium` is on the PATH")
}

fn on_path() -> Option<PathBuf> {
    let folders = search_path();
    BROWSERS
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path| path.is_file())
}

/// The folders that programs are looked for in.
#[expect(clippy::disallowed_methods, reason = "PATH is the shell's setting, not ours")]
pub(crate) fn search_path() -> Vec<PathBuf> {
    std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default()
}

/// Where Playwright puts its own.
fn below(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    for path in entries {
        let found = if path.is_dir() { below(&path) } else { path.ends_with("chrome").then_some(path) };
        if found.is_some() {
            return found;
        }
    }
    None
}
