//! `twinctl man`: writes the manual pages. Used by `cargo xtask package`, not by users.

use std::{
    future::{Ready, ready},
    path::PathBuf,
};

use clap::{Args, CommandFactory as _};

use super::Cli;
use crate::{
    spec::Options,
    ui::{Diagnostic, Exit, Ui},
};

const EXAMPLES: &str = "\
Examples:
  twinctl man ~/.local/share/man/man1
  man twinctl-deploy";

/// Write the manual pages
#[derive(Debug, Args)]
#[command(hide = true, after_help = EXAMPLES)]
pub(crate) struct Man {
    /// Folder of the pages
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}

pub(super) fn run(_: &Options, args: &Man, _: &Ui) -> Ready<Result<Exit, Diagnostic>> {
    let written = clap_mangen::generate_to(Cli::command(), &args.folder);
    let failed = |error| Diagnostic::unexpected("could not write the manual pages", &error);
    ready(written.map_err(failed).map(|()| Exit::Done))
}
