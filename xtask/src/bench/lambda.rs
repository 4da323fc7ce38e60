//! `cargo xtask bench lambda`: the chat backend as Lambda runs it, compared with a Python twin.

mod peer;
mod process;
mod stand_in;

use std::path::PathBuf;

use anyhow::Result;
use serde::Serialize;
use tempfile::TempDir;

use super::binaries;
use super::figure::{self, Figure, figure, print};
use super::statistics::{float, quantile};
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

/// All measurements of one backend.
#[derive(Debug, Default, Serialize)]
struct Results {
    backend: &'static str,
    zip_bytes: u64,
    init_ms: Vec<f64>,
    first_turn_ms: Vec<f64>,
    turn_ms: Vec<f64>,
    /// From the model's first token until Lambda has it. Empty if the backend does not stream.
    first_token_ms: Vec<f64>,
    peak_mb: f64,
}

const FIGURES: [Figure<Results>; 8] = [
    figure("zip", "MB", Some(2.1), |results| float(results.zip_bytes) / 1e6),
    figure("init", "ms", Some(6.0), |results| quantile(&results.init_ms, 0.5)),
    figure("first turn", "ms", Some(3.0), |results| quantile(&results.first_turn_ms, 0.5)),
    figure("turn, p50", "ms", Some(1.0), |results| quantile(&results.turn_ms, 0.5)),
    figure("turn, p99", "ms", Some(2.0), |results| quantile(&results.turn_ms, 0.99)),
    figure("first token, p50", "ms", Some(1.0), |results| quantile(&results.first_token_ms, 0.5)),
    figure("first token, p99", "ms", None, |results| quantile(&results.first_token_ms, 0.99)),
    figure("peak memory", "MB", Some(10.0), |results| results.peak_mb),
];

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
    print(args.json, &results, || table(&results, args.starts, args.turns))
}

/// Each start answers one turn, the last one all further turns.
fn measure(backend: &Backend, stand_in: &StandIn, args: &Args) -> Result<Results> {
    eprintln!("measuring {}", backend.name);
    let mut results = Results { backend: backend.name, zip_bytes: backend.zip_bytes, ..Results::default() };
    for start in 0..args.starts {
        stand_in.reset();
        let running = backend.start(stand_in)?;
        results.init_ms.push(running.init_ms);
        results.first_turn_ms.push(stand_in.turn(0)?);
        if start + 1 == args.starts {
            for number in 1..=args.turns {
                results.turn_ms.push(stand_in.turn(number)?);
            }
            if backend.can_stream {
                for number in 1..=args.turns {
                    results.first_token_ms.push(stand_in.first_token(number)?);
                }
            }
            results.peak_mb = running.peak_mb()?;
        }
    }
    Ok(results)
}

fn table(results: &[Results], starts: u32, turns: u32) -> String {
    let columns: Vec<_> = results.iter().map(|one| (one.backend, one)).collect();
    figure::table(&FIGURES, &columns)
        + &format!(
            "\nMedians of {starts} starts, and of {turns} turns after the last one; Lambda, S3 and model on loopback.\n\
             First token: from the model's first one until Lambda has received it, of {turns} streamed turns.\n\
             Run nothing else meanwhile: other load raises the p99.\n"
        )
}
