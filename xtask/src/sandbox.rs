//! `cargo xtask sandbox`: twinctl against an emulated AWS, for trying everything without an account.

use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use xtask::emulator::{Auth, Emulator, PUBLIC_ACCOUNT};
use xtask::workspace;

use crate::command::{cargo, program, read, run as run_command};

const REGION: &str = "us-east-1";

/// Run twinctl against an emulated AWS on this machine: no account, no cost
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Keep the emulated AWS running until Ctrl-C, and say how to reach it
    #[arg(long)]
    keep: bool,

    /// What twinctl is told [default: deploy dev --yes, with the function as it was just built]
    #[arg(last = true, value_name = "TWINCTL ARGS")]
    twinctl: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    run_command(&mut cargo(&["build", "--package", "twinctl", "--package", "twin-lambda"]))?;
    let emulator = Emulator::start(Auth::Open)?;
    let sandbox = Sandbox { endpoint: emulator.endpoint() };
    let printed = read(&mut sandbox.twinctl(&args.told()));
    if let Ok(data) = &printed {
        print!("{data}");
    }
    if !args.keep {
        return printed.map(drop);
    }
    // A failed command is what one may want to look into, so the sandbox stays.
    if let Err(error) = &printed {
        eprintln!("error: {error:#}");
    }
    eprint!("{}", sandbox.how_to_reach(printed.ok().as_deref().and_then(host)));
    wait_for_ctrl_c()
}

impl Args {
    fn told(&self) -> Vec<String> {
        if !self.twinctl.is_empty() {
            return self.twinctl.clone();
        }
        let function = built("twin-lambda");
        ["deploy", "dev", "--yes", "--lambda-binary", &function].map(String::from).to_vec()
    }
}

/// A binary of this workspace, as built for debugging.
fn built(name: &str) -> String {
    workspace::target().join("debug").join(name).display().to_string()
}

#[derive(Debug)]
struct Sandbox {
    endpoint: String,
}

impl Sandbox {
    fn environment(&self) -> [(&'static str, &str); 4] {
        [
            ("AWS_ENDPOINT_URL", &self.endpoint),
            ("AWS_ACCESS_KEY_ID", PUBLIC_ACCOUNT),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", REGION),
        ]
    }

    fn twinctl(&self, arguments: &[String]) -> Command {
        let mut command = program(&built("twinctl"), &[]);
        command.args(arguments).envs(self.environment()).env_remove("AWS_PROFILE").stdin(Stdio::inherit());
        command
    }

    fn how_to_reach(&self, front: Option<&str>) -> String {
        let exports = self.environment().map(|(name, value)| format!("  export {name}={value}\n")).concat();
        let calls = front.map(|front| self.calls(front)).unwrap_or_default();
        format!("\nIn another terminal:\n\n{exports}{calls}\nCtrl-C ends the sandbox and everything in it.\n")
    }

    /// The distribution sends visitors to HTTPS, which is what the last header claims to have come by.
    fn calls(&self, front: &str) -> String {
        let endpoint = &self.endpoint;
        let visit = format!("curl -H 'Host: {front}' -H 'X-Forwarded-Proto: https'");
        let message = r#"{"message": "Who are you?"}"#;
        format!(
            "\nThe page and the API, through the emulated distribution:\n\n  \
             {visit} {endpoint}/\n  \
             {visit} -H 'Content-Type: application/json' -d '{message}' {endpoint}/api/chat\n"
        )
    }
}

/// The host of the first address in what a deploy prints.
fn host(printed: &str) -> Option<&str> {
    let address = printed.split_whitespace().find_map(|word| word.strip_prefix("https://"))?;
    address.split('/').next()
}

fn wait_for_ctrl_c() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(tokio::signal::ctrl_c()).context("could not listen for Ctrl-C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_how_to_reach_the_front() {
        let sandbox = Sandbox { endpoint: "http://127.0.0.1:4566".to_owned() };
        let text = sandbox.how_to_reach(host("https://d123.cloudfront.net\n"));
        assert!(text.contains("export AWS_ENDPOINT_URL=http://127.0.0.1:4566\n"), "{text}");
        assert!(
            text.contains(
                "-H 'Host: d123.cloudfront.net' -H 'X-Forwarded-Proto: https' http://127.0.0.1:4566/\n"
            ),
            "{text}"
        );
        assert!(!sandbox.how_to_reach(None).contains("curl"));
    }
}
