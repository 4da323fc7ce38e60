//! `cargo xtask sandbox`: runs twinctl against an emulated AWS, without an account.

use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use testbed::emulator::{Auth, Emulator, PUBLIC_ACCOUNT};
use testbed::workspace;

use crate::command::{cargo, program, read, run as run_command};

const REGION: &str = "us-east-1";

/// Run twinctl against an emulated AWS on this machine
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Keep the emulated AWS running until Ctrl-C, and print how to reach it
    #[arg(long)]
    keep: bool,

    /// Arguments for twinctl [default: deploy dev --yes, with the function built from this workspace]
    #[arg(last = true, value_name = "TWINCTL ARGS")]
    twinctl: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    run_command(&mut cargo(&["build", "--package", "twinctl", "--package", "twin-lambda"]))?;
    let emulator = Emulator::start(Auth::Open)?;
    let sandbox = Sandbox { endpoint: emulator.endpoint() };
    let output = read(&mut sandbox.twinctl(&args.twinctl()));
    if let Ok(text) = &output {
        print!("{text}");
    }
    if !args.keep {
        return output.map(drop);
    }
    // The sandbox stays also after a failure, so that you can investigate it.
    if let Err(error) = &output {
        eprintln!("error: {error:#}");
    }
    eprint!("{}", sandbox.instructions(output.ok().as_deref().and_then(host)));
    wait_for_ctrl_c()
}

impl Args {
    fn twinctl(&self) -> Vec<String> {
        if !self.twinctl.is_empty() {
            return self.twinctl.clone();
        }
        let function = debug_binary("twin-lambda");
        ["deploy", "dev", "--yes", "--lambda-binary", &function].map(String::from).to_vec()
    }
}

/// The path of a debug binary of this workspace.
fn debug_binary(name: &str) -> String {
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
        let mut command = program(&debug_binary("twinctl"), &[]);
        command.args(arguments).envs(self.environment()).env_remove("AWS_PROFILE").stdin(Stdio::inherit());
        command
    }

    fn instructions(&self, endpoint_host: Option<&str>) -> String {
        let exports = self.environment().map(|(name, value)| format!("  export {name}={value}\n")).concat();
        let calls = endpoint_host.map(|host| self.calls(host)).unwrap_or_default();
        format!(
            "\nIn another terminal:\n\n{exports}{calls}\nCtrl-C stops the sandbox and deletes everything in it.\n"
        )
    }

    /// The distribution redirects HTTP to HTTPS unless `X-Forwarded-Proto` is `https`.
    fn calls(&self, host: &str) -> String {
        let endpoint = &self.endpoint;
        let visit = format!("curl -H 'Host: {host}' -H 'X-Forwarded-Proto: https'");
        let message = r#"{"message": "Who are you?"}"#;
        format!(
            "\nThe page and the API, through the emulated distribution:\n\n  \
             {visit} {endpoint}/\n  \
             {visit} -H 'Content-Type: application/json' -d '{message}' {endpoint}/api/chat\n"
        )
    }
}

/// The host of the first address in the output of a deploy.
fn host(output: &str) -> Option<&str> {
    let address = output.split_whitespace().find_map(|word| word.strip_prefix("https://"))?;
    address.split('/').next()
}

fn wait_for_ctrl_c() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(tokio::signal::ctrl_c()).context("failed to listen for Ctrl-C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_how_to_reach_the_public_endpoint() {
        let sandbox = Sandbox { endpoint: "http://127.0.0.1:4566".to_owned() };
        let text = sandbox.instructions(host("https://d123.cloudfront.net\n"));
        assert!(text.contains("export AWS_ENDPOINT_URL=http://127.0.0.1:4566\n"), "{text}");
        assert!(
            text.contains(
                "-H 'Host: d123.cloudfront.net' -H 'X-Forwarded-Proto: https' http://127.0.0.1:4566/\n"
            ),
            "{text}"
        );
        assert!(!sandbox.instructions(None).contains("curl"));
    }
}
