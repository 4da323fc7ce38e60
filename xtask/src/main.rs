//! Developer commands: `cargo xtask --help` lists them.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a developer tool, not part of the product")]

mod acceptance;
mod bench;
mod check;
mod command;
mod dist;
mod function_zip;
mod package;
mod picture;
mod programs;
mod release;
mod sandbox;
mod section;
mod test;
mod web;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Developer commands", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    Check(check::Args),
    Test(test::Args),
    Sandbox(sandbox::Args),
    Dist(dist::Args),
    Package(package::Args),
    Release(release::Args),
    #[command(hide = true)]
    TryPackage(package::TryPackage),
    Web(web::Args),
    /// Regenerate the terminal session and the screenshots in the README
    Picture,
    Acceptance(acceptance::Args),
    #[command(subcommand)]
    Bench(bench::Bench),
}

fn main() -> ExitCode {
    let result = match Cli::parse().task {
        Task::Check(args) => check::run(&args),
        Task::Test(args) => test::run(&args),
        Task::Sandbox(args) => sandbox::run(&args),
        Task::Dist(args) => dist::run_task(&args),
        Task::Package(args) => package::run(&args),
        Task::Release(args) => release::run(&args),
        Task::TryPackage(args) => args.run(),
        Task::Web(args) => web::run(&args),
        Task::Picture => picture::run(),
        Task::Acceptance(args) => acceptance::run(&args),
        Task::Bench(bench) => bench::run(&bench),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
