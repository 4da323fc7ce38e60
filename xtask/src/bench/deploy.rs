//! `cargo xtask bench deploy`: deploys through a proxy that delays every call, with twinctl and with Terraform.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::ValueEnum;
use tempfile::TempDir;
use testbed::emulator::{Auth, Emulator, PUBLIC_ACCOUNT};
use testbed::proxy::{Call, Proxy};

use super::binaries;
use super::deploy_tool::{DeployTool, Step};
use super::figure::print;
use super::figures::{Results, table};
use super::measure::{Sample, fastest, measure, size};
use super::site::{Site, ZONE, create_zone};
use super::terraform::Terraform;
use super::twinctl::Twinctl;

/// Depth (sequential round trips) is measured with a delay that dominates everything else.
const DEPTH_DELAY: Duration = Duration::from_millis(300);

const HELP_RUNS: usize = 20;

/// Measure deploys to an emulated AWS through a proxy that delays every call: time, calls, depth, memory, size
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Number of runs to take medians of
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,

    /// Delay that the proxy adds to every call
    #[arg(long, default_value_t = 100, value_name = "MS")]
    delay_ms: u64,

    /// Also measure another tool, with an equivalent stack
    #[arg(long, value_enum, default_value_t = Peer::None)]
    peer: Peer,

    /// Filesystem mirror that contains Terraform's AWS provider
    #[arg(long, value_name = "DIR")]
    terraform_mirror: Option<PathBuf>,

    /// Use this twinctl instead of a release build
    #[arg(long, value_name = "FILE")]
    twinctl: Option<PathBuf>,

    /// Use this function zip instead of building one
    #[arg(long, value_name = "FILE")]
    lambda_zip: Option<PathBuf>,

    /// Deploy a twin that streams, and compare with the targets of streaming
    #[arg(long)]
    streaming: bool,

    /// Print all samples as JSON
    #[arg(long)]
    json: bool,

    /// Print each call of the run that depth is measured with: start and end in round trips, and the operation
    #[arg(long)]
    trace: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Peer {
    None,
    Terraform,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let tools = args.tools()?;
    let folder = TempDir::with_prefix("twinctl-bench-")?;
    let lambda_zip = binaries::lambda_zip(args.lambda_zip.as_deref(), folder.path())?;
    let log = folder.path().join("log");
    let benchmark = Benchmark { lambda_zip, log, streaming: args.streaming };
    let results: Vec<_> = tools.iter().map(|tool| benchmark.results(&**tool, args)).collect::<Result<_>>()?;
    print(args.json, &results, || table(&results))
}

impl Args {
    fn tools(&self) -> Result<Vec<Box<dyn DeployTool>>> {
        let twinctl = Twinctl::new(self.twinctl.as_deref())?;
        let mut tools: Vec<Box<dyn DeployTool>> = vec![Box::new(twinctl)];
        if let Peer::Terraform = self.peer {
            tools.push(Box::new(Terraform::new(self.terraform_mirror.as_deref())?));
        }
        Ok(tools)
    }
}

/// Settings that all tools share.
#[derive(Debug)]
struct Benchmark {
    lambda_zip: PathBuf,
    log: PathBuf,
    streaming: bool,
}

impl Benchmark {
    fn results(&self, tool: &dyn DeployTool, args: &Args) -> Result<Results> {
        let delay = Duration::from_millis(args.delay_ms);
        let runs = (0..args.runs).map(|_| self.series(tool, delay, false)).collect::<Result<Vec<_>>>()?;
        let deep = self.series(tool, DEPTH_DELAY, args.trace)?;
        let bytes = tool.files().into_iter().map(size).sum::<Result<u64>>()?;
        let help = fastest(|| tool.help(), HELP_RUNS)?;
        Ok(Results {
            tool: tool.name(),
            note: tool.note(),
            delay_ms: args.delay_ms,
            streaming: args.streaming,
            runs,
            deep,
            bytes,
            help_seconds: help.as_secs_f64(),
        })
    }

    /// Runs all steps, from the first deploy to the last destroy, in a new site and a new emulated AWS.
    fn series(
        &self,
        tool: &dyn DeployTool,
        delay: Duration,
        with_trace: bool,
    ) -> Result<Vec<Option<Sample>>> {
        let site = Site::new(&self.lambda_zip)?;
        if self.streaming {
            site.add_streaming()?;
        }
        tool.prepare(&site)?;
        let emulator = Emulator::start(Auth::Open)?;
        let proxy = Proxy::start(&emulator.endpoint(), delay)?;
        proxy.ignore_function();
        create_zone(emulator.port(), ZONE)?;
        let steps = Step::value_variants().iter();
        let steps = steps.map(|step| {
            let skipped = step.needs_domain() && !tool.supports_domains();
            let sample = (!skipped).then(|| self.step(tool, *step, &site, &proxy)).transpose();
            if with_trace {
                eprint!("{}", trace(&proxy.calls()));
            }
            sample
        });
        steps.collect()
    }

    fn step(&self, tool: &dyn DeployTool, step: Step, site: &Site, proxy: &Proxy) -> Result<Sample> {
        if step == Step::Changed {
            site.change()?;
        }
        if step == Step::DomainPlanned {
            site.add_domain()?;
        }
        let mut command = tool.command(step, site);
        use_emulator(&mut command, &proxy.endpoint());
        let sample = measure(&mut command, proxy, &self.log)
            .with_context(|| format!("{} failed at {step:?}", tool.name()))?;
        eprintln!("{} {step:?}: {:.1} s, {} calls", tool.name(), sample.seconds, sample.calls);
        Ok(sample)
    }
}

/// Returns a line for each call: its start and end in round trips after the first call, and the operation.
fn trace(calls: &[Call]) -> String {
    let first = calls.iter().map(|call| call.started).min().unwrap_or_default();
    let trips = |time: Duration| time.saturating_sub(first).as_secs_f64() / DEPTH_DELAY.as_secs_f64();
    let lines = calls.iter().map(|call| {
        let (started, ended) = (trips(call.started), call.ended.map_or(f64::NAN, trips));
        let status = call.status.unwrap_or_default();
        format!("{started:>6.2} {ended:>6.2} {status:>4}  {} {}\n", call.operation, call.path)
    });
    lines.collect()
}

/// Makes a command use the emulator and ignore this machine's AWS configuration.
pub(super) fn use_emulator(command: &mut Command, endpoint: &str) {
    let empty = Path::new("/dev/null");
    command
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_ACCESS_KEY_ID", PUBLIC_ACCOUNT)
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", empty)
        .env("AWS_SHARED_CREDENTIALS_FILE", empty)
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_SESSION_TOKEN");
}
