//! `cargo xtask bench`: benchmarks, each with its targets.

mod answers;
mod binaries;
mod build;
mod data;
mod deploy;
mod deploy_tool;
mod figure;
mod figures;
mod install;
mod lambda;
mod local;
mod measure;
mod privacy;
mod site;
mod statistics;
mod terraform;
mod twinctl;

use anyhow::Result;

use crate::web;

/// Run a benchmark and compare the results with their targets
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Bench {
    Answers(answers::Args),
    Build(build::Args),
    Data(data::Args),
    Deploy(deploy::Args),
    Install(install::Args),
    Lambda(lambda::Args),
    Local(local::Args),
    Privacy(privacy::Args),
    /// Measure the chat page in a browser; needs Node
    Web,
}

pub(crate) fn run(bench: &Bench) -> Result<()> {
    match bench {
        Bench::Answers(args) => answers::run(args),
        Bench::Build(args) => build::run(args),
        Bench::Data(args) => data::run(args),
        Bench::Deploy(args) => deploy::run(args),
        Bench::Install(args) => install::run(args),
        Bench::Lambda(args) => lambda::run(args),
        Bench::Local(args) => local::run(args),
        Bench::Privacy(args) => privacy::run(args),
        Bench::Web => {
            web::install()?;
            web::in_browser(&["run", "bench"])
        }
    }
}
