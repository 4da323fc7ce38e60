//! `cargo xtask check`: the rules of CONTRIBUTING.md.

use anyhow::Result;
use clap::ValueEnum;

use crate::command::{cargo, is_there, run as run_command};
use crate::rules;
use crate::section::Sections;

/// The rules of CONTRIBUTING.md, all or one
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    rule: Option<Rule>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Rule {
    /// rustfmt has nothing to change
    Format,
    /// clippy is silent: pedantic, functions of 60 lines at most, the bans of clippy.toml
    Lints,
    /// Every file opens with one `//!` sentence
    Openings,
    /// No file has more than 400 lines without a reason
    Sizes,
    /// Nothing is marked for later, and lints are expected, not allowed
    Leftovers,
    /// The words that we do not use name nothing
    Names,
    /// Only crates that deny.toml lets in
    Dependencies,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if let Some(rule) = args.rule {
        return rule.check();
    }
    let mut sections = Sections::default();
    all(&mut sections);
    sections.finish()
}

pub(crate) fn all(sections: &mut Sections) {
    for rule in Rule::value_variants() {
        sections.run(rule.name(), || rule.check());
    }
}

impl Rule {
    fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Lints => "lints",
            Self::Openings => "openings",
            Self::Sizes => "sizes",
            Self::Leftovers => "leftovers",
            Self::Names => "names",
            Self::Dependencies => "dependencies",
        }
    }

    fn check(self) -> Result<()> {
        match self {
            Self::Format => run_command(&mut cargo(&["fmt", "--all", "--check"])),
            Self::Lints => run_command(&mut cargo(&[
                "clippy",
                "--workspace",
                "--all-targets",
                "--",
                "--deny",
                "warnings",
            ])),
            Self::Openings => rules::check(rules::opening),
            Self::Sizes => rules::check(rules::size),
            Self::Leftovers => rules::check(rules::leftovers),
            Self::Names => rules::check(rules::names),
            Self::Dependencies => dependencies(),
        }
    }
}

/// A bare machine has no cargo-deny, and must be able to run everything else.
fn dependencies() -> Result<()> {
    if is_there("cargo", &["deny", "--version"]) {
        return run_command(&mut cargo(&["deny", "check"]));
    }
    eprintln!("not checked: cargo-deny is not installed (`cargo install --locked cargo-deny`)");
    Ok(())
}
