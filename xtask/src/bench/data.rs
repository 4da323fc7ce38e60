//! `cargo xtask bench data`: the owner's files to an emulated bucket, ours beside `aws s3 sync` and rclone.

mod files;
mod syncers;
mod table;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::ValueEnum;
use tempfile::TempDir;
use xtask::emulator::{Auth, Emulator};
use xtask::proxy::Proxy;

use super::deploy::point;
use super::measure::{Sample, measure};
use super::site::{Site, build_lambda_zip};
use files::Owned;
use syncers::Syncer;
use table::{Results, Step};

/// Uploads 400 files of 20 MB in all through a proxy that delays every call: time, processor, calls, round trips
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// How many runs the medians are of
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,

    /// What the proxy adds to every call
    #[arg(long, default_value_t = 50, value_name = "MS")]
    delay_ms: u64,

    /// A ready twinctl instead of one built for release
    #[arg(long, value_name = "FILE")]
    twinctl: Option<PathBuf>,

    /// A ready zip of the function instead of one built for release
    #[arg(long, value_name = "FILE")]
    lambda_zip: Option<PathBuf>,

    /// Print every sample, as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let folder = TempDir::with_prefix("twinctl-bench-")?;
    let zip = match &args.lambda_zip {
        Some(ready) => ready.clone(),
        None => build_lambda_zip(folder.path())?,
    };
    let site = Site::new(&zip)?;
    let owned = Owned::write(&site.root().join("data"))?;
    let syncers = syncers::all(args.twinctl.as_deref())?;
    let log = folder.path().join("log");
    let mut results = Vec::new();
    for syncer in &syncers {
        let runs = (0..args.runs).map(|_| series(syncer.as_ref(), &site, &owned, args, &log));
        results.push(Results { tool: syncer.name(), runs: runs.collect::<Result<_>>()? });
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&results)?);
    } else {
        print!("{}", table::table(&results, args.delay_ms));
    }
    Ok(())
}

/// All steps, in an emulated AWS of its own.
fn series(
    syncer: &dyn Syncer,
    site: &Site,
    owned: &Owned,
    args: &Args,
    log: &std::path::Path,
) -> Result<Vec<Sample>> {
    let emulator = Emulator::start(Auth::Open)?;
    let proxy = Proxy::start(&emulator.endpoint(), Duration::ZERO)?;
    for mut command in syncer.prepare(site) {
        point(&mut command, &proxy.endpoint());
        measure(&mut command, &proxy, log).with_context(|| format!("{} is not ready", syncer.name()))?;
    }
    proxy.set_delay(Duration::from_millis(args.delay_ms));
    let step = |step: &Step| {
        if *step == Step::Rebuilt {
            owned.write_anew()?;
        }
        let mut command = syncer.sync(site, owned.folder());
        point(&mut command, &proxy.endpoint());
        let sample = measure(&mut command, &proxy, log)
            .with_context(|| format!("{} failed at {step:?}", syncer.name()))?;
        eprintln!("{} {step:?}: {:.2} s, {} calls", syncer.name(), sample.seconds, sample.calls);
        Ok(sample)
    };
    Step::value_variants().iter().map(step).collect()
}
