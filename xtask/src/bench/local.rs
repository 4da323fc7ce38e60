//! `cargo xtask bench local`: a local twin under load, directly and through its gateway.

mod twin;
mod visitors;

use std::path::PathBuf;

use anyhow::{Result, bail};
use serde::Serialize;

use super::binaries;
use super::figure::{self, Figure, figure, print};
use super::statistics::median;
use twin::{Binaries, Twin};
use visitors::Visitors;

/// Measure a local twin under load: latency, memory, lost turns
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Number of questions per median. Each is sent twice: directly, and through the gateway
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..))]
    turns: u32,

    /// Number of concurrent visitors under load
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    at_once: u32,

    /// Number of questions under load
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    requests: u32,

    /// Use this twinctl instead of a release build
    #[arg(long, value_name = "FILE")]
    twinctl: Option<PathBuf>,

    /// Use this twin-lambda instead of building one
    #[arg(long, value_name = "FILE")]
    twin_lambda: Option<PathBuf>,

    /// Print all results as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Results {
    start_ms: f64,
    direct_ms: f64,
    through_ms: f64,
    idle_mb: f64,
    loaded_mb: f64,
    requests_per_second: f64,
    sent: u64,
    stored: u64,
}

const FIGURES: [Figure<Results>; 7] = [
    figure("deploy to first answer", "ms", Some(1000.0), |results| results.start_ms),
    figure("turn, direct", "ms", None, |results| results.direct_ms),
    figure("turn, via gateway", "ms", None, |results| results.through_ms),
    figure("gateway overhead", "ms", Some(1.0), |results| results.through_ms - results.direct_ms),
    figure("memory, idle", "MB", Some(40.0), |results| results.idle_mb),
    figure("memory, after load", "MB", Some(40.0), |results| results.loaded_mb),
    figure("under load", "turns/s", None, |results| results.requests_per_second),
];

pub(crate) fn run(args: &Args) -> Result<()> {
    let binaries = Binaries {
        twinctl: binaries::twinctl(args.twinctl.as_deref())?,
        twin_lambda: binaries::twin_lambda(args.twin_lambda.as_deref())?,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let results = runtime.block_on(measure(&binaries, args))?;
    print(args.json, &results, || table(&results))?;
    if results.stored != results.sent {
        bail!("{} of {} turns were not stored", results.sent - results.stored, results.sent);
    }
    Ok(())
}

async fn measure(binaries: &Binaries, args: &Args) -> Result<Results> {
    let twin = Twin::deploy(binaries).await?;
    let through = Visitors::new(twin.gateway);
    let direct = Visitors::new(twin.backend);
    let idle_mb = twin.resident_mb()?;
    eprintln!("sending {} questions each way", args.turns);
    let (mut direct_ms, mut through_ms) = (Vec::new(), Vec::new());
    // Alternating, so that other load on this machine affects both.
    for turn in 0..args.turns {
        direct_ms.push(direct.ask("direct", turn).await?);
        through_ms.push(through.ask("through", turn).await?);
    }
    eprintln!("sending {} questions, {} at once", args.requests, args.at_once);
    let duration = through.load(args.requests, args.at_once).await?;
    Ok(Results {
        start_ms: twin.start_ms,
        direct_ms: median(direct_ms),
        through_ms: median(through_ms),
        idle_mb,
        loaded_mb: twin.resident_mb()?,
        requests_per_second: f64::from(args.requests) / duration.as_secs_f64(),
        sent: 1 + u64::from(args.requests) + 2 * u64::from(args.turns),
        stored: twin.turns_stored()?,
    })
}

fn table(results: &Results) -> String {
    let Results { sent, stored, .. } = results;
    figure::table(&FIGURES, &[("twin", results)])
        + &format!(
            "\n{stored} of {sent} turns are stored. Times are medians; memory is the sum of both processes.\n"
        )
}
