//! `cargo xtask bench web`: the page's size, first paint, a long stream on a slow processor, memory, Lighthouse.

use anyhow::Result;

use crate::web;

/// Measure the chat page in a real browser; needs Node
#[derive(clap::Args, Debug)]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args) -> Result<()> {
    web::install()?;
    web::in_browser(&["run", "bench"])
}
