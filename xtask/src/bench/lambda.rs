//! `cargo xtask bench lambda`: the chat backend as Lambda runs it, compared with a Python twin.

mod figures;
mod peer;
mod process;
mod stand_in;

use std::path::PathBuf;

use anyhow::Result;
use tempfile::TempDir;

use super::binaries;
use figures::{Results, table};
use peer::{Bytecode, Python};
use process::Backend;
use stand_in::StandIn;

/// Measure the chat backend with stand-ins for Lambda, S3 and Bedrock: size, start, turns, memory
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Number of starts to take medians of
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    starts: u32,

    /// Number of turns after the last start
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..))]
    turns: u32,

    /// Use this twin-lambda instead of building one
    #[arg(long, value_name = "FILE")]
    twin_lambda: Option<PathBuf>,

    /// Skip the Python twin, whose packages are installed with pip
    #[arg(long)]
    no_peer: bool,

    /// Print all results as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let folder = TempDir::with_prefix("twin-bench-")?;
    let binary = binaries::twin_lambda(args.twin_lambda.as_deref())?;
    let mut backends = vec![Backend::twin_lambda(&binary, folder.path())?];
    if !args.no_peer {
        for bytecode in [Bytecode::Missing, Bytecode::Compiled] {
            backends.push(Python::install(folder.path(), bytecode)?.backend()?);
        }
    }
    let stand_in = StandIn::start()?;
    let results: Vec<Results> =
        backends.iter().map(|backend| measure(backend, &stand_in, args)).collect::<Result<_>>()?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&results)?);
    } else {
        print!("{}", table(&results, args.starts, args.turns));
    }
    Ok(())
}

/// Each start answers one turn, the last one all further turns.
fn measure(backend: &Backend, stand_in: &StandIn, args: &Args) -> Result<Results> {
    eprintln!("measuring {}", backend.name);
    let mut results = Results::new(backend.name, backend.zip_bytes);
    for start in 0..args.starts {
        stand_in.reset();
        let running = backend.start(stand_in)?;
        results.init_ms.push(running.init_ms);
        results.first_turn_ms.push(stand_in.turn(0)?);
        if start + 1 == args.starts {
            for number in 1..=args.turns {
                results.turn_ms.push(stand_in.turn(number)?);
            }
            results.peak_mb = running.peak_mb()?;
        }
    }
    Ok(results)
}
