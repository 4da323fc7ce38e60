//! Figures.
use anyhow::Result;
/// Measure
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Bench {
    Deploy,
}
pub(crate) fn run(_: &Bench) -> Result<()> {
    Ok(())
}
