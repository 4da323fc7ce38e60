//! `twinctl completions`: prints shell completions.

use std::future::{Ready, ready};

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::Cli;
use crate::{
    spec::Options,
    ui::{Diagnostic, Exit, Ui},
};

const EXAMPLES: &str = "\
Examples:
  twinctl completions bash > ~/.local/share/bash-completion/completions/twinctl
  twinctl completions zsh > ~/.zfunc/_twinctl";

/// Print shell completions
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Completions {
    shell: Shell,
}

pub(super) fn run(_: &Options, args: &Completions, _: &Ui) -> Ready<Result<Exit, Diagnostic>> {
    clap_complete::generate(args.shell, &mut Cli::command(), "twinctl", &mut std::io::stdout());
    ready(Ok(Exit::Done))
}
