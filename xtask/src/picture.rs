//! `cargo xtask picture`: regenerates the terminal session and the screenshots in the README.

use std::{
    fs,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use testbed::workspace;

use crate::command::{cargo, program, run as run_command};
use crate::web;

const COLUMNS: u16 = 100;
const ROWS: u16 = 120;
const BEGIN: &str = "<!-- session: made by `cargo xtask picture` -->\n";
const END: &str = "<!-- /session -->\n";

pub(crate) fn run() -> Result<()> {
    run_command(&mut cargo(&["build", "--package", "twinctl", "--package", "twin-lambda"]))?;
    web::install()?;
    let checkout = Checkout::new()?;
    let deployed = checkout.terminal(&["deploy", "local"])?;
    let chat = checkout.terminal(&["chat", "local", "Who are you?"])?;
    let session = format!("{}\n{}", without_fields(&deployed), chat);
    let url = checkout.outputs()?;
    let screenshots = take_screenshots(url.trim());
    // Destroys the twin also if a screenshot failed.
    checkout.destroy()?;
    screenshots?;
    replace_session(&session)
}

/// A temporary folder with the files of a fresh clone.
struct Checkout(TempDir);

impl Checkout {
    fn new() -> Result<Self> {
        let checkout = Self(TempDir::with_prefix("twin-")?);
        let folders = ["--recursive", "--parents", "environments", "data/sample", "twin-web/dist"];
        run_command(program("cp", &folders).arg(checkout.0.path()))?;
        Ok(checkout)
    }

    fn command(&self, program: &str) -> Command {
        let debug = workspace::target().join("debug");
        let mut command = Command::new(program);
        let path = std::env::join_paths(std::iter::once(debug).chain(web::search_path()));
        command.current_dir(self.0.path()).env("PATH", path.unwrap_or_default()).env("USER", "ada");
        command
    }

    /// Runs twinctl in a terminal and returns the command with the text that is finally on the screen.
    fn terminal(&self, arguments: &[&str]) -> Result<String> {
        let mut command = self.command("python3");
        command.args(["-c", include_str!("picture/terminal.py"), &COLUMNS.to_string(), &ROWS.to_string()]);
        command.arg("twinctl").args(arguments);
        if arguments.first() == Some(&"deploy") {
            command.arg("--lambda-binary").arg(workspace::target().join("debug/twin-lambda"));
        }
        let output = command.stdin(Stdio::null()).output().context("failed to run python3")?;
        if !output.status.success() {
            bail!("`twinctl {}` failed:\n{}", arguments.join(" "), String::from_utf8_lossy(&output.stdout));
        }
        let mut screen = vt100::Parser::new(ROWS, COLUMNS, 0);
        screen.process(&output.stdout);
        let shown = arguments
            .iter()
            .map(|word| if word.contains(' ') { format!("{word:?}") } else { (*word).to_owned() });
        let lines: Vec<_> = screen.screen().rows(0, COLUMNS).map(|row| row.trim_end().to_owned()).collect();
        let text = lines.join("\n");
        Ok(format!("$ twinctl {}\n{}\n", shown.collect::<Vec<_>>().join(" "), text.trim_end()))
    }

    fn outputs(&self) -> Result<String> {
        let output = self.command("twinctl").args(["outputs", "local"]).stderr(Stdio::inherit()).output()?;
        Ok(String::from_utf8(output.stdout)?)
    }

    fn destroy(&self) -> Result<()> {
        run_command(self.command("twinctl").args(["destroy", "local", "--confirm", "local"]))
    }
}

/// Removes the fields of the plan, and the blank lines between its nodes.
fn without_fields(session: &str) -> String {
    let kept: Vec<&str> = session.lines().filter(|line| !line.starts_with("    ")).collect();
    let is_node = |line: Option<&&str>| line.is_some_and(|line| line.starts_with('+'));
    let between =
        |at: usize| kept[at].is_empty() && is_node(kept.get(at.wrapping_sub(1))) && is_node(kept.get(at + 1));
    let lines: Vec<_> = (0..kept.len()).filter(|at| !between(*at)).map(|at| kept[at]).collect();
    lines.join("\n")
}

fn take_screenshots(url: &str) -> Result<()> {
    let docs = workspace::root().join("docs");
    let mut script = program("node", &["tests/picture.mjs", url]);
    script.arg(docs).current_dir(workspace::root().join("twin-web")).env("CHROMIUM", web::chromium()?);
    run_command(&mut script)
}

fn replace_session(session: &str) -> Result<()> {
    let path = workspace::root().join("README.md");
    let readme = fs::read_to_string(&path)?;
    let parts = readme.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) = parts.context("README.md has no markers for the session")?;
    fs::write(path, format!("{before}{BEGIN}```\n{}\n```\n{END}{after}", session.trim_end()))?;
    Ok(())
}
