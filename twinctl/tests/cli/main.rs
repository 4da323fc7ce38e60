//! The command line, and commands that need no twin.

#![expect(clippy::unwrap_used, reason = "a failed test panics")]

mod check;
mod ci;
mod encryption;
mod help;
mod init;
mod unknown_environment;

use std::{
    path::Path,
    process::{Command, Stdio},
};

use testbed::Run;

fn main() -> std::process::ExitCode {
    testbed::harness::main()
}

/// Returns a `twinctl` command without a terminal and without environment variables.
fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_twinctl"));
    command.args(args).current_dir(folder).env_clear().stdin(Stdio::null());
    command
}

/// Runs a command. Returns the command line, the output and the exit code.
fn transcript(mut command: Command) -> String {
    let args: Vec<_> = command.get_args().map(|arg| arg.to_str().unwrap().to_owned()).collect();
    let Run { code, stdout, stderr } = command.output().unwrap().into();
    format!("$ twinctl {}\n{stdout}{stderr}exit {}\n", args.join(" "), code.unwrap())
}
