//! `cargo xtask bench deploy`: deploys through a proxy that delays every call, in our tool and in a peer.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::ValueEnum;
use tempfile::TempDir;
use xtask::emulator::{Auth, Emulator, PUBLIC_ACCOUNT};
use xtask::proxy::Proxy;

use super::contender::{Contender, Step};
use super::figures::{Results, table};
use super::measure::{Sample, fastest, measure, size};
use super::site::{Site, ZONE, build_lambda_zip};
use super::terraform::Terraform;
use super::twinctl::Twinctl;
use super::zone::make_zone;

/// Depth is measured at a delay that outweighs everything else.
const DEPTH_DELAY: Duration = Duration::from_millis(300);

const HELP_RUNS: usize = 20;

/// Deploys to an emulated AWS through a proxy that delays every call: time, calls, depth, memory, size
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// How many runs the medians are of
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,

    /// What the proxy adds to every call
    #[arg(long, default_value_t = 100, value_name = "MS")]
    delay_ms: u64,

    /// Measure another tool with an equivalent stack beside ours
    #[arg(long, value_enum, default_value_t = Peer::None)]
    peer: Peer,

    /// The folder that Terraform's AWS provider is unpacked in (a filesystem mirror)
    #[arg(long, value_name = "DIR")]
    terraform_mirror: Option<PathBuf>,

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

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Peer {
    None,
    Terraform,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let contenders = args.contenders()?;
    let folder = TempDir::with_prefix("twinctl-bench-")?;
    let lambda_zip = match &args.lambda_zip {
        Some(ready) => ready.clone(),
        None => build_lambda_zip(folder.path())?,
    };
    let track = Track { lambda_zip, log: folder.path().join("log") };
    let results: Vec<_> = contenders.iter().map(|tool| track.bench(&**tool, args)).collect::<Result<_>>()?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&results)?);
    } else {
        print!("{}", table(&results));
    }
    Ok(())
}

impl Args {
    fn contenders(&self) -> Result<Vec<Box<dyn Contender>>> {
        let ours = Twinctl::new(self.twinctl.as_deref())?;
        let mut contenders: Vec<Box<dyn Contender>> = vec![Box::new(ours)];
        if let Peer::Terraform = self.peer {
            contenders.push(Box::new(Terraform::new(self.terraform_mirror.as_deref())?));
        }
        Ok(contenders)
    }
}

/// What all contenders run with.
#[derive(Debug)]
struct Track {
    lambda_zip: PathBuf,
    log: PathBuf,
}

impl Track {
    fn bench(&self, tool: &dyn Contender, args: &Args) -> Result<Results> {
        let delay = Duration::from_millis(args.delay_ms);
        let runs = (0..args.runs).map(|_| self.series(tool, delay)).collect::<Result<Vec<_>>>()?;
        let deep = self.series(tool, DEPTH_DELAY)?;
        let bytes = tool.files().into_iter().map(size).sum::<Result<u64>>()?;
        let help = fastest(|| tool.help(), HELP_RUNS)?;
        Ok(Results {
            contender: tool.name(),
            note: tool.note(),
            delay_ms: args.delay_ms,
            runs,
            deep,
            bytes,
            help_seconds: help.as_secs_f64(),
        })
    }

    /// From nothing to nothing, in a site and an emulated AWS of its own.
    fn series(&self, tool: &dyn Contender, delay: Duration) -> Result<Vec<Option<Sample>>> {
        let site = Site::new(&self.lambda_zip)?;
        tool.prepare(&site)?;
        let emulator = Emulator::start(Auth::Open)?;
        let proxy = Proxy::start(&emulator.endpoint(), delay)?;
        make_zone(emulator.port(), ZONE)?;
        let steps = Step::value_variants().iter();
        let steps = steps.map(|step| {
            let skipped = step.is_of_a_domain() && !tool.has_domains();
            (!skipped).then(|| self.step(tool, *step, &site, &proxy)).transpose()
        });
        steps.collect()
    }

    fn step(&self, tool: &dyn Contender, step: Step, site: &Site, proxy: &Proxy) -> Result<Sample> {
        if step == Step::Changed {
            site.change()?;
        }
        if step == Step::DomainPlanned {
            site.ask_for_domain()?;
        }
        let mut command = tool.command(step, site);
        point(&mut command, &proxy.endpoint());
        let sample = measure(&mut command, proxy, &self.log)
            .with_context(|| format!("{} failed at {step:?}", tool.name()))?;
        eprintln!("{} {step:?}: {:.1} s, {} calls", tool.name(), sample.seconds, sample.calls);
        Ok(sample)
    }
}

/// To the emulator, whatever this machine's own credentials say.
pub(super) fn point(command: &mut Command, endpoint: &str) {
    let nothing = Path::new("/dev/null");
    command
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_ACCESS_KEY_ID", PUBLIC_ACCOUNT)
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", nothing)
        .env("AWS_SHARED_CREDENTIALS_FILE", nothing)
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_SESSION_TOKEN");
}
