//! `cargo xtask check`: the rules of CONTRIBUTING.md.

mod dependencies;
mod facts;
mod language;
mod layers;
mod lexer;
pub(crate) mod lints;
mod rules;
mod source;

use anyhow::Result;
use clap::ValueEnum;

use crate::command::{cargo, run as run_command};
use crate::section::Sections;
use language::Phrases;
use source::{Complaint, Scope, extension};

/// Check the rules of CONTRIBUTING.md, all or one
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Check only this rule
    rule: Option<Rule>,

    #[command(flatten)]
    scope: Scope,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Rule {
    /// Formatted by rustfmt
    Format,
    /// No clippy warnings (pedantic; functions of at most 60 lines; the bans of clippy.toml)
    Lints,
    /// Every Rust file opens with one `//!` sentence
    Openings,
    /// No Rust file has more than 400 lines without a reason
    Sizes,
    /// No marks for unfinished work; lints are expected, not allowed
    Leftovers,
    /// No banned words in names
    Names,
    /// Imports point down, without cycles
    Layers,
    /// Plain English in comments, strings and docs
    Language,
    /// Prices, models and other facts were checked in the last 90 days (warns only)
    Facts,
    /// Only dependencies that deny.toml allows
    Dependencies,
    /// No unused dependencies or source files
    Unused,
    /// No known vulnerabilities in dependencies (needs GitHub)
    Advisories,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if let Some(rule) = args.rule {
        return rule.check(&args.scope);
    }
    let mut sections = Sections::default();
    all(&mut sections);
    sections.finish()
}

/// Checks all rules.
fn all(sections: &mut Sections) {
    for rule in Rule::value_variants() {
        rule.section(sections);
    }
}

/// Checks all rules but clippy's, which `cargo xtask test` checks while it builds the tests.
pub(crate) fn all_but_lints(sections: &mut Sections) {
    for rule in Rule::value_variants().iter().filter(|rule| !matches!(rule, Rule::Lints)) {
        rule.section(sections);
    }
}

impl Rule {
    /// Checks everything.
    fn section(self, sections: &mut Sections) {
        let everything = Scope { paths: Vec::new(), summary: false };
        let name = self.to_possible_value().map(|value| value.get_name().to_owned());
        sections.run(&name.unwrap_or_default(), || self.check(&everything));
    }

    fn check(self, scope: &Scope) -> Result<()> {
        match self {
            Self::Format => run_command(&mut cargo(&["fmt", "--all", "--check"])),
            Self::Lints => lints::check(),
            Self::Openings => check_rust(scope, rules::opening),
            Self::Sizes => check_rust(scope, rules::size),
            Self::Leftovers => check_rust(scope, rules::leftovers),
            Self::Names => check_rust(scope, rules::names),
            Self::Layers => layers::check(scope),
            Self::Language => {
                let phrases = Phrases::load()?;
                scope.check(language::is_checked, |path, text| phrases.check(path, text))
            }
            Self::Facts => facts::check(),
            Self::Dependencies => dependencies::allowed(),
            Self::Unused => dependencies::unused(),
            Self::Advisories => dependencies::advisories(),
        }
    }
}

/// Checks one rule about single Rust files.
fn check_rust(scope: &Scope, rule: fn(&str) -> Vec<Complaint>) -> Result<()> {
    scope.check(|path| extension(path) == "rs", |_, text| rule(text))
}
