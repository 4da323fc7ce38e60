//! `twinctl version`: prints the version and the embedded files.

use clap::Args;
use serde_json::json;

use crate::{
    artifacts::{embedded::Embedded, on_thread},
    spec::Options,
    ui::{Diagnostic, Exit, Ui},
};

const EXAMPLES: &str = "\
Examples:
  twinctl version --verbose   # the hashes of page and function, in the form of `sha256sum`";

/// Print the version, and with `--verbose` the hashes of the embedded files
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Version {}

pub(super) async fn run(_: &Options, _: &Version, ui: &Ui) -> Result<Exit, Diagnostic> {
    let version = env!("CARGO_PKG_VERSION");
    let embedded = on_thread(|| Embedded::open()?.map_or(Ok(vec![]), |mut embedded| embedded.list())).await?;
    ui.data(&format!("twinctl {version}"));
    if ui.is_verbose() {
        for file in &embedded {
            ui.data(&format!("{}  {}", file.sha256, file.name));
        }
        if embedded.is_empty() {
            ui.say("this twinctl contains no page and no function: it builds them from its repository");
        }
    }
    ui.object("version", json!({ "twinctl": version, "embedded": embedded }));
    Ok(Exit::Done)
}
