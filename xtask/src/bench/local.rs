//! `cargo xtask bench local`: a local twin under load: what the front door costs, and whether anything is lost.

mod figures;
mod place;
mod visitors;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use xtask::workspace;

use crate::command::{cargo, run as run_command};

use figures::{Results, median, table};
use place::{Binaries, Place};
use visitors::Visitors;

/// Starts a local twin and asks it a lot: latency, memory, and every turn of every conversation counted
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// How many questions the medians are of, each asked with and without the front door
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..))]
    turns: u32,

    /// How many questions are then asked at once
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    at_once: u32,

    /// How many there are of those in all
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    requests: u32,

    /// A ready twinctl instead of one built for release
    #[arg(long, value_name = "FILE")]
    twinctl: Option<PathBuf>,

    /// A ready twin-lambda instead of one built as it is deployed
    #[arg(long, value_name = "FILE")]
    twin_lambda: Option<PathBuf>,

    /// Print every result, as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let binaries = Binaries {
        twinctl: ready(args.twinctl.as_ref(), &["twinctl", "--release"], "release/twinctl")?,
        twin_lambda: ready(
            args.twin_lambda.as_ref(),
            &["twin-lambda", "--profile", "lambda"],
            "lambda/twin-lambda",
        )?,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let results = runtime.block_on(measure(&binaries, args))?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&results)?);
    } else {
        print!("{}", table(&results));
    }
    if results.kept != results.asked {
        bail!("{} turns were asked and {} were kept", results.asked, results.kept);
    }
    Ok(())
}

fn ready(given: Option<&PathBuf>, build: &[&str], file: &str) -> Result<PathBuf> {
    if let Some(given) = given {
        // The backend is started in another folder.
        return given.canonicalize().with_context(|| format!("there is no {}", given.display()));
    }
    run_command(&mut cargo(&[&["build", "--package"], build].concat()))?;
    Ok(workspace::target().join(file))
}

async fn measure(binaries: &Binaries, args: &Args) -> Result<Results> {
    let place = Place::open(binaries).await?;
    let through = Visitors::new(place.door);
    let direct = Visitors::new(place.backend);
    let idle_mb = place.resident_mb()?;
    eprintln!("asking {} questions each way", args.turns);
    let (mut direct_ms, mut through_ms) = (Vec::new(), Vec::new());
    // In turn, so that whatever else this machine does happens to both.
    for turn in 0..args.turns {
        direct_ms.push(direct.ask("direct", turn).await?);
        through_ms.push(through.ask("through", turn).await?);
    }
    eprintln!("asking {} questions, {} at once", args.requests, args.at_once);
    let soak = through.soak(args.requests, args.at_once).await?;
    Ok(Results {
        start_ms: place.start_ms,
        direct_ms: median(direct_ms),
        through_ms: median(through_ms),
        idle_mb,
        soaked_mb: place.resident_mb()?,
        requests_per_second: f64::from(args.requests) / soak.as_secs_f64(),
        asked: 1 + u64::from(args.requests) + 2 * u64::from(args.turns),
        kept: place.turns_kept()?,
    })
}
