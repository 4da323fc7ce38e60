//! `cargo xtask bench data`: uploads of data files, with `upload-data`, `aws s3 sync` and rclone.

mod files;
mod table;
mod tools;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::ValueEnum;
use tempfile::TempDir;
use testbed::emulator::{Auth, Emulator};
use testbed::proxy::Proxy;

use super::binaries;
use super::deploy::use_emulator;
use super::figure::print;
use super::measure::{Sample, measure};
use super::site::Site;
use files::DataFiles;
use table::{Results, Step};
use tools::UploadTool;

/// Measure the upload of 400 files (20 MB) through a proxy that delays every call: time, CPU, calls, round trips
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Number of runs to take medians of
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,

    /// Delay that the proxy adds to every call
    #[arg(long, default_value_t = 50, value_name = "MS")]
    delay_ms: u64,

    /// Use this twinctl instead of a release build
    #[arg(long, value_name = "FILE")]
    twinctl: Option<PathBuf>,

    /// Use this function zip instead of building one
    #[arg(long, value_name = "FILE")]
    lambda_zip: Option<PathBuf>,

    /// Print all samples as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let folder = TempDir::with_prefix("twinctl-bench-")?;
    let zip = binaries::lambda_zip(args.lambda_zip.as_deref(), folder.path())?;
    let site = Site::new(&zip)?;
    let files = DataFiles::write(&site.root().join("data"))?;
    let tools = tools::all(args.twinctl.as_deref())?;
    let log = folder.path().join("log");
    let mut results = Vec::new();
    for tool in &tools {
        let runs = (0..args.runs).map(|_| series(tool.as_ref(), &site, &files, args, &log));
        results.push(Results { tool: tool.name(), runs: runs.collect::<Result<_>>()? });
    }
    print(args.json, &results, || table::table(&results, args.delay_ms))
}

/// Runs all steps in a new emulated AWS.
fn series(
    tool: &dyn UploadTool,
    site: &Site,
    files: &DataFiles,
    args: &Args,
    log: &std::path::Path,
) -> Result<Vec<Sample>> {
    let emulator = Emulator::start(Auth::Open)?;
    let proxy = Proxy::start(&emulator.endpoint(), Duration::ZERO)?;
    for mut command in tool.prepare(site) {
        use_emulator(&mut command, &proxy.endpoint());
        measure(&mut command, &proxy, log).with_context(|| format!("failed to prepare {}", tool.name()))?;
    }
    proxy.set_delay(Duration::from_millis(args.delay_ms));
    let step = |step: &Step| {
        if *step == Step::Rebuilt {
            files.rewrite()?;
        }
        let mut command = tool.upload(site, files.folder());
        use_emulator(&mut command, &proxy.endpoint());
        let sample = measure(&mut command, &proxy, log)
            .with_context(|| format!("{} failed at {step:?}", tool.name()))?;
        eprintln!("{} {step:?}: {:.2} s, {} calls", tool.name(), sample.seconds, sample.calls);
        Ok(sample)
    };
    Step::value_variants().iter().map(step).collect()
}
