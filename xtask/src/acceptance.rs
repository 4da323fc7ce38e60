//! `cargo xtask acceptance`: deploys a twin to a real AWS account, tests the assumptions about AWS, and deletes the twin.

mod assumption;
mod by_hand;
mod calls;
mod consent;
mod context;
mod finding;
mod interrupt;
mod leftovers;
mod redact;
mod report;
mod run;
mod steps;
mod twinctl;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::ValueEnum;
use tempfile::TempDir;
use testbed::emulator::{Auth, Emulator};
use testbed::workspace;

use crate::command::{cargo, program, run as run_command};
use assumption::{Assumption, Step};
use context::{Context, Options};
use finding::Verdict;
use run::Run;

/// A hosted zone for it is created in the emulated AWS.
const EMULATED_DOMAIN: &str = "chat.acceptance.example";

/// Deploy a twin to a real AWS account, test the assumptions about AWS, and delete the twin (docs/acceptance.md)
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Run only these steps
    #[arg(long, value_enum, value_delimiter = ',', value_name = "STEP")]
    steps: Vec<Step>,

    /// Start with this step
    #[arg(long, value_enum, value_name = "STEP", conflicts_with = "steps")]
    from: Option<Step>,

    /// AWS region
    #[arg(long, default_value = "us-east-1")]
    region: String,

    /// AWS profile
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    /// Also test this domain, which needs a public hosted zone in the account
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,

    /// Use this `bootstrap` binary as the function, instead of building it
    #[arg(long, value_name = "FILE")]
    lambda_binary: Option<PathBuf>,

    /// Do not ask before spending money
    #[arg(long, short)]
    yes: bool,

    /// Do not delete the twin at the end
    #[arg(long)]
    keep: bool,

    /// The report; the same as JSON is written beside it
    #[arg(long, value_name = "FILE", default_value = "target/acceptance/report.md")]
    report: PathBuf,

    /// Use an emulated AWS
    #[arg(long, conflicts_with_all = ["region", "profile", "domain", "lambda_binary", "keep"])]
    emulator: bool,
}

impl Args {
    fn run(&self) -> Run {
        let is_chosen = |step: &Step| match self.from {
            Some(first) => *step >= first,
            None => self.steps.is_empty() || self.steps.contains(step),
        };
        let all = if self.emulator && self.steps.is_empty() {
            Step::emulated()
        } else {
            Step::value_variants().to_vec()
        };
        let steps = all.into_iter().filter(is_chosen).collect();
        Run { steps, keep: self.keep, report: self.report.clone() }
    }
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if args.emulator {
        run_command(&mut cargo(&["build", "--package", "twinctl", "--package", "twin-lambda"]))?;
        return emulated(&args.run());
    }
    eprint!("{}", consent::estimate());
    run_command(&mut cargo(&["build", "--package", "twinctl"]))?;
    let binary = args.lambda_binary.as_deref();
    let binary = binary
        .map(|binary| binary.canonicalize().with_context(|| format!("failed to find {}", binary.display())));
    let profile = args.profile.iter().map(|profile| ("AWS_PROFILE".to_owned(), profile.clone()));
    let mut context = Context::new(Options {
        folder: workspace::target().join("acceptance"),
        region: args.region.clone(),
        environment: profile.collect(),
        function: binary.transpose()?,
        domain: args.domain.clone(),
        emulator: None,
    })?;
    if !args.yes {
        consent::ask(&context.target.account, &args.region, &mut std::io::stdin().lock())?;
    }
    args.run().carry_out(&mut context).map(drop)
}

/// Runs all steps in an emulated AWS, with the binaries that the tests have built.
pub(crate) fn in_emulator() -> Result<()> {
    let report = workspace::target().join("acceptance/emulator.md");
    emulated(&Run { steps: Step::emulated(), keep: false, report })
}

/// Fails unless the emulator confirms every assumption that an emulator can confirm.
fn emulated(run: &Run) -> Result<()> {
    let emulator = Emulator::start(Auth::Enforced)?;
    let folder = TempDir::with_prefix("twinctl-acceptance-")?;
    let endpoint = emulator.endpoint();
    let environment = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
    ];
    let mut context = Context::new(Options {
        folder: folder.path().to_owned(),
        region: "us-east-1".to_owned(),
        environment: environment.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        function: Some(stripped(folder.path())?),
        domain: Some(EMULATED_DOMAIN.to_owned()),
        emulator: Some(endpoint.clone()),
    })?;
    let report = run.carry_out(&mut context)?;
    if run.steps == Step::emulated() {
        let untested = report.findings.iter().filter(|finding| finding.verdict == Verdict::NotTested);
        let untested: Vec<_> = untested.map(|finding| finding.assumption).collect();
        let expected = Assumption::value_variants().iter().filter(|one| one.not_emulated().is_some());
        let expected: Vec<_> = expected.copied().collect();
        ensure!(untested == expected, "not tested: {untested:?}, expected: {expected:?}");
    }
    Ok(())
}

/// Returns a copy of the function without its symbols, because every deployment reads it.
fn stripped(folder: &Path) -> Result<PathBuf> {
    let (built, stripped) = (workspace::target().join("debug/twin-lambda"), folder.join("bootstrap"));
    run_command(program("strip", &["-o"]).args([&stripped, &built]))?;
    Ok(stripped)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn parse(line: &str) -> Result<Args, clap::Error> {
        Line::try_parse_from(line.split(' ')).map(|line| line.args)
    }

    fn steps(line: &str) -> Vec<Step> {
        parse(line).unwrap().run().steps
    }

    #[test]
    fn steps_are_chosen_by_name_or_by_the_first_one() {
        assert_eq!(steps("acceptance"), Step::value_variants());
        assert_eq!(steps("acceptance --steps pause,chat"), [Step::Chat, Step::Pause]);
        assert_eq!(steps("acceptance --from ci"), [Step::Ci, Step::Destroy]);
        assert!(parse("acceptance --from ci --steps chat").is_err());
    }

    #[test]
    fn the_emulator_takes_no_options_of_an_account() {
        for option in ["--region eu-west-1", "--profile ada", "--domain chat.ada.example", "--keep"] {
            assert!(parse(&format!("acceptance --emulator {option}")).is_err(), "{option}");
        }
        assert_eq!(steps("acceptance --emulator --steps pause"), [Step::Pause]);
        assert!(!steps("acceptance --emulator").contains(&Step::Pause));
    }
}
