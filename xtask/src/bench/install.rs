//! `cargo xtask bench install`: what a user waits for who has only a package.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};
use serde::Serialize;
use tempfile::TempDir;
use testbed::workspace;

use super::figure::{self, Figure, figure, print};
use super::measure::{fastest, size};
use super::statistics::float;
use crate::package::{self, files};

/// Runs of `--help`, of which the fastest counts.
const RUNS: usize = 50;
const MIB: f64 = 1_048_576.0;

/// Measure packages: seconds to the first answer without a network, sizes, and time of `--help`
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Folder that `cargo xtask package` has filled
    #[arg(long, value_name = "DIR", default_value = package::FOLDER)]
    packages: PathBuf,
    /// Print all results as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Results {
    /// The seconds from each package to an answer.
    seconds: Vec<(&'static str, f64)>,
    /// The sizes of all packages in bytes.
    sizes: Vec<(String, u64)>,
    program_bytes: u64,
    help_ms: f64,
}

impl Results {
    fn seconds_of(&self, package: &str) -> f64 {
        self.seconds.iter().find(|(name, _)| *name == package).map_or(f64::NAN, |(_, seconds)| *seconds)
    }

    fn largest(&self) -> u64 {
        self.sizes.iter().map(|(_, bytes)| *bytes).max().unwrap_or_default()
    }
}

const FIGURES: [Figure<Results>; 9] = [
    figure("archive to answer", "s", None, |results| results.seconds_of("archive")),
    figure("wheel to answer", "s", Some(15.0), |results| results.seconds_of("wheel")),
    figure("npm to answer", "s", Some(15.0), |results| results.seconds_of("npm")),
    figure("deb to answer", "s", None, |results| results.seconds_of("deb")),
    figure("install.sh to answer", "s", None, |results| results.seconds_of("install.sh")),
    figure("setup-twinctl to answer", "s", None, |results| results.seconds_of("setup-twinctl")),
    figure("largest package", "MiB", Some(17.0), |results| float(results.largest()) / MIB),
    figure("program", "MiB", Some(38.0), |results| float(results.program_bytes) / MIB),
    figure("--help", "ms", Some(6.0), |results| results.help_ms),
];

pub(crate) fn run(args: &Args) -> Result<()> {
    let packages = workspace::root().join(&args.packages);
    ensure!(
        packages.join("SHA256SUMS").is_file(),
        "{} has no packages; `cargo xtask package` makes them",
        packages.display()
    );
    let mut sizes = Vec::new();
    for path in files(&packages)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        sizes.push((name, size(&path)?));
    }
    let folder = TempDir::new()?;
    let twinctl = package::unpack(&packages, folder.path())?;
    let help = || {
        let mut command = Command::new(&twinctl);
        command.arg("--help");
        command
    };
    let results = Results {
        seconds: package::seconds_to_an_answer(&packages)?,
        sizes,
        program_bytes: size(&twinctl)?,
        help_ms: fastest(help, RUNS)?.as_secs_f64() * 1000.0,
    };
    print(args.json, &results, || {
        let sizes = results.sizes.iter().map(|(name, bytes)| format!("{bytes:>12}  {name}\n"));
        figure::table(&FIGURES, &[("twinctl", &results)]) + &sizes.collect::<String>()
    })
}
