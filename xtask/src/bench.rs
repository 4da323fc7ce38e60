//! `cargo xtask bench`: figures, each beside its target.

mod contender;
mod data;
mod deploy;
mod figures;
mod lambda;
mod local;
mod measure;
mod site;
mod terraform;
mod twinctl;
mod web;
mod zone;

use anyhow::Result;

/// Measure, and print each figure beside its target
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Bench {
    Data(data::Args),
    Deploy(deploy::Args),
    Lambda(lambda::Args),
    Local(local::Args),
    Web(web::Args),
}

pub(crate) fn run(bench: &Bench) -> Result<()> {
    match bench {
        Bench::Data(args) => data::run(args),
        Bench::Deploy(args) => deploy::run(args),
        Bench::Lambda(args) => lambda::run(args),
        Bench::Local(args) => local::run(args),
        Bench::Web(args) => web::run(args),
    }
}
