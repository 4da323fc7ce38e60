//! Measures a command that calls AWS through the proxy.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Serialize;
use testbed::proxy::{Call, Proxy};
use wait4::Wait4;

use super::statistics::float;

/// The measurements of one run of a command.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Sample {
    pub(super) seconds: f64,
    pub(super) calls: u64,
    pub(super) depth: f64,
    /// Peak memory of the largest process of the command. Never less than the peak of xtask, because the command is forked
    /// from it.
    pub(super) peak_mib: f64,
    pub(super) cpu_seconds: f64,
    /// The time from `ListDistributions`, which only the preflight of a domain calls, to the last call of a plan.
    pub(super) preflight_seconds: f64,
}

/// Runs a command. Its output is printed only if it fails.
pub(super) fn measure(command: &mut Command, proxy: &Proxy, log: &Path) -> Result<Sample> {
    proxy.reset();
    let out = File::create(log)?;
    command.stdin(Stdio::null()).stdout(out.try_clone()?).stderr(out);
    let started = Instant::now();
    let used = command.spawn().context("failed to start")?.wait4()?;
    let took = started.elapsed();
    if !used.status.success() {
        bail!("{}; its output:\n{}", used.status, fs::read_to_string(log)?.trim_end());
    }
    let calls = proxy.calls();
    Ok(Sample {
        seconds: took.as_secs_f64(),
        preflight_seconds: preflight(&calls).as_secs_f64(),
        calls: calls.len() as u64,
        depth: proxy.depth(),
        peak_mib: float(used.rusage.maxrss) / float(1 << 20),
        cpu_seconds: (used.rusage.utime + used.rusage.stime).as_secs_f64(),
    })
}

fn preflight(calls: &[Call]) -> Duration {
    let asked = calls.iter().find(|call| call.operation == "GET /2020-05-31/distribution");
    let last = calls.iter().filter_map(|call| call.ended).max();
    asked.zip(last).map_or(Duration::ZERO, |(asked, last)| last.saturating_sub(asked.started))
}

/// The shortest duration of several runs, with any exit code. Longer ones are noise of the machine.
pub(super) fn fastest(mut command: impl FnMut() -> Command, runs: usize) -> Result<Duration> {
    let mut best = Duration::MAX;
    for _ in 0..runs {
        let started = Instant::now();
        command().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        best = best.min(started.elapsed());
    }
    Ok(best)
}

/// The size of a file, or of all files in a folder.
pub(super) fn size(path: &Path) -> Result<u64> {
    let entry = fs::metadata(path).with_context(|| format!("failed to read {}", path.display()))?;
    if !entry.is_dir() {
        return Ok(entry.len());
    }
    fs::read_dir(path)?.map(|entry| size(&entry?.path())).sum()
}

/// Returns a figure of the memory of a running process, `VmRSS` (now) or `VmHWM` (peak), in megabytes.
pub(super) fn memory_mb(pid: u32, figure: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(figure)?.strip_prefix(':'));
    let kib: f64 = line.with_context(|| format!("no {figure}"))?.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024.0 / 1e6)
}
