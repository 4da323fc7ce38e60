//! `cargo xtask test`: everything that CI runs.

use std::process::Command;

use anyhow::Result;
use testbed::{needs, twin_lambda, venv, workspace};

use crate::acceptance;
use crate::check::{self, lints};
use crate::command::{cargo, run as run_command};
use crate::programs;
use crate::release;
use crate::section::Sections;
use crate::web;

/// Run everything that CI runs: the checks of CONTRIBUTING.md, then all tests
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Leave out the tests that need an emulated AWS, a browser or other programs
    #[arg(long)]
    fast: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut sections = Sections::default();
    check::all_but_lints(&mut sections);
    web::all(&mut sections);
    if !args.fast {
        sections.run("programs", programs::ensure);
        sections.run("emulator", || venv::EMULATOR.install().map(drop));
        sections.run("checks", || venv::CHECKS.install().map(drop));
    }
    sections.run("lints", lints::check_in_build);
    sections.run("tests", || run_command(&mut tests(args.fast)));
    if !args.fast {
        // The tests have built the binaries.
        sections.run("release", release::of_debug_build);
        sections.run("acceptance", acceptance::in_emulator);
        web::browser(&mut sections);
    }
    if args.fast {
        eprintln!("\nLeft out by --fast: the tests listed above as ignored, and those in a browser.");
    }
    sections.finish()
}

/// Without `--fast`, a test that cannot run here fails instead of being ignored.
fn tests(fast: bool) -> Command {
    let mut command = cargo(&["test", "--workspace", "--no-fail-fast"]);
    lints::use_clippy(&mut command);
    command.env(needs::VARIABLE, if fast { "fast" } else { "all" });
    // Built with the tests, because twin-lambda has integration tests.
    command.env(twin_lambda::PREBUILT, workspace::target().join("debug/twin-lambda"));
    // Tests with an emulator wait half of the time.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    command.args(["--", "--test-threads", &(2 * cores).to_string()]);
    command
}
