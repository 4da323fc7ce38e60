//! `cargo xtask bench lambda`: the chat backend as Lambda runs it, beside the Python twin that it replaces.

mod figures;
mod peer;
mod process;
mod standin;

use std::path::PathBuf;

use anyhow::Result;
use tempfile::TempDir;

use crate::command;
use xtask::workspace;

use figures::{Results, table};
use peer::{Bytecode, Python};
use process::Contender;
use standin::Standin;

/// Starts the chat backend against a stand-in for Lambda, S3 and Bedrock: size, start, turns, memory
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// How many starts the medians are of
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    starts: u32,

    /// How many turns the last start answers
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..))]
    turns: u32,

    /// A ready twin-lambda instead of one built for Lambda
    #[arg(long, value_name = "FILE")]
    twin_lambda: Option<PathBuf>,

    /// Leave out the Python twin, whose packages are installed with pip
    #[arg(long)]
    no_peer: bool,

    /// Print every result, as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let folder = TempDir::with_prefix("twin-bench-")?;
    let binary = match &args.twin_lambda {
        Some(ready) => ready.clone(),
        None => build()?,
    };
    let mut contenders = vec![Contender::ours(&binary, folder.path())?];
    if !args.no_peer {
        for bytecode in [Bytecode::Missing, Bytecode::Compiled] {
            contenders.push(Python::make(folder.path(), bytecode)?.contender()?);
        }
    }
    let standin = Standin::start()?;
    let results: Vec<Results> =
        contenders.iter().map(|contender| measure(contender, &standin, args)).collect::<Result<_>>()?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&results)?);
    } else {
        print!("{}", table(&results, args.starts, args.turns));
    }
    Ok(())
}

fn build() -> Result<PathBuf> {
    command::run(&mut command::cargo(&["build", "--package", "twin-lambda", "--profile", "lambda"]))?;
    Ok(workspace::target().join("lambda/twin-lambda"))
}

/// Each start answers one turn; the last one goes on.
fn measure(contender: &Contender, standin: &Standin, args: &Args) -> Result<Results> {
    eprintln!("measuring {}", contender.name);
    let mut results = Results::new(contender.name, contender.zip_bytes);
    for start in 0..args.starts {
        standin.reset();
        let running = contender.start(standin)?;
        results.init_ms.push(running.init_ms);
        results.first_turn_ms.push(standin.turn(0)?);
        if start + 1 == args.starts {
            for number in 1..=args.turns {
                results.turn_ms.push(standin.turn(number)?);
            }
            results.peak_mb = running.peak_mb()?;
        }
    }
    Ok(results)
}
