//! `twinctl completions`: for your shell.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::{cli::Cli, exit::Exit};

pub(super) fn print(shell: Shell) -> Exit {
    clap_complete::generate(shell, &mut Cli::command(), "twinctl", &mut std::io::stdout());
    Exit::Done
}
