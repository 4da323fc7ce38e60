//! `cargo xtask bench web`: page size, first paint, a long stream on a slow CPU, memory, Lighthouse.

use anyhow::Result;

use crate::web;

/// Measure the chat page in a browser; needs Node
#[derive(clap::Args, Debug)]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args) -> Result<()> {
    web::install()?;
    web::in_browser(&["run", "bench"])
}
