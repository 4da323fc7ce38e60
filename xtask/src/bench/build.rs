//! `cargo xtask bench build`: what a newcomer waits for, from an empty target folder.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use testbed::workspace;
use wait4::Wait4;

use crate::command::cargo;

/// Measure first builds: CPU time, wall time, number of crates, and the ten slowest
///
/// Each build starts from an empty folder, which is deleted afterwards. Downloads are not measured: run `cargo fetch` first.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Measure only this build: local, aws or lambda
    #[arg(long, value_name = "BUILD")]
    only: Option<String>,
}

struct Build {
    name: &'static str,
    what: &'static str,
    arguments: &'static [&'static str],
    /// The highest acceptable CPU time.
    target: Option<Duration>,
}

const BUILDS: [Build; 3] = [
    Build {
        name: "local",
        what: "`cargo run -- deploy local`",
        arguments: &["build"],
        target: Some(Duration::from_mins(7)),
    },
    Build {
        name: "aws",
        what: "`cargo run --package twinctl -- deploy dev`",
        arguments: &["build", "--package", "twinctl"],
        target: Some(Duration::from_mins(10)),
    },
    Build {
        name: "lambda",
        what: "the function that a deploy to AWS builds",
        arguments: &["build", "--profile", "lambda", "--package", "twin-lambda"],
        target: None,
    },
];

/// A step of a build, as `cargo build --timings` reports it.
#[derive(Deserialize)]
struct Unit {
    name: String,
    target: String,
    /// Wall time in seconds.
    duration: f64,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let chosen = |build: &&Build| args.only.as_deref().is_none_or(|only| only == build.name);
    let builds: Vec<_> = BUILDS.iter().filter(chosen).collect();
    if builds.is_empty() {
        let names = BUILDS.each_ref().map(|build| build.name);
        bail!("there is no such build; choose one of {}", names.join(", "));
    }
    let lock = fs::read_to_string(workspace::root().join("Cargo.lock"))?;
    println!("{} crates in Cargo.lock", lock.matches("[[package]]").count());
    for build in builds {
        let folder = tempfile::tempdir_in(workspace::target())?;
        println!("{}", measure(build, folder.path())?);
    }
    Ok(())
}

fn measure(build: &Build, folder: &Path) -> Result<String> {
    let mut command = cargo(build.arguments);
    command.args(["--locked", "--quiet", "--timings", "--target-dir"]).arg(folder);
    let started = Instant::now();
    let used = command.spawn().context("failed to start cargo")?.wait4()?;
    let wall = started.elapsed();
    if !used.status.success() {
        bail!("`cargo {}` failed: {}", build.arguments.join(" "), used.status);
    }
    let units = units(&fs::read_to_string(folder.join("cargo-timings/cargo-timing.html"))?)?;
    Ok(report(build, used.rusage.utime + used.rusage.stime, wall, units))
}

/// Reads the steps from the page that cargo writes, because the format for machines is unstable.
fn units(page: &str) -> Result<Vec<Unit>> {
    let start = page.split_once("UNIT_DATA = ").context("cargo's report of timings has no `UNIT_DATA`")?.1;
    let mut values = serde_json::Deserializer::from_str(start).into_iter();
    Ok(values.next().context("`UNIT_DATA` is empty")??)
}

fn report(build: &Build, cpu: Duration, wall: Duration, mut units: Vec<Unit>) -> String {
    let minutes = |time: Duration| time.as_secs_f64() / 60.0;
    let target = build.target.map_or_else(String::new, |target| {
        let verdict = if cpu > target { "OVER" } else { "ok" };
        format!(" (target ≤ {:.0}: {verdict})", minutes(target))
    });
    let mut lines = vec![
        format!("\n{}: {}", build.name, build.what),
        format!("  CPU time   {:.1} min{target}", minutes(cpu)),
        format!("  wall time  {:.1} min", minutes(wall)),
        format!("  steps      {}", units.len()),
        "  slowest".to_owned(),
    ];
    units.sort_by(|one, other| other.duration.total_cmp(&one.duration));
    lines.extend(
        units.iter().take(10).map(|unit| format!("  {:>7.1} s  {}{}", unit.duration, unit.name, unit.target)),
    );
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_the_slowest_steps_of_cargos_page() {
        let page = "<script>const UNIT_DATA = [\n\
            {\"name\": \"small\", \"target\": \"\", \"duration\": 0.5},\n\
            {\"name\": \"ring\", \"target\": \" build script (run)\", \"duration\": 12.25}\n];\nconst X = [];</script>";
        let text = report(&BUILDS[0], Duration::from_secs(450), Duration::from_mins(4), units(page).unwrap());
        let slowest: Vec<_> = text.lines().skip(5).map(str::trim).collect();
        assert_eq!(slowest, ["slowest", "12.2 s  ring build script (run)", "0.5 s  small"]);
        assert!(text.contains("CPU time   7.5 min (target ≤ 7: OVER)"), "{text}");
    }
}
